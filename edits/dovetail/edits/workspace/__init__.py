"""The workspace: files on disk and in memory, paths, the journal, undo."""

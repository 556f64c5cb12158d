"""The models behind a session: built-in and remote ones."""

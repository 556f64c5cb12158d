"""The session: documents, folders, what became of suggestions, and what is reported of it."""

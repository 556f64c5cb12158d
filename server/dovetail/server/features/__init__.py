"""What the server answers, one concern a file: each handler decodes, makes one call, and encodes."""

from . import commands, configuration, documents, folders, inline_completion, lifecycle, reports

ALL = (lifecycle, configuration, folders, documents, inline_completion, reports, commands)
"""Modules with a `register(server)` function."""

__all__ = ["ALL"]

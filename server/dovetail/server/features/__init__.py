"""What the server answers, one concern a file: each handler decodes, makes one call, and encodes."""

from . import (
    code_actions,
    commands,
    completion,
    configuration,
    documents,
    edits,
    folders,
    inline_completion,
    lifecycle,
    next_edit,
    reports,
)
from .registry import Registry

ALL = (
    lifecycle,
    configuration,
    folders,
    documents,
    inline_completion,
    completion,
    reports,
    commands,
    edits,
    code_actions,
    next_edit,
)
"""Modules with a `register(server)` function."""

__all__ = ["ALL", "Registry"]

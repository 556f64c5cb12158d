"""Text from elsewhere that may help: sources behind one small interface, gathered within a deadline."""

from .contract import ContextSource, DocumentSet, Gathered
from .edits import RecentEdits
from .gather import Gatherer, gather
from .imports import ImportedSignatures
from .index import WorkspaceIndex
from .local import OwnDefinitions
from .open import OpenFiles

__all__ = [
    "ContextSource",
    "DocumentSet",
    "Gathered",
    "Gatherer",
    "ImportedSignatures",
    "OpenFiles",
    "OwnDefinitions",
    "RecentEdits",
    "WorkspaceIndex",
    "gather",
]

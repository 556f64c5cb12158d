"""Text from elsewhere that may help: sources behind one small interface, gathered within a deadline."""

from ._contract import ContextSource, DocumentSet, Gathered
from ._edits import RecentEdits
from ._gather import Gatherer, gather
from ._imports import ImportedSignatures
from ._local import OwnDefinitions
from ._open import OpenFiles

__all__ = [
    "ContextSource",
    "DocumentSet",
    "Gathered",
    "Gatherer",
    "ImportedSignatures",
    "OpenFiles",
    "OwnDefinitions",
    "RecentEdits",
    "gather",
]

"""The contract of a context source."""

from __future__ import annotations

from typing import Protocol

from attrs import define

from dovetail.privacy import Shown
from dovetail.text import Snapshot

from ...types import Snippet, SuggestionRequest, Window


class DocumentSet(Protocol):
    """The workspace as the sources see it. Nothing that is excluded ever comes out of here."""

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        """Path and snapshot of each open document, the most recently used first."""

    def read(self, path: str, asked: str) -> Shown | None:
        """The text of a workspace file (the live one, if open) as it may be shown; None if absent, excluded or not
        text. `asked` is the uri of the document that is asked about: the file is one of the same folder.

        Reads up to 256 KB from disk and looks for secrets in it: call it in a thread."""


class ContextSource(Protocol):
    """Brings snippets, best first. May take its time: what is late is left out."""

    @property
    def name(self) -> str: ...

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]: ...


@define(frozen=True, slots=True)
class Gathered:
    """What arrived in time, and what happened to the rest, for the trace."""

    snippets: tuple[Snippet, ...]
    notes: tuple[str, ...]

"""Next edits for an agent's client that tells of its documents itself: the engine of the language server, no editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define

from dovetail.nextedit import Silence
from dovetail.text import Encoding

from ..client import Nobody
from ..features.next_edit import replacement
from ..models.named_next import OnlyNextModel
from ..places import Places
from ..session.documents import Change
from ..session.session import Session
from ..session.uris import folder_is_there, path_of
from .trouble import AgentError


@define(slots=True, eq=False)
class NextEditSession:
    """One session: its folders, the documents that the client has open, what was proposed. On the event loop."""

    session: Session

    @classmethod
    def of(cls, folders: Sequence[str], encoding: Encoding, places: Places) -> NextEditSession:
        """A session over folders, given as uris.

        Args:
            encoding: the unit of the client's columns.
        """
        session = Session(Nobody(), places, OnlyNextModel)
        for uri in folders:
            if (path := path_of(uri)) is not None and folder_is_there(path):
                session.folders.add(path)
        # There is no person here whose use could be counted.
        session.configure({"statistics": {"enabled": False}})
        session.documents.encoding = encoding
        return cls(session)

    def opened(self, uri: str, language: str, version: int, text: str) -> None:
        """A document was opened."""
        self.session.opened(uri, language, version, text)

    def changed(self, uri: str, version: int, changes: Sequence[dict[str, Any]]) -> None:
        """A document was changed: `text` of a `range` in LSP's shape, or of the whole where that is None."""

        def pair(place: dict[str, int]) -> tuple[int, int]:
            return int(place["line"]), int(place["character"])

        self.session.documents.change(
            uri,
            version,
            [
                Change(one["text"], pair(one["range"]["start"]), pair(one["range"]["end"]))
                if one.get("range")
                else Change(one["text"])
                for one in changes
            ],
        )

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self.session.closed(uri)

    async def suggest(self, uri: str, version: int, line: int, *, manual: bool) -> list[dict[str, Any]]:
        """The edit that follows, as `id`, `uri`, `range` and `newText`; none where nothing is likely enough.

        Raises:
            AgentError: the document is not open, or is another version here.
        """
        session = self.session
        snapshot = session.documents.get(uri)
        if snapshot is None or session.documents.adrift(uri):
            raise AgentError(f"{uri[:200]} is not open here, or a change of it could not be followed.")
        if snapshot.version != version:
            return []  # asked about a text that has been typed over
        mode = session.settings.next.mode
        if mode == "off" or (mode == "manual" and not manual) or session.off_here(snapshot, line):
            return []
        found = await session.next_edits.ask(snapshot, line, on_demand=manual)
        if isinstance(found, Silence):
            return []
        where, text = replacement(session, found)
        return [{"id": found.id, "uri": found.proposal.uri, "range": where, "newText": text}]

    def accepted(self, identifier: str) -> None:
        """The user took a proposal."""
        self.session.next_edits.accepted(identifier)

    def rejected(self, identifier: str, reason: str) -> None:
        """The user did not want a proposal; what was merely replaced or ignored teaches nothing."""
        if reason in ("", "rejected"):
            self.session.next_edits.rejected(identifier)

    async def close(self) -> None:
        """End all work."""
        await self.session.close()

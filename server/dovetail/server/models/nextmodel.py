"""The model that predicts next edits, on the server that the user named: from a session's question to a request."""

from __future__ import annotations

import asyncio
import logging

from dovetail.endpoints import ConfigError, EndpointError, HttpPool, Superseded, Timeouts, host_of
from dovetail.endpoints.nextedit import (
    NextEditConfig,
    NextEditEndpoint,
    NextEditRequest,
    PastEdit,
    UnfitAnswer,
    UnfitText,
)
from dovetail.privacy import Shown, join, redact, shown_at, shown_lines

from ..session.folders import Folders
from ..session.nextquestion import NextQuestion, NoNextEdit, Quoted
from ..settings import NextSettings, Problem

log = logging.getLogger(__name__)

STRETCH = 400
"""Lines above and below the cursor that a family may choose from."""
FILES, FILE_LINES = 4, 40
"""Other documents of which a part is shown, and the lines of it."""


class EndpointNextModel:
    """Implements `session.nextquestion.NextModel`."""

    def __init__(self, config: NextEditConfig, folders: Folders) -> None:
        self._pool = HttpPool()
        self._endpoint = NextEditEndpoint(config, self._pool)
        self._folders = folders
        self._said = ""

    @property
    def name(self) -> str:
        return self._endpoint.config.name

    async def ask(self, question: NextQuestion, *, speculative: bool) -> Quoted | None:
        """See `NextModel.ask`."""
        try:
            request = await asyncio.to_thread(request_of, question, self._folders)
            found = await self._endpoint.ask(request, speculative=speculative)
        except Superseded:
            raise NoNextEdit("a newer question took its place") from None
        except (UnfitText, UnfitAnswer) as error:
            raise NoNextEdit(f"{self.name}: {error}") from None
        except EndpointError as error:
            # A server that is down is asked again and again; the log has its sentence once.
            if str(error) != self._said:
                self._said = str(error)
                log.warning("%s", error)
            raise NoNextEdit(str(error).rstrip(".")) from None
        return None if found is None else Quoted(found.first, found.old, found.new)

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.aclose()
        await self._pool.aclose()


def request_of(question: NextQuestion, folders: Folders) -> NextEditRequest:
    """The request: all text as it may be shown, from whole documents. In a thread."""

    def path(uri: str) -> Shown:
        return redact(folders.locate(uri).path)

    snapshot, cursor = question.snapshot, question.cursor
    start = max(cursor.line - STRETCH, 0)
    # Redacted as a whole and only then cut: half of a secret would not be known as one.
    lines = shown_at(snapshot.lines, cursor).slice(start, cursor.line + STRETCH)
    files = []
    # The most recently touched last, where a family's prompt keeps what is nearest to the question.
    for other in reversed(question.others[:FILES]):
        # Around its last edit, else its beginning.
        edited = next((past.edit.line for past in reversed(question.past) if past.edit.uri == other.uri), 0)
        first = max(edited - FILE_LINES // 2, 0)
        files.append(
            (path(other.uri), join(shown_lines(other.lines).slice(first, first + FILE_LINES)).plain_ends())
        )
    return NextEditRequest(
        path=path(snapshot.uri),
        lines=tuple(without_end(line) for line in lines),
        start=start,
        line=cursor.line,
        column=cursor.column,
        history=tuple(
            PastEdit(path(past.edit.uri), past.edit.line, past.old, past.new, past.accepted)
            for past in question.past
        ),
        files=tuple(files),
    )


def without_end(line: Shown) -> Shown:
    """A line without its line end."""
    return line[: len(line.rstrip("\r\n"))]


def next_config(settings: NextSettings) -> tuple[NextEditConfig | None, list[Problem]]:
    """The server that predicts next edits, or why there is none."""
    from .endpoints import EXTRA_VARIABLE, HEADERS_VARIABLE, from_environment

    if not settings.url:
        return None, []
    name = host_of(settings.url) or "next"
    try:
        config = NextEditConfig(
            name=name,
            url=settings.url,
            model=settings.model,
            family=settings.family,
            format=settings.format,
            key_env=settings.key_env or None,
            key_command=settings.key_command,
            # The first token may take no longer than the whole.
            timeouts=Timeouts(2_000, min(8_000, settings.total_ms), settings.total_ms),
            headers=from_environment(HEADERS_VARIABLE, settings.headers, name),
            extra=from_environment(EXTRA_VARIABLE, settings.extra, name),
            ca_file=settings.ca_file or None,
            client_cert=settings.client_cert or None,
            client_key=settings.client_key or None,
            allow_insecure=settings.allow_insecure,
            max_tokens=settings.max_tokens or None,
            max_in_flight=settings.max_in_flight or None,
        )
    except ConfigError as error:
        return None, [Problem("next", f"next is not used. {error}")]
    return config, []

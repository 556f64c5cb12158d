"""A session over a generator that speaks when the test says so: documents that change or close meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dovetail.fim import GenerationRequest, Generator, Piece, SuggestionRequest, Trigger
from dovetail.server.client import ClientOptions, Nobody
from dovetail.server.places import Places
from dovetail.server.session.documents import Change
from dovetail.server.session.generators import NoModels
from dovetail.server.session.session import Session
from dovetail.text import Point

URI = "untitled:work"
OTHER = "untitled:other"
TEXT = "total = \n"
AT = Point(0, 8)


class Held(NoModels):
    """Both `session.generators.Models` and `fim.Generator`; its text comes once `speak` is set."""

    name = "held"
    wants_context = False

    def __init__(self) -> None:
        self.asked, self.speak, self.closed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.requests: list[str] = []

    def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
        return (self,)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        self.requests.append(request.snapshot.uri)
        self.asked.set()
        try:
            await self.speak.wait()
            yield Piece("compute(rows)", 0, 0.9, True)
        finally:
            self.closed.set()


def session_of(models: Held, folder: Path, *, events: bool = False) -> Session:
    session = Session(Nobody(), Places(folder, folder, folder), lambda session: models)
    session.options = ClientOptions(events=events)
    session.configure({"completion": {"deadlineMs": 10_000, "totalMs": 30_000}})
    assert session.problems == []
    session.opened(URI, "python", 1, TEXT)
    return session


def ask_in(session: Session) -> SuggestionRequest:
    snapshot = session.documents.get(URI)
    assert snapshot is not None
    return SuggestionRequest(snapshot, AT, "work.py", Trigger.AUTOMATIC)


@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize(
    ("meanwhile", "shown"),
    [
        ((), 1),
        (((OTHER, "x"),), 1),
        (((URI, "x"),), 0),
        (((URI, "x"), (URI, "y")), 0),
    ],
)
async def test_what_was_made_for_an_older_text_does_not_count_as_shown(
    tmp_path: Path, meanwhile: tuple[tuple[str, str], ...], shown: int, events: bool
) -> None:
    """A client that tells nothing shows what is made for the text it has; one that tells is believed alone."""
    models = Held()
    session = session_of(models, tmp_path, events=events)
    session.opened(OTHER, "python", 1, TEXT)
    task = asyncio.create_task(session.suggest(ask_in(session)))
    await models.asked.wait()
    for version, (uri, text) in enumerate(meanwhile, 2):
        # Below the cursor, so that the suggestion itself is as good as before.
        session.documents.change(uri, version, [Change(text, (1, 0), (1, 0))])
    models.speak.set()
    found = await task
    assert [one.text for one in found] == ["compute(rows)"]
    assert session.statistics.summary()["counts"] == {"shown": 0 if events else shown}
    await session.close()


async def test_a_document_that_closes_takes_its_request_with_it(tmp_path: Path) -> None:
    """Nobody waits for it: the generator's stream is closed at once, and the request is answered with nothing."""
    models = Held()
    session = session_of(models, tmp_path)
    task = asyncio.create_task(session.suggest(ask_in(session)))
    await models.asked.wait()
    session.closed(URI)
    async with asyncio.timeout(5):
        assert await task == []
        await models.closed.wait()
    await session.close()


@pytest.mark.parametrize(("close", "asked"), [(False, 1), (True, 2)])
async def test_what_is_kept_of_a_document_goes_when_it_closes(
    tmp_path: Path, close: bool, asked: int
) -> None:
    """The same question is answered from the cache while it is open, not after it was closed and opened again."""
    models = Held()
    models.speak.set()
    session = session_of(models, tmp_path)
    assert await session.suggest(ask_in(session))
    if close:
        session.closed(URI)
        session.opened(URI, "python", 1, TEXT)
    assert await session.suggest(ask_in(session))
    assert models.requests == [URI] * asked
    await session.close()

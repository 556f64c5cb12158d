"""The people that bench.team lets type: whoever is told to stop stops."""

from __future__ import annotations

import asyncio

from bench.team.editors import Editor, Load


class SlowToHangUp(Editor):
    """Each request hears nothing, and takes a moment to end once it is cancelled, as one does that closes a connection
    on a busy machine."""

    def __init__(self) -> None:
        super().__init__(0, Load(["http://127.0.0.1:9"], agrees=0.0, pace=0.01))
        self.hangs_up = asyncio.Event()

    async def _ask(self, text: str, suffix: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.hangs_up.set()
            await asyncio.sleep(0.01)


async def test_a_person_who_is_stopped_while_a_request_hangs_up_stops() -> None:
    """The cancellation was lost then, and the person typed on for ever."""
    person = SlowToHangUp()
    typing = asyncio.create_task(person.type(float("inf")))
    await person.hangs_up.wait()
    typing.cancel()
    await asyncio.wait({typing}, timeout=20)
    stopped = typing.cancelled()
    while not typing.done():
        typing.cancel()
        await asyncio.sleep(0)
    await person.aclose()
    assert stopped

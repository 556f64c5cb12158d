"""What a run will take: questions, tokens and money by what is usual, time by measurement."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from time import monotonic
from typing import Any

from attrs import define, field

from dovetail.edits.chat import PromptError
from dovetail.endpoints import EndpointError
from dovetail.fim.builtin.history import TypedLine
from dovetail.fim.builtin.typist import Keys
from dovetail.server.places import Places
from dovetail.server.settings import ChatSettings, EndpointSettings

from ..keystrokes import Server
from ..terminal import say
from .edits import EditCase, ask_edit

KEYS_A_LINE = 9
"""About how often a line is asked about: what is right is taken at once, what agrees is not asked for again."""
TOKENS_A_QUESTION = 1_600
WRITTEN_A_QUESTION = 40
TOKENS_AN_EDIT = 3_500
WRITTEN_AN_EDIT = 500
SAMPLE = "shop/orders.py"
COLD, WARM = "return order", "number = 1"
"""Lines that are typed to measure: the first connects, and finds out what the server can do."""
NOT_SENT = "What is excluded, and secrets, are not sent."


class NotMeasured(Exception):
    """How long a question takes cannot be known; the text says why."""


@define(frozen=True, slots=True)
class Estimate:
    """What is still to be asked of one server."""

    who: str
    what: str
    """ "questions" or "edits"."""
    number: int
    read: int
    """Tokens, as `written`."""
    written: int
    priced: EndpointSettings | ChatSettings
    setting: str
    """Where a price would be set."""
    known_s: float | None
    """Seconds that each took in the run that this one goes on with."""
    measure: Callable[[], float]
    """Asks about made-up code. Seconds for each.

    Raises:
        NotMeasured: there was no answer.
    """

    def size(self) -> str:
        """What will be sent, and what it costs."""
        if not self.number:
            return f"{self.who}: everything is known from an earlier run; nothing is asked."
        said = f"{self.who}: about {self.number:,} {self.what}, {self.read:,} tokens read and {self.written:,} written"
        if self.priced.price_read or self.priced.price_written:
            cost = self.read * self.priced.price_read + self.written * self.priced.price_written
            return f"{said}, cost about {cost / 1_000_000:.2f}. {NOT_SENT}"
        return f"{said}; no price is set ({self.setting}). {NOT_SENT}"

    def time(self) -> str:
        """How long it will take, as measured now or in the run before."""
        one = self.what.removesuffix("s")
        # Measured by the very run that goes on; only without it is the server asked.
        if (seconds := self.known_s) is not None:
            how = "in the run that is gone on with"
        else:
            how = "just now, with code that comes with Dovetail"
            try:
                seconds = self.measure()
            except NotMeasured as error:
                return f"{self.who}: how long it will take cannot be told: {error}"
        return (
            f"{self.who}: {lasting(seconds * self.number)}; {seconds:.2g} s for each {one}, measured {how}."
        )


def of_lines(
    who: str,
    one: EndpointSettings,
    lines: int,
    most: int,
    times_ms: list[float],
    server_settings: Mapping[str, Any],
    run: Callable[[Any], Any],
) -> Estimate:
    """Of the questions about lines that are not typed yet.

    Args:
        times_ms: of the questions that were asked already.
        server_settings: of a server that asks this endpoint alone.
        run: runs a coroutine to its end.
    """
    # `--most` ends a run, so no more can come of it.
    number = min(lines * KEYS_A_LINE, most)
    return Estimate(
        who, "questions", number, number * TOKENS_A_QUESTION, number * WRITTEN_A_QUESTION, one,
        "endpoints[].priceRead", _mean_s(times_ms), lambda: float(run(_seconds_a_question(server_settings))),
    )  # fmt: skip


def of_edits(
    who: str,
    chat: ChatSettings,
    number: int,
    times_ms: list[float],
    places: Places,
    run: Callable[[Any], Any],
) -> Estimate:
    """Of the edits that are not asked for yet; as `of_lines`."""
    return Estimate(
        who, "edits", number, number * TOKENS_AN_EDIT, number * WRITTEN_AN_EDIT, chat, "chat.priceRead",
        _mean_s(times_ms), lambda: float(run(_seconds_an_edit(places))),
    )  # fmt: skip


def _mean_s(times_ms: list[float]) -> float | None:
    return sum(times_ms) / len(times_ms) / 1000 if times_ms else None


def lasting(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return "about a minute" if seconds > 45 else "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} minutes" if minutes < 90 else f"about {minutes / 60:.1f} hours"


async def _seconds_a_question(server_settings: Mapping[str, Any]) -> float:
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        root = Path(name, "workspace")
        text = _sample_into(root)
        server = Server(root, Path(name, "home"), server_settings)
        try:
            await server.start()
            try:
                await server.type(TypedLine(SAMPLE, text, "    ", COLD, ("\n",)), Keys())
                # Only the second counts: the first has connected, and found out what the server can do.
                times = await server.type(TypedLine(SAMPLE, text, "    ", WARM, ("\n",)), Keys())
            finally:
                await server.stop()
        except TimeoutError as error:
            raise NotMeasured("there was no answer in time.") from error
        if server.offline or not times:
            raise NotMeasured(server.offline or "nothing was asked.")
    return sum(times) / len(times) / 1000


def _sample_into(root: Path) -> tuple[str, ...]:
    """Copy the sample project there; all of its code, in lines, which is about as much as a prompt holds."""
    # The sample's code and not the user's: nothing of theirs is sent before they have said yes.
    with as_file(files("dovetail.cli").joinpath("sample")) as sample:
        shutil.copytree(sample, root, ignore=shutil.ignore_patterns("__pycache__"))
    code = (file.read_text(encoding="utf-8") for file in sorted(root.rglob("*.py")))
    return tuple(line for text in code for line in text.splitlines(keepends=True))


async def _seconds_an_edit(places: Places) -> float:
    text = files("dovetail.cli").joinpath("sample", *SAMPLE.split("/")).read_text(encoding="utf-8")
    case = EditCase("", "An order that was shipped cannot be shipped again", SAMPLE, text, text, {})
    try:
        found = await ask_edit(case, places, examples=False)
    except (EndpointError, PromptError) as error:
        raise NotMeasured(str(error)) from error
    if "ms" not in found:
        raise NotMeasured("the sample may not be shown (completion.exclude).")
    return float(found["ms"]) / 1000


@define(slots=True)
class Progress:
    """Prints how far a run is, and how long it will still take by what it took so far."""

    name: str
    what: str
    clock: Callable[[], float] = monotonic
    _began: tuple[float, int] | None = None
    _width: int = field(default=0)

    def __call__(self, done: int, of: int) -> None:
        """`done` of `of` are over."""
        said = f"{self.name}: {done} of {of} {self.what}"
        if self._began is None:
            self._began = self.clock(), done
        # By what was done in this run: findings of an earlier one took no time.
        elif self._began[1] < done < of:
            each = (self.clock() - self._began[0]) / (done - self._began[1])
            said += f", {lasting(each * (of - done))} left"
        # Padded to the last one's width, so that nothing of a longer line stays behind.
        width, self._width = self._width, len(said)
        say(said.ljust(width), err=True, end="" if done < of else "\n", flush=True, over=True)

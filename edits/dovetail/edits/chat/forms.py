"""In which form a model is asked, by what is known of it: its size where its name says it, and how it answered before.

SEARCH/REPLACE blocks are short, and large models write them well. Small ones do not: they quote what does not stand in
the file, or answer with the whole of it. What they can do is write a short text anew; so they are shown nothing but
that text, and asked for all of it. Whatever they write is looked at before it is applied.
"""

from __future__ import annotations

import re
from enum import StrEnum

from attrs import define, evolve

from dovetail.text import Point, Snapshot, enclosing_node_range, language_of_path, split_lines

from .extent import defined
from .request import Action, EditRequest, Region

SHORT_LINES = 200
"""Files of at most so many lines may be asked for as a whole."""
SMALL_MODEL = 2_000
"""Models of fewer million parameters are taken for small until they have shown otherwise."""
ENOUGH, FEW = 4, 2
"""After so many answers a small model's blocks count as good; after so many failures a large one's as bad."""
GOOD_SHARE = 0.7
REMEMBERED = 32
"""Answers after which the older half of the evidence is let go: a server may serve another model by the same name."""
WIDEST = 40
"""Lines of a definition that is asked for in place of some lines of it."""
_SIZE = re.compile(
    r"(?<![\w.])(?:e|(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)[ _]?([bm])(?![a-z0-9])", re.IGNORECASE
)

_PATH = re.compile(r"[\w./-]{1,200}\.\w{1,10}\b")


class Form(StrEnum):
    """What an answer was asked to be."""

    BLOCKS = "blocks"
    """The places that change, each quoted (or a patch, by the settings)."""
    WHOLE = "whole"
    """The whole new text of a short file."""


@define(frozen=True, slots=True)
class Tally:
    """How often answers in one form were asked for, and how many of them fitted."""

    asked: int = 0
    fitted: int = 0

    @property
    def share(self) -> float:
        return self.fitted / self.asked if self.asked else 0.0

    def plus(self, fitted: bool) -> Tally:
        asked, good = self.asked + 1, self.fitted + fitted
        # Halved, not dropped: the share stays, and new answers weigh more.
        return Tally(asked, good) if asked <= REMEMBERED else Tally(asked // 2, good // 2)


@define(frozen=True, slots=True)
class Evidence:
    """What is known of one model at one server."""

    millions: int = 0
    """Parameters, in millions, as its name says; 0 where it does not."""
    blocks: Tally = Tally()
    whole: Tally = Tally()

    @property
    def small(self) -> bool:
        """Whether it is taken for a small model."""
        # Its name made it small; its answers may show that it is not.
        proved = self.blocks.asked >= ENOUGH and self.blocks.share >= GOOD_SHARE
        return 0 < self.millions < SMALL_MODEL and not proved

    @property
    def form(self) -> Form:
        """What it is asked for where a file is short."""
        failed = self.blocks.asked >= FEW and self.blocks.share < 0.5
        # Both forms are known by now, and the other one fits more often.
        worse = self.whole.asked >= ENOUGH and self.whole.share < self.blocks.share
        return Form.WHOLE if (self.small or failed) and not worse else Form.BLOCKS

    def plus(self, form: Form, fitted: bool) -> Evidence:
        """The evidence with one more answer."""
        if form is Form.BLOCKS:
            return evolve(self, blocks=self.blocks.plus(fitted))
        return evolve(self, whole=self.whole.plus(fitted))

    @property
    def words(self) -> str:
        """The evidence, for a person."""
        size = f"{self.millions / 1000:g} billion parameters" if self.millions >= 1000 else ""
        size = size or (f"{self.millions} million parameters" if self.millions else "size unknown")
        tallies = [(self.blocks, "edits in blocks"), (self.whole, "whole texts")]
        counts = [f"{tally.fitted} of {tally.asked} {name} fitted" for tally, name in tallies if tally.asked]
        asked = "asked for whole texts of short files" if self.form is Form.WHOLE else "asked for blocks"
        return ", ".join([size, *counts, asked])


def millions_in(model: str) -> int:
    """The parameters that the name of a model tells, in millions; 0 where it tells none. Of several figures ("30B-A3B")
    the largest is the model's."""
    name = model.replace("\\", "/").rsplit("/", 1)[-1]
    found = [
        float(number) * (int(times) if times else 1) * (1000 if unit in "bB" else 1)
        for times, number, unit in _SIZE.findall(name)
    ]
    return round(max(found, default=0))


def suited(request: EditRequest, evidence: Evidence) -> EditRequest:
    """The request in the form that its model does best: as it is, or for nothing but a whole short text."""
    if evidence.form is Form.BLOCKS and not evidence.small:
        return request
    # From here on the model is known to miss what is meant, in whatever form it answers.
    request = evolve(request, look_first=True)
    if request.action is Action.FILES and evidence.form is Form.WHOLE:
        return evolve(request, plain=True) if is_short(request) and not names_others(request) else request
    if request.action is Action.REGION and evidence.small:
        return evolve(request, plain=True, region=_definition_around(request))
    return request


def names_others(request: EditRequest) -> bool:
    """Whether the words of a request name a file that is not shown: one to be made, most likely."""
    shown = {part for file in request.files for part in (file.path, file.path.rsplit("/", 1)[-1])}
    return any(language_of_path(word) and word not in shown for word in _PATH.findall(request.instruction))


def is_short(request: EditRequest) -> bool:
    """Whether a request is about the text of one file that may be asked for as a whole."""
    text = request.shown.text
    return len(request.files) == 1 and bool(text.strip()) and len(text.lines()) <= SHORT_LINES


def _definition_around(request: EditRequest) -> Region | None:
    """The region, or the definition that it is a part of: a line alone means nothing to a small model."""
    region = request.region
    assert region is not None
    lines = split_lines(request.shown.source)
    # The region holds a definition of its own: it means something by itself.
    if defined(lines[region.first : region.end]):
        return region
    snapshot = Snapshot.open(f"file:///{request.shown.path}", request.shown.source)
    # Upwards to the nearest line that defines something, if that definition covers all of the region.
    for top in range(region.first, max(-1, region.first - WIDEST), -1):
        if not defined(lines[top : top + 1]):
            continue
        start, end = enclosing_node_range(
            snapshot, Point(top, 0), snapshot.lines.clamp(Point(region.end - 1, 1 << 30))
        )
        wider = Region(start.line, end.line + (1 if end.column else 0))
        inside = wider.first <= region.first and region.end <= wider.end
        return wider if inside and wider.end - wider.first <= WIDEST else region
    return region

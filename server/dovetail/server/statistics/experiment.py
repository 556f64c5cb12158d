"""An experiment in the store: which block belongs to which arm, and what the looks saw. For a thread, but `Block`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs
from attrs import define, field

from .codes import Kind, Signal
from .comparison import LEVELS, BlockSums, Look, look, needed, sentence_of
from .retention import KEPT_AFTER_S, kept_characters

if TYPE_CHECKING:
    import sqlite3

SETTLED_S = KEPT_AFTER_S[-1] + 60
"""By then a block has ended, and what was accepted in it has been looked for a last time."""


@define(frozen=True, slots=True)
class Experiment:
    """What is compared. Two are the same one if nothing of this differs."""

    name: str
    arms: tuple[str, str]
    """What A and B are, in the words of the settings."""
    most: int
    """Opportunities, after which it ends."""

    @property
    def key(self) -> str:
        # Whatever is changed in the settings of an arm makes it another experiment, with counts of its own.
        text = json.dumps([self.name, *self.arms, self.most])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@define(slots=True, eq=False)
class Block:
    """A stretch of work with one arm. Noted on the event loop, written with the first thing that happens in it."""

    experiment: Experiment
    arm: int
    at: float
    """Seconds since 1970."""
    unanswered: bool = False
    """Whether the arm's endpoint could not answer in it: what came of it says nothing about the arm, and is left out.
    All of the block is, because one place has suggestions of both, and which of them is taken is not by chance."""
    row: int | None = field(default=None, init=False)
    """Its number in the database that `rows_of` names."""
    rows_of: int = field(default=0, init=False)


def write_block(db: sqlite3.Connection, block: Block | None) -> int:
    """The number of a block in the store, written if it is not there yet; 0 for none."""
    if block is None:
        return 0
    # Only with the first thing that happens in it: many blocks hold nothing.
    if block.row is None:
        one = block.experiment
        db.execute(
            "insert or ignore into experiments (key, name, a, b, most, began, ended) values (?,?,?,?,?,?,0)",
            (one.key, one.name, *one.arms, one.most, int(block.at)),
        )
        found = db.execute(
            "insert into blocks (experiment, arm, at, silences)"
            " values ((select id from experiments where key = ?), ?, ?, 0)",
            (one.key, block.arm, int(block.at)),
        )
        block.row = int(found.lastrowid or 0)
    # It may become known after the block was written.
    if block.unanswered:
        db.execute("update blocks set unanswered = 1 where id = ?", (block.row,))
    return block.row


def is_over(db: sqlite3.Connection, one: Experiment) -> bool:
    """Whether it has ended."""
    found = db.execute("select ended from experiments where key = ?", (one.key,)).fetchone()
    return bool(found and found[0])


def take_looks(db: sqlite3.Connection, now: float) -> None:
    """Make the looks that have come due, of each experiment that is under way; end those that are decided or had
    their last look. Two servers may do so at once: they see the same."""
    for number, most in db.execute("select id, most from experiments where not ended").fetchall():
        made = int(db.execute("select count(*) from looks where experiment = ?", (number,)).fetchone()[0])
        blocks: list[BlockSums] | None = None
        # Looks that were missed are made one after the other, each at the blocks that it waited for.
        for which in range(made, len(LEVELS)):
            # A quick count first: settling the blocks reads all moments.
            if blocks is None and _opportunities(db, number) < needed(most, which):
                break
            blocks = blocks or sums_of(db, number, before=now - SETTLED_S)
            seen = look(blocks, most, which, seed=number)
            if seen is None:
                break
            db.execute(
                "insert or ignore into looks values (?, ?, ?, ?)",
                (number, which, int(now), json.dumps(attrs.asdict(seen))),
            )
            if seen.last:
                db.execute("update experiments set ended = ? where id = ?", (int(now), number))
                break


def _opportunities(db: sqlite3.Connection, number: int) -> int:
    """Quickly: how many there were, also those not yet settled."""
    (silent,) = db.execute(
        "select coalesce(sum(silences), 0) from blocks where experiment = ? and unanswered is null", (number,)
    ).fetchone()
    (opened,) = db.execute(
        "select coalesce(sum(weight), 0) from moments join blocks on blocks.id = block"
        f" where experiment = ? and unanswered is null and block > 0 and kind = {int(Kind.SUGGESTION)}"
        f" and signals & {int(Signal.OPENS)}",
        (number,),
    ).fetchone()
    return int(silent) + int(opened)


def sums_of(db: sqlite3.Connection, number: int, *, before: float) -> list[BlockSums]:
    """The blocks of an experiment that were begun before a time and the first that is not settled, in their order;
    those without an answer of their arm's endpoint are left out. Where the endpoint was too slow and the built-in model
    answered meanwhile, the arm had its opportunity and nothing of it was kept."""
    found: dict[int, tuple[int, list[int], list[int]]] = {}
    for block, arm, at, silences, unanswered in db.execute(
        "select id, arm, at, silences, unanswered from blocks where experiment = ? order by id", (number,)
    ):
        # In order, and up to the first that is not settled: skipping one would prefer blocks that settle
        # fast.
        if at >= before:
            break
        if unanswered:
            continue
        found[block] = arm, [silences, 0], []
    for block, signals, taken, looked, there, weight, ms in db.execute(
        "select block, signals, taken, looked, there, weight, shown_ms from moments"
        f" where block in (select id from blocks where experiment = ?) and kind = {int(Kind.SUGGESTION)}",
        (number,),
    ):
        if block in found:
            _, sums, times = found[block]
            sums[0] += weight * bool(signals & Signal.OPENS)
            # What the built-in model gave in the arm's stead is not the arm's.
            if not signals & Signal.STOOD_IN:
                sums[1] += weight * kept_characters(signals, taken, looked, there)
                times += [ms] * (ms is not None)
    return [BlockSums(arm, sums[0], sums[1], tuple(times)) for arm, sums, times in found.values()]


def experiments_answer(db: sqlite3.Connection, *, now: float, since: float) -> list[dict[str, Any]]:
    """The experiments that were under way since a time, the newest first, as they are printed."""
    return [
        _answer(db, *row, now=now)
        for row in db.execute(
            "select id, name, a, b, most, began, ended from experiments where not ended or ended > ?"
            " order by id desc",
            (int(since),),
        ).fetchall()
    ]


def _answer(
    db: sqlite3.Connection,
    number: int,
    name: str,
    a: str,
    b: str,
    most: int,
    began: int,
    ended: int,
    *,
    now: float,
) -> dict[str, Any]:
    looks = [
        Look(**json.loads(said))
        for (said,) in db.execute("select said from looks where experiment = ? order by number", (number,))
    ]
    # All blocks that there are, settled or not, for the figures that are shown.
    blocks = sums_of(db, number, before=now + 1)
    done = sum(one.opportunities for one in blocks)
    # The last look has the last word; what came after it was not looked at.
    if looks and (ended or looks[-1].last):
        sentence = sentence_of(looks[-1])
    else:
        due = needed(most, min(len(looks), len(LEVELS) - 1))
        waits = f"the next look is at {due:,}" if done < due else "the next look is due within minutes"
        sentence = f"Under way, {done:,} of {most:,} opportunities; {waits}."
        if looks:
            sentence += f" {sentence_of(looks[-1])}"
    left_out = _left_out(db, number)
    # Said, because blocks that are left out of one arm alone may bear on the result.
    for arm, left in zip("AB", left_out, strict=True):
        if left:
            which = "one block, which is" if left == 1 else f"{left:,} blocks, which are"
            sentence += f" {arm}'s endpoint could not answer in {which} left out."
    return {
        "name": name,
        "sentence": sentence,
        "over": bool(ended),
        "opportunities": done,
        "most": most,
        "began": began,
        "arms": [
            {
                "arm": "AB"[arm],
                "is": words,
                **_sums(one for one in blocks if one.arm == arm),
                "leftOutBlocks": left_out[arm],
            }
            for arm, words in enumerate((a, b))
        ],
        "looks": [_look_answer(one) for one in looks],
    }


def _left_out(db: sqlite3.Connection, number: int) -> tuple[int, int]:
    """How many blocks of each arm are, because its endpoint could not answer."""
    found = dict(
        db.execute(
            "select arm, count(*) from blocks where experiment = ? and unanswered group by arm", (number,)
        )
    )
    return found.get(0, 0), found.get(1, 0)


def _look_answer(one: Look) -> dict[str, Any]:
    return {
        "opportunities": one.opportunities,
        "blocks": one.blocks,
        "level": LEVELS[one.number],
        "change": one.change,
        "interval": [one.low, one.high],
        "decided": one.decided,
        "fasterMs": one.faster_ms,
    }


def _sums(blocks: Iterable[BlockSums]) -> dict[str, Any]:
    chosen = list(blocks)
    opportunities, kept = (sum(getattr(one, name) for one in chosen) for name in ("opportunities", "kept"))
    times = sorted(ms for one in chosen for ms in one.shown_ms)
    return {
        "blocks": len(chosen),
        "opportunities": opportunities,
        "keptCharacters": kept,
        "keptPerOpportunity": round(kept / opportunities, 4) if opportunities else None,
        "toScreenP50Ms": times[(len(times) - 1) // 2] if times else None,
    }

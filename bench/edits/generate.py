"""The generator: cases without end from real edits, run, and judged against the truth."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from dovetail.edits.report.jsonl import run_task

from . import content, situations, while_typing
from .corpus import Sample, samples_of_history, samples_of_tree
from .corruptions import ALL, Case

# The modules register their corruptions when they are imported.
FORMATS = situations.EVERY
REGISTERED = (content, situations, while_typing)
SEED = 20261123


def samples(sources: Iterable[Path], seed: int = SEED) -> Iterator[Sample]:
    """The real edits of history files and source trees."""
    for source in sources:
        if source.is_dir():
            yield from samples_of_tree(source, seed)
        else:
            yield from samples_of_history(source)


def cases(sources: Iterable[Path], limit: int, seed: int = SEED) -> Iterator[Case]:
    """At most `limit` cases, spread over samples, formats and kinds of corruption."""
    known = list(samples(sources, seed))
    made = round_ = 0
    kinds = sorted(ALL)
    chooser = random.Random(seed)
    while made < limit and known and round_ < 200:
        before = made
        chooser.shuffle(known)
        for number, sample in enumerate(known):
            form = FORMATS[(number + round_) % len(FORMATS)]
            for kind in kinds:
                if (number + round_ * 7 + hash_of(kind)) % 3:
                    continue  # a third of the kinds for each sample and round: kinds and samples stay mixed
                case = ALL[kind](sample, form, random.Random(f"{seed}:{sample.name}:{kind}:{form}:{round_}"))
                if case is not None:
                    made += 1
                    yield case
                    if made >= limit:
                        return
        round_ += 1
        if made == before:
            return


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    return sum(ord(character) * (at + 1) for at, character in enumerate(text))


def judge(case: Case, applied: bool, files: dict[str, str | None]) -> str:
    """`applied`, `refused`, or `wrong`: a byte that was not due, or a claim that is not true."""
    if not applied:
        return "refused"
    after: dict[str, str | None] = {**case.files, **files}
    after = {path: text for path, text in after.items() if text is not None}
    if case.due is None:
        return "wrong" if after != case.files else "nothing done"
    return "applied" if after == case.due else "wrong"


def run_generated(
    sources: Iterable[Path], limit: int = 20_000, seed: int = SEED, keep: list[Case] | None = None
) -> dict[str, Any]:
    """Run the cases and count. Wrong ones are listed, and kept in `keep`."""
    total: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    by_form: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: Counter[str] = Counter()
    wrong: list[dict[str, str]] = []
    spent = 0.0
    for case in cases(sources, limit, seed):
        task = {"id": case.name, "files": case.files, "reply": case.reply, "base": case.base}
        start = perf_counter()
        answer = run_task(task)
        spent += perf_counter() - start
        verdict = judge(case, answer["applied"], answer["files"])
        total[verdict] += 1
        by_kind[case.kind][verdict] += 1
        by_form[case.form][verdict] += 1
        if verdict == "refused":
            kinds.update({hunk["kind"] for hunk in answer["hunks"] if hunk["kind"]})
        if verdict == "wrong":
            wrong.append({"kind": case.kind, "form": case.form, "name": case.name})
            if keep is not None:
                keep.append(case)
    return {
        "cases": total.total(),
        "seed": seed,
        "verdicts": dict(total),
        "wrong": wrong[:50],
        "kinds": {
            kind: {**dict(count), "appliedShare": round(count["applied"] / count.total(), 4)}
            for kind, count in sorted(by_kind.items())
        },
        "formats": {form: dict(count) for form, count in sorted(by_form.items())},
        "refusals": dict(kinds),
        "seconds": round(spent, 2),
    }

"""Some weeks of statistics as a person might have them, made up by a seed: for pictures and for tests of the page.

python -m bench.sample_statistics FILE
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from dovetail.server.statistics import (
    Block,
    Experiment,
    Kind,
    Moment,
    Reason,
    Scope,
    Signal,
    Silence,
    Statistics,
    language_code,
)

NOW = 1_796_000_000.0
"""The day on which the sample ends, in seconds since 1970."""
HABITS = {
    # language: (share of the work, how well it goes in code, in comments, over many lines)
    "python": (0.5, 0.46, 0.18, 0.34),
    "typescript": (0.25, 0.38, 0.15, 0.25),
    "yaml": (0.15, 0.24, 0.10, 0.04),
    "markdown": (0.1, 0.05, 0.05, 0.03),
}
SCOPES = (
    Scope.FUNCTION,
    Scope.ARGUMENTS,
    Scope.MEMBER,
    Scope.BLOCK_START,
    Scope.COMMENT,
    Scope.STRING,
    Scope.TOP_LEVEL,
)

EXPERIMENT = Experiment(
    "more context", ("workstation", "workstation, contextTokens 4096, order suffix first"), 660
)


def make(path: Path, *, weeks: int = 5, a_day: int = 90, seed: int = 7) -> None:
    """Fill a store."""
    chance, better, now = random.Random(seed), random.Random(seed), [0.0]
    store = Statistics(path, clock=lambda: now[0])
    languages = list(HABITS)
    block, blocks = None, list[Block | None]()
    store.asks(EXPERIMENT)
    for day in range(weeks * 7):
        now[0] = NOW - (weeks * 7 - day) * 86_400 + 9 * 3600
        if day % 7 >= 5:
            continue
        for _ in range(a_day):
            now[0] += chance.uniform(20, 400)
            name = chance.choices(languages, [HABITS[one][0] for one in languages])[0]
            _, code, prose, many = HABITS[name]
            scope = chance.choice(SCOPES) if name != "markdown" else Scope.UNKNOWN
            language = language_code(name)
            store.typed(language, chance.randint(5, 40))
            if chance.random() < 0.25:
                reason = chance.choice((Reason.NOT_SURE, Reason.NOT_SURE, Reason.EMPTY, Reason.GATE))
                source = "workstation" if reason is Reason.EMPTY else "embedded"
                store.silence(
                    Silence(
                        Kind.SUGGESTION,
                        language,
                        source,
                        reason,
                        None,
                        chance.randint(4, 30),
                        chance.random() < 0.05,
                    )
                )
                continue
            lines = chance.choice((1, 1, 1, 4)) if scope is Scope.BLOCK_START or name == "yaml" else 1
            remote = chance.random() < 0.4
            if remote and (block is None or now[0] - block.at > 600):
                block = None if store.over else Block(EXPERIMENT, len(blocks) % 2, now[0])
                blocks.append(block)
            likely = many if lines > 1 else prose if scope in (Scope.COMMENT, Scope.STRING) else code
            likely = min(0.9, likely * (1.25 if remote else 1) * (0.85 + 0.05 * day / 7))
            moment = Moment(
                Kind.SUGGESTION, language, "workstation" if remote else "embedded",
                "qwen2.5-coder-1.5b" if remote else "",
                scope=scope, lines=lines, prefix=chance.randint(0, 40), offered=lines * chance.randint(8, 34),
                first_ms=chance.lognormvariate(4.6, 0.5) if remote else None,
                shown_ms=chance.lognormvariate(5.1, 0.6) if remote else chance.lognormvariate(2.0, 0.6),
                block=block if remote else None,
                confidence=None if remote else round(chance.uniform(0.3, 0.95), 2),
                signals=int(Signal.SHOWN | Signal.OPENS | (Signal.CACHED if chance.random() < 0.3 else 0)),
            )  # fmt: skip
            if chance.random() < likely:
                moment.signals |= Signal.ACCEPTED
                moment.taken, moment.looked = moment.offered, 0b1111
                moment.there = 0b1111 if chance.random() < 0.85 else 0b0011
            else:
                moment.signals |= chance.choice(
                    (Signal.AGAINST, Signal.AGAINST, Signal.ALONG, Signal.REJECTED)
                )
            lucky = name != "markdown" and lines == 1 and not moment.taken and better.random() < 0.25
            if lucky and moment.block is not None and moment.block.arm:
                moment.signals = int(Signal.SHOWN | Signal.OPENS | Signal.ACCEPTED)
                moment.taken, moment.looked, moment.there = moment.offered, 0b1111, 0b1111
            store.offer(moment)
            if remote:
                store.spent(
                    "workstation",
                    read=chance.randint(600, 1800),
                    written=chance.randint(4, 60),
                    from_cache=500,
                )
        for kind, source in ((Kind.EDIT, "chat"), (Kind.NEXT_EDIT, "next edits")):
            for _ in range(4):
                refused = kind is Kind.EDIT and chance.random() < 0.2
                well = not refused and chance.random() < 0.6
                store.offer(Moment(
                    kind, language_code("python"), source, lines=3, offered=90, taken=90 * well, scope=Scope.UNKNOWN,
                    reason=Reason.NOT_FOUND if refused else Reason.NONE,
                    signals=int(
                        Signal.SHOWN
                        | (Signal.REFUSED if refused else Signal.ACCEPTED if well else Signal.REJECTED)
                    ),
                ))  # fmt: skip
        store.flush()
    store.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))

"""From the store to the figures that people look at: one plain, versioned value. For a thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field

from .codes import TAKEN, TURNED_DOWN, Kind, Reason, Scope, Signal, language_name
from .experiment import experiments_answer
from .proposals import propose
from .retention import kept_characters
from .store import DAY_S

if TYPE_CHECKING:
    import sqlite3

    from ..settings import Settings

VERSION = 1
"""Of what `report` gives; it grows when a name goes or changes its meaning."""
MOST_SITUATIONS = 10
Report = dict[str, Any]
Prices = Mapping[str, tuple[float, float]]
"""By endpoint: the price of a million tokens read, and of a million written."""
_COLUMNS = (
    "at, kind, language, scope, coalesce(s.name, ''), coalesce(m.name, ''), lines, offered, first_ms, shown_ms,"
    " confidence, reason, signals, taken, looked, there, weight"
)


@define(frozen=True, slots=True)
class Row:
    """One moment as it was stored."""

    at: int
    kind: int
    language: int
    scope: int
    source: str
    model: str
    lines: int
    offered: int
    first_ms: int | None
    shown_ms: int | None
    confidence: int | None
    reason: int
    signals: int
    taken: int
    looked: int
    there: int
    weight: int

    @property
    def kept(self) -> int:
        """Characters of it that stayed: those taken, unless they were undone, or gone when last looked for."""
        return kept_characters(self.signals, self.taken, self.looked, self.there)

    @property
    def lost(self) -> int:
        """Characters that were shown for nothing: neither kept, nor typed out as they stood."""
        if not self.signals & Signal.SHOWN or self.signals & Signal.ALONG:
            return 0
        return max(0, self.offered - self.kept)


@define(slots=True)
class Figures:
    """Sums over moments and silences."""

    opportunities: int = 0
    shown: int = 0
    accepted: int = 0
    turned_down: int = 0
    offered: int = 0
    taken: int = 0
    kept: int = 0
    lost: int = 0
    typed: int = 0
    """By hand, at opportunities where nothing was shown."""
    misses: int = 0
    cached: int = 0
    offers: int = 0
    shown_ms: list[tuple[int, int]] = field(factory=list)
    first_ms: list[tuple[int, int]] = field(factory=list)

    def add(self, row: Row) -> None:
        weight = row.weight
        self.offers += weight
        self.opportunities += weight * bool(row.signals & Signal.OPENS)
        self.cached += weight * bool(row.signals & Signal.CACHED)
        self.misses += weight * bool(row.signals & Signal.MISSED)
        # What never came to the screen was no help and no harm.
        if row.signals & Signal.SHOWN:
            self.shown += weight
            self.offered += weight * row.offered
        self.accepted += weight * bool(row.signals & TAKEN)
        # Turned down and then taken in part: taken counts.
        self.turned_down += weight * bool(row.signals & TURNED_DOWN and not row.signals & TAKEN)
        self.taken += weight * row.taken
        self.kept += weight * row.kept
        self.lost += weight * row.lost
        if row.shown_ms is not None:
            self.shown_ms.append((row.shown_ms, weight))
        if row.first_ms is not None:
            self.first_ms.append((row.first_ms, weight))

    def silent(self, number: int, typed: int, misses: int) -> None:
        self.opportunities += number
        self.typed += typed
        self.misses += misses

    def answer(self) -> dict[str, Any]:
        """As it is printed. Characters are code points, times ms; a share is null where nothing was counted."""
        return {
            "opportunities": self.opportunities,
            "shown": self.shown,
            "accepted": self.accepted,
            "turnedDown": self.turned_down,
            "misses": self.misses,
            "acceptedCharacters": self.taken,
            "keptCharacters": self.kept,
            "lostCharacters": self.lost,
            "keptPerOpportunity": _share(self.kept, self.opportunities),
            "keptOfShown": _share(self.kept, self.offered),
            "cached": _share(self.cached, self.offers),
            "toScreenMs": percentiles(self.shown_ms),
            "firstTextMs": percentiles(self.first_ms),
        }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def percentiles(values: list[tuple[int, int]]) -> dict[str, int] | None:
    """p50, p90 and p99 of (value, weight); None of nothing."""
    if not values:
        return None
    ordered, total = sorted(values), sum(weight for _, weight in values)
    found, passed, wanted = {}, 0, [50, 90, 99]
    for value, weight in ordered:
        passed += weight
        # The first value at which so many per cent of the weights have passed; integers, so no rounding
        # decides.
        while wanted and passed * 100 >= wanted[0] * total:
            found[f"p{wanted.pop(0)}"] = value
    return found


def source_words(source: str) -> str:
    """Who suggested, as people read it."""
    return "built-in model" if source in ("", "embedded", "builtin") else source


def prices_of(settings: Settings) -> dict[str, tuple[float, float]]:
    """The prices that the user has set, by the endpoints' names; the chat server goes by its host."""
    from dovetail.endpoints import host_of  # late: a session that looks at no prices needs no endpoints

    chat = settings.chat
    prices = [
        (one.name or urlsplit(one.url).netloc, (one.price_read, one.price_written))
        for one in settings.endpoints
    ]
    prices.append((host_of(chat.url), (chat.price_read, chat.price_written)))
    return {name: pair for name, pair in prices if any(pair)}


def monday(at: float) -> str:
    """The Monday of the week of a time, as a date in UTC."""
    day = datetime.fromtimestamp(at, UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def report(
    db: sqlite3.Connection, *, now: float, days: int = 30, prices: Prices | None = None
) -> dict[str, Any]:
    """Everything that `dovetail stats` shows of the last days.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    since = int(now) - days * DAY_S
    rows = [Row(*row) for row in db.execute(
        f"select {_COLUMNS} from moments left join names s on s.id = source left join names m on m.id = model"
        " where at > ? order by at", (since,),
    )]  # fmt: skip
    silences = db.execute(
        "select day, kind, language, scope, coalesce(name, ''), reason, number, typed, misses from silences"
        " left join names on names.id = source where day > ?",
        (since // DAY_S,),
    ).fetchall()
    typed = db.execute("select day, by_hand from typed where day > ?", (since // DAY_S,)).fetchall()
    total, weeks = Figures(), dict[tuple[str, str], Figures]()
    written: dict[str, list[int]] = {}
    endpoints: dict[str, Figures] = {}
    models: dict[str, set[str]] = {}
    kinds: dict[int, Figures] = {}
    signals: dict[str, int] = {}
    for row in rows:
        kinds.setdefault(row.kind, Figures()).add(row)
        for signal in Signal:
            if row.signals & signal:
                name = signal.name or ""
                # Every count is weighted: on busy days only a part of the moments is kept.
                signals[name.lower()] = signals.get(name.lower(), 0) + row.weight
        # Shares and times are those of suggestions; the other kinds have a table of their own.
        if row.kind != Kind.SUGGESTION:
            continue
        week = monday(row.at)
        for figures in (
            total,
            weeks.setdefault((week, row.source), Figures()),
            endpoints.setdefault(row.source, Figures()),
        ):
            figures.add(row)
        models.setdefault(row.source, set()).add(row.model)
        written.setdefault(week, [0, 0])[0] += row.weight * row.kept
    # A silence is an opportunity too: without them a model that seldom speaks would look best.
    for day, kind, _language, _scope, source, _reason, number, by_hand, misses in silences:
        kinds.setdefault(kind, Figures()).silent(number, by_hand, misses)
        if kind == Kind.SUGGESTION:
            week = monday(day * DAY_S)
            for figures in (
                total,
                weeks.setdefault((week, source), Figures()),
                endpoints.setdefault(source, Figures()),
            ):
                figures.silent(number, by_hand, misses)
    for day, by_hand in typed:
        written.setdefault(monday(day * DAY_S), [0, 0])[1] += by_hand
    kept, by_hand = (sum(pair[i] for pair in written.values()) for i in range(2))
    return {
        "version": VERSION,
        "days": days,
        "from": datetime.fromtimestamp(since, UTC).date().isoformat(),
        "to": datetime.fromtimestamp(now, UTC).date().isoformat(),
        "total": {**total.answer(), "typedByHand": by_hand, "shareWritten": _share(kept, kept + by_hand)},
        "weeks": [
            {"week": week, "source": source_words(source), **figures.answer()}
            for (week, source), figures in sorted(weeks.items())
        ],
        "written": [
            {
                "week": week,
                "keptCharacters": one,
                "typedByHand": other,
                "shareWritten": _share(one, one + other),
            }
            for week, (one, other) in sorted(written.items())
        ],
        "endpoints": _endpoints(db, since, endpoints, models, prices or {}),
        "kinds": [
            {"kind": Kind(kind).name.lower().replace("_", " "), **figures.answer()}
            for kind, figures in sorted(kinds.items())
        ],
        "signals": dict(sorted(signals.items())),
        "heat": _heat(rows),
        "situations": _situations(rows, silences),
        "experiments": experiments_answer(db, now=now, since=since),
    }


def _endpoints(
    db: sqlite3.Connection,
    since: int,
    endpoints: Mapping[str, Figures],
    models: Mapping[str, set[str]],
    prices: Prices,
) -> list[dict[str, Any]]:
    spent = {
        name: sums
        for name, *sums in db.execute(
            "select name, sum(requests), sum(read), sum(written), sum(from_cache) from spent"
            " join names on names.id = source where day > ? group by name",
            (since // DAY_S,),
        )
    }
    found = []
    # An endpoint may have cost something and suggested nothing.
    for source in sorted({*endpoints, *spent}):
        one: dict[str, Any] = {
            "source": source_words(source),
            "models": sorted(models.get(source, set()) - {""}),
            **endpoints.get(source, Figures()).answer(),
        }
        if source in spent:
            requests, read, written, cached = spent[source]
            one["tokens"] = {"requests": requests, "read": read, "written": written, "fromCache": cached}
            # Prices are for a million tokens.
            if source in prices:
                # Of a million tokens read, and of a million written.
                low, high = prices[source]
                one["cost"] = round((read * low + written * high) / 1_000_000, 4)
        found.append(one)
    return found


def _heat(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Characters lost by language and scope."""
    cells: dict[tuple[int, int], Figures] = {}
    for row in rows:
        if row.kind == Kind.SUGGESTION:
            cells.setdefault((row.language, row.scope), Figures()).add(row)
    return [
        {
            "language": language_name(language),
            "scope": _scope(scope),
            "shown": figures.shown,
            "lostCharacters": figures.lost,
            "keptCharacters": figures.kept,
        }
        for (language, scope), figures in sorted(cells.items())
    ]


def _scope(code: int) -> str:
    # A later version may have written a scope that this one does not know.
    return Scope(code).words if code in Scope._value2member_map_ else Scope.UNKNOWN.words


def _situations(rows: Iterable[Row], silences: Iterable[Any]) -> list[dict[str, Any]]:
    """What cost most characters, the worst first, each with what can be done about it."""
    groups: dict[tuple[int, int, int, str, bool, int], list[Row]] = {}
    languages: dict[int, Figures] = {}
    for row in rows:
        if row.kind == Kind.SUGGESTION:
            languages.setdefault(row.language, Figures()).add(row)
        # A situation: what a setting could tell apart, and no finer.
        key = (row.kind, row.language, row.scope, row.source, row.lines > 1, row.reason)
        groups.setdefault(key, []).append(row)
    found = []
    for (kind, language, scope, source, many, reason), members in groups.items():
        figures = Figures()
        for row in members:
            figures.add(row)
        if figures.lost:
            bars = [(row.confidence, row.weight * row.offered, row.weight * row.kept) for row in members]
            found.append(
                _situation(kind, language, scope, source, many, reason, figures, figures.lost)
                # A silence costs what had to be typed instead; a suggestion costs what was shown for nothing.
                | _proposal(*propose(kind, language, source, many, reason, figures.kept, figures.offered, figures.shown,
                                     languages.get(language, figures).answer()["keptOfShown"], bars))
            )  # fmt: skip
    silent: dict[tuple[int, int, int, str, int], Figures] = {}
    for _, kind, language, scope, source, reason, number, typed, misses in silences:
        silent.setdefault((kind, language, scope, source, reason), Figures()).silent(number, typed, misses)
    for (kind, language, scope, source, reason), figures in silent.items():
        # Where nothing was typed nothing was missed.
        if figures.typed or figures.misses:
            found.append(
                _situation(kind, language, scope, source, False, reason, figures, figures.typed)
                | _proposal(*propose(kind, language, source, False, reason, 0, 0, 0, None, []))
            )
    # Characters shown for nothing and characters typed by hand are one currency.
    found.sort(key=lambda one: -one["costCharacters"])
    return found[:MOST_SITUATIONS]


def _proposal(sentence: str, setting: str) -> dict[str, str]:
    return {"proposal": sentence, "setting": setting}


def _situation(
    kind: int, language: int, scope: int, source: str, many: bool, reason: int, figures: Figures, cost: int
) -> dict[str, Any]:
    return {
        "kind": Kind(kind).name.lower().replace("_", " "),
        "language": language_name(language),
        "scope": _scope(scope),
        "source": source_words(source),
        "manyLines": many,
        "reason": Reason(reason).words if reason in Reason._value2member_map_ else "",
        "opportunities": figures.opportunities,
        "shown": figures.shown,
        "misses": figures.misses,
        "keptOfShown": _share(figures.kept, figures.offered),
        "costCharacters": cost,
    }

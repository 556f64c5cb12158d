"""From the store to the figures that people look at: one plain, versioned value. For a thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .codes import Kind, Signal, source_words
from .costs import lost_by_scope, situations
from .experiment import experiments_answer
from .figures import Figures, Row, share
from .store import DAY_S

if TYPE_CHECKING:
    import sqlite3

    from ..settings import Settings

VERSION = 1
"""Of what `report` gives; it grows when a name goes or changes its meaning."""
Report = dict[str, Any]
Prices = Mapping[str, tuple[float, float]]
"""By endpoint: the price of a million tokens read, and of a million written."""
_COLUMNS = (
    "at, kind, language, scope, coalesce(s.name, ''), coalesce(m.name, ''), lines, offered, first_ms, shown_ms,"
    " confidence, reason, signals, taken, looked, there, weight"
)


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
        "total": {**total.answer(), "typedByHand": by_hand, "shareWritten": share(kept, kept + by_hand)},
        "weeks": [
            {"week": week, "source": source_words(source), **figures.answer()}
            for (week, source), figures in sorted(weeks.items())
        ],
        "written": [
            {
                "week": week,
                "keptCharacters": one,
                "typedByHand": other,
                "shareWritten": share(one, one + other),
            }
            for week, (one, other) in sorted(written.items())
        ],
        "endpoints": _endpoints(db, since, endpoints, models, prices or {}),
        "kinds": [
            {"kind": Kind(kind).name.lower().replace("_", " "), **figures.answer()}
            for kind, figures in sorted(kinds.items())
        ],
        "signals": dict(sorted(signals.items())),
        "heat": lost_by_scope(rows),
        "situations": situations(rows, silences),
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

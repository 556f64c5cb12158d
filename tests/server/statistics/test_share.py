"""What is shared of the counts, and who can say that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.server.settings import gather
from dovetail.server.statistics import Kind, Moment, Signal, Statistics, note_sent, sent_until, shared

DAY = 86_400
NOW = 20_000 * DAY + 3600.0


def counted(*moments: tuple[float, Signal], kind: Kind = Kind.SUGGESTION) -> Statistics:
    statistics = Statistics(None)
    for at, signals in moments:
        statistics.clock = lambda at=at: at  # type: ignore[misc]
        moment = Moment(kind=kind, language=0, source="team", place=None)
        moment.signals = signals
        statistics.offer(moment)
        statistics.flush()
    statistics.clock = lambda: NOW
    return statistics


def test_days_that_are_over_are_counted_and_the_rest_is_not() -> None:
    shown = Signal.SHOWN
    statistics = counted(
        (NOW - 40 * DAY, shown), (NOW - 2 * DAY, shown | Signal.ACCEPTED), (NOW - 2 * DAY, shown | Signal.ACCEPTED),
        (NOW - 1 * DAY, shown), (NOW - 1 * DAY, Signal.REJECTED), (NOW - 1800, shown),
    )  # fmt: skip
    what = statistics.read(lambda db: shared(db, now=NOW))
    assert [(one["day"], one["outcome"], one["count"]) for one in what["counts"]] == [
        ("2024-10-02", "accepted", 2),
        ("2024-10-03", "none", 1),
    ]
    later = statistics.read(lambda db: shared(db, now=NOW, after="2024-10-02"))
    assert [one["day"] for one in later["counts"]] == ["2024-10-03"]
    statistics.close()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"until": 3}', '{"until": "yesterday"}', "\ufeff"])
def test_a_note_that_is_damaged_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "shared.json").write_text(text, encoding="utf-8")
    assert sent_until(tmp_path / "shared.json") == ""


def test_what_was_sent_is_remembered(tmp_path: Path) -> None:
    count = {"day": "2024-10-02", "language": "go", "endpoint": "team", "outcome": "none", "count": 1}
    note_sent(tmp_path / "a" / "shared.json", {"version": 1, "counts": [count]})  # type: ignore[list-item]
    assert sent_until(tmp_path / "a" / "shared.json") == "2024-10-02"


SHARE = '[statistics.share]\nurl = "https://counts.corp.example"\n'


@pytest.mark.parametrize("place", ["machine", "managed", "workspace"])
def test_nobody_but_the_person_can_have_them_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The machine's file, a policy and a workspace cannot force it; what else they say holds."""
    monkeypatch.setattr("dovetail.server.settings._policy._of_administrator", lambda _: True)
    monkeypatch.setattr("dovetail.server.settings._policy._writable_by_others", lambda _: "")
    files = {name: tmp_path / name / "dovetail.toml" for name in ("machine", "managed", "workspace", "user")}
    for file in files.values():
        file.parent.mkdir()
    files[place].write_text("completion.maxLines = 7\n" + SHARE)
    found = gather(
        files["user"].parent, [files["workspace"].parent], machine=files["machine"], managed=files["managed"]
    )
    assert found.settings.statistics.share.url == ""
    assert found.settings.completion.max_lines == 7
    assert any("statistics.share" in problem.text for problem in found.problems)


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("", True),
        ('policy.locked = ["statistics.share"]', False),
        ('policy.locked = ["statistics"]', False),
        ('policy.endpoints = ["http://127.0.0.1:*"]', False),
        ('policy.endpoints = ["https://*.corp.example"]', True),
        (SHARE, False),
    ],
)
def test_a_policy_can_forbid_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, allowed: bool
) -> None:
    monkeypatch.setattr("dovetail.server.settings._policy._of_administrator", lambda _: True)
    monkeypatch.setattr("dovetail.server.settings._policy._writable_by_others", lambda _: "")
    (tmp_path / "dovetail.toml").write_text(SHARE)
    (tmp_path / "managed.toml").write_text(policy)
    found = gather(tmp_path, [], managed=tmp_path / "managed.toml")
    assert bool(found.settings.statistics.share.url) == allowed
    assert bool(found.problems) != allowed

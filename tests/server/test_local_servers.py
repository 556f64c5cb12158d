"""Servers that people run themselves, from the probe to a suggestion, and what is said where they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_server import CODE, MIDDLE, Failure, LocalServer
from local_servers import LOCAL
from small_server import small_server

import dovetail.endpoints
from dovetail.cli import doctor
from dovetail.endpoints import Found, Probe

FAILURES = [(one, failure) for one in LOCAL for failure in one.failures]


def asked(server: Any, one: LocalServer, url: str, tmp_path: Path) -> tuple[list[str], str, dict[str, Any]]:
    """What is suggested, the sentence about it, and the status."""
    endpoint = {"name": "mine", "url": url, **one.settings}
    server.start(
        options={"client": {"events": True}, "embedded": {"enabled": False}, "endpoints": [endpoint]},
        folders=(tmp_path,),
    )
    uri = (tmp_path / "a.py").as_uri()
    server.open(uri, CODE)
    shown = [item["insertText"] for item in server.inline(uri, 1, 11)]
    sentence = server.command("dovetail.why", {"uri": uri})["decisions"][0]["sentence"]
    return shown, sentence, server.command("dovetail.status", {})


async def _none(**_: object) -> list[Any]:
    return []


@pytest.fixture
def run_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, LocalServer], tuple[int, dict[str, Any]]]:
    """`doctor` about one server: its exit code, and what it says of it."""
    monkeypatch.setenv("DOVETAIL_HOME", str(tmp_path / "home"))
    # What else runs on this machine, and its editors, are other tests'.
    monkeypatch.setattr(dovetail.endpoints, "discover_local", _none)
    monkeypatch.setattr(doctor, "_editors", list)

    def run(url: str, one: LocalServer) -> tuple[int, dict[str, Any]]:
        settings = {"name": "mine", "url": url, **one.settings}
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
        (tmp_path / "home/config").mkdir(parents=True)
        (tmp_path / "home/config/dovetail.toml").write_text(f"[[endpoints]]\n{lines}\n", encoding="utf-8")
        code = doctor.run_doctor(root=tmp_path, as_json=True)
        findings = json.loads(capsys.readouterr().out)["findings"]
        (found,) = [finding for finding in findings if finding["topic"] == "endpoint"]
        return code, found

    return run


@pytest.mark.parametrize("one", LOCAL, ids=lambda one: one.name)
def test_what_is_sent_is_what_it_documents_and_the_suggestion_is_shown(
    one: LocalServer, launch: Callable[..., Any], tmp_path: Path
) -> None:
    with small_server(one.answers, one.missing) as small:
        shown, sentence, status = asked(launch(), one, small.url, tmp_path)
    assert shown == [MIDDLE], sentence
    assert status["state"] == "idle", status
    # Before it come a probe's questions and what has a model loaded, behind it what is asked ahead.
    hole = next(sent for sent in small.posted(one.path) if set(one.body) <= set(sent))
    assert {name: hole[name] for name in one.body} == dict(one.body)
    assert not [name for name in one.absent if name in hole]
    assert not [sent for sent in small.sent if "authorization" in sent.headers]


@pytest.mark.parametrize("one", LOCAL, ids=lambda one: one.name)
def test_doctor_says_what_it_is(one: LocalServer, run_doctor: Callable[..., Any]) -> None:
    with small_server(one.answers, one.missing) as small:
        code, found = run_doctor(small.url, one)
    assert code == 0, found
    assert not [words for words in one.found if words not in found["text"]], found


@pytest.mark.parametrize(("one", "failure"), FAILURES, ids=[f"{a.name}: {b.name}" for a, b in FAILURES])
def test_where_it_fails_the_sentence_names_it_and_says_what_to_do(
    one: LocalServer, failure: Failure, launch: Callable[..., Any], tmp_path: Path
) -> None:
    with small_server({**one.answers, **failure.answers}, one.missing) as small:
        shown, sentence, status = asked(launch(), one, small.url, tmp_path)
    assert shown == []
    assert sentence.startswith("mine"), sentence
    assert not [words for words in failure.told if words not in sentence], sentence
    assert status["state"] == failure.state, status
    if failure.state != "idle":
        assert sentence.partition(" Tried again")[0] in status["message"]


TOLD = [(one, failure) for one, failure in FAILURES if failure.doctor]


@pytest.mark.parametrize(("one", "failure"), TOLD, ids=[f"{a.name}: {b.name}" for a, b in TOLD])
def test_doctor_says_what_to_do(one: LocalServer, failure: Failure, run_doctor: Callable[..., Any]) -> None:
    with small_server({**one.answers, **failure.answers}, one.missing) as small:
        code, found = run_doctor(small.url, one)
    assert (code, found["todo"]) == (1, failure.doctor), found
    assert found["text"].startswith("mine: ")


@pytest.mark.parametrize(
    ("model", "recommended"), [("qwen2.5-coder:1.5b-base", True), ("smollm2-135m-instruct", False)]
)
def test_init_is_recommended_only_for_a_server_that_it_can_set_up(
    model: str,
    recommended: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def found(**_: Any) -> list[Found]:
        # As of a server with several models: none is in use, so there is no format either.
        return [Found("http://127.0.0.1:8080", Probe(None, models=(model,)), f"It has {model}.")]

    monkeypatch.setenv("DOVETAIL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(dovetail.endpoints, "discover_local", found)
    monkeypatch.setattr(doctor, "_editors", list)
    doctor.run_doctor(root=tmp_path, as_json=False)
    said = capsys.readouterr().out
    assert f"It has {model}." in said
    assert ("init --find" in said) == recommended

"""`dovetail doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import asdict, define

from dovetail.server.headless import headless_session
from dovetail.server.models.chatmodels import ChatModels
from dovetail.server.models.endpoints import chat_config, endpoint_configs
from dovetail.server.places import Places
from dovetail.server.settings import LocalSettings
from dovetail.server.version import VERSION
from dovetail.text import LANGUAGES

from .terminal import console, say, say_prose

PROBE_S = 20.0
_TODO = {
    "key": "Set a key that it takes.",
    "settings": "Correct that setting.",
    "not found": "Correct its url, format or model.",
    "rate limit": "Wait, or use another server.",
    "busy": "Wait, or use another server.",
    "not loaded": "Load the model there.",
    "context overflow": "Set a smaller contextTokens, or start the server with a larger context.",
    "refused": "Correct its url, format, model or extra.",
    "loading": "Wait until it has loaded its model.",
    "server error": "Look at that server's log.",
    "broken": "Look at that server's log.",
}
"""What to do, by the kind of an error."""
LOAD_S = 120.0
SMALL_BATCH = 1024
"""llama.cpp's default is twice that; with less it reads less of a file than a screen shows."""
GOOD, NOTE, BAD = "ok", "note", "broken"


@define(frozen=True, slots=True)
class Finding:
    """One line of the report. `todo` says what to do where something is broken."""

    topic: str
    state: str
    text: str
    todo: str = ""


def run_doctor(*, root: Path, as_json: bool) -> int:
    """Print the report. Exit code 1 when something is broken."""
    findings = [*_python(), *_grammars(), *_places(Places.of_user())]
    # Settings as a server in this folder would have them; nothing is opened by that.
    session = headless_session(root)
    findings += [
        Finding("settings", BAD, problem.text, "Correct it where it is set.") for problem in session.problems
    ]
    if not session.problems:
        findings.append(Finding("settings", GOOD, "all understood"))
    findings += _organisation(session)
    findings += asyncio.run(_models(session))
    findings += _editors()
    # A note is no trouble: scripts look at the exit code.
    broken = any(finding.state == BAD for finding in findings)
    if as_json:
        say(json.dumps({"version": VERSION, "broken": broken, "findings": [asdict(f) for f in findings]}))
    else:
        _show(findings)
        say_prose(f"\nNext: {_next(findings)}")
    return 1 if broken else 0


def forget_chat_models(*, as_json: bool) -> int:
    """Forget how the chat models answered: the next edit is asked for as if they were new."""
    try:
        count = ChatModels.in_state(Places.of_user().state).forget()
    except OSError as error:
        say(f"dovetail: the file could not be removed: {error.strerror or error}.", err=True)
        return 1
    names = "1 chat model" if count == 1 else f"{count} chat models"
    say(json.dumps({"forgotten": count}) if as_json else f"Forgotten: what was known of {names}.")
    return 0


def _python() -> list[Finding]:
    text = f"{platform.python_version()} at {sys.executable}"
    return [Finding("dovetail", GOOD, VERSION), Finding("python", GOOD, text)]


def _grammars() -> list[Finding]:
    absent = [language.name for language in LANGUAGES if language.grammar is None]
    text = f"{len(LANGUAGES) - len(absent)} of {len(LANGUAGES)} languages"
    if not absent:
        return [Finding("grammars", GOOD, text)]
    return [Finding("grammars", BAD, f"{text}; without: {', '.join(absent)}", "Install Dovetail again.")]


def _places(places: Places) -> list[Finding]:
    findings = []
    for name, folder in (
        ("settings folder", places.config),
        ("cache folder", places.cache),
        ("log", places.state),
    ):
        # The folder may not be there yet: it can be made if the nearest one above can be written to.
        existing = next(above for above in (folder, *folder.parents) if above.exists())
        good = os.access(existing, os.W_OK)
        findings.append(
            Finding(name, GOOD, str(folder))
            if good
            else Finding(
                name, BAD, f"{folder} cannot be written", "Change its permissions, or set DOVETAIL_HOME."
            )
        )
    return findings


def _organisation(session: Any) -> list[Finding]:
    """The files of this machine that its users do not write."""
    findings = []
    machine, policy = session.places.machine, session.preferences.gathered.policy
    if machine is not None and machine.exists():
        findings.append(Finding("settings", GOOD, f"of this machine: {machine}"))
    if policy.file is not None and not policy.closed:
        findings.append(
            Finding("policy", GOOD, f"{policy.file}; `dovetail settings --from` says what it sets")
        )
    return findings


async def _models(session: Any) -> list[Finding]:
    from dovetail.endpoints import ConfigError, discover_local, family_of

    settings = session.settings
    findings = []
    if settings.embedded.enabled:
        findings.append(
            Finding("built-in model", GOOD, "on: learns from this workspace, makes no network requests")
        )
    else:
        findings.append(Finding("built-in model", NOTE, "off (setting embedded.enabled)"))
    configs, problems = endpoint_configs(settings)
    findings += [
        Finding("endpoint", BAD, problem.text, "Correct it where it is set.") for problem in problems
    ]
    # Really served, as a session would: whether a file can be loaded shows in no other way.
    if settings.local.path:
        findings.append(await _local(settings.local))
    for config in configs:
        findings.append(await _endpoint(config))
    # What the settings name is not told again.
    known = {urlsplit(config.url).port for config in configs if config.local}
    for found in await discover_local(refuses=session.preferences.gathered.policy.refuses):
        probe = found.probe
        if probe is None or (probe.format is None and not probe.models) or urlsplit(found.url).port in known:
            continue
        # A server that `init` would refuse is told, but not recommended.
        usable = probe.format is not None or any(map(family_of, probe.models))
        todo = "`dovetail init --find` tries it, and writes it down." if usable else ""
        findings.append(Finding("on this machine", NOTE, found.message, todo))
    if not configs and not settings.local.path:
        findings.append(
            Finding("endpoint", NOTE, "none set; the built-in model is used, nothing leaves this machine")
        )
    try:
        chat = chat_config(settings.chat)
        # What was learnt from earlier edits; asking a chat model here would cost money.
        evidence = ChatModels.in_state(session.places.state).of(chat.url, chat.model)
        findings.append(await _chat(chat))
        findings.append(Finding("chat edits", NOTE if evidence.small else GOOD, evidence.words))
    except ConfigError as error:
        if settings.chat.url:
            findings.append(Finding("chat", BAD, str(error), "See `dovetail settings chat`."))
        else:
            todo = "To use them, name a server: `dovetail settings chat` lists what to set."
            findings.append(
                Finding("chat", NOTE, "none set; Edit, Fix, Document and Write tests are off", todo)
            )
    return findings


async def _local(wanted: LocalSettings) -> Finding:
    """Serve the user's own model file as a session would, and look at it as at any other server."""
    from dovetail.endpoints import ConfigError
    from dovetail.server.models.remote import serve_local

    try:
        async with asyncio.timeout(LOAD_S):
            server = await serve_local(wanted)
    except ConfigError as error:
        return Finding("endpoint", BAD, str(error), "Correct local.path.")
    except TimeoutError:
        return Finding("endpoint", BAD, f"local: {wanted.path} was not loaded within {LOAD_S:.0f} s.")
    async with server:
        return await _endpoint(server.config)


def without_name(sentence: str, name: str) -> str:
    """A sentence about an endpoint where its name stands in front already."""
    said = sentence.removeprefix(f"{name}: ")
    return said[:1].upper() + said[1:] if said != sentence else sentence


async def _endpoint(config: Any) -> Finding:
    from dovetail.endpoints import Endpoint, EndpointError, check_template, next_edit_model

    endpoint = Endpoint(config)
    try:
        async with asyncio.timeout(PROBE_S):
            probe = await endpoint.probe()
            # It answers, but cannot be used as it is set.
            if probe.format is None:
                instead = "Name it under `next`, and a FIM model here."
                return Finding(
                    "endpoint",
                    BAD,
                    f"{config.name}: {' '.join(without_name(one, config.name) for one in probe.problems)}",
                    instead if next_edit_model(probe.model) else "Set its format and model.",
                )
            what = [f"{config.name}: {probe.server or 'a server'}", f"format {probe.format}"]
            what += [f"model {probe.model}"] if probe.model else []
            what += [f"family {probe.family}"] if probe.family else []
            what += [f"{probe.context_tokens} tokens"] if probe.context_tokens else []
            what += [f"by: {'; '.join(probe.evidence)}"] if probe.evidence else []
            # A wrong template gives suggestions that are only worse, and no error: so known gaps are asked for.
            check = await check_template(endpoint)
            text = f"{', '.join(what)}. {without_name(check.message, config.name)}"
            other = "set its family" if check.ours else "use a FIM model"
            todo = [] if check.fits else [f"If suggestions look wrong, {other}."]
            if next_edit_model(probe.model):
                text += " Its name says that it predicts the next edit, which is another task."
                todo.append("Name it under `next`, and a FIM model here.")
            if probe.format == "llama.cpp" and (batch := await endpoint.measure_batch()) is not None:
                text += f" It reads {batch * 3 // 4} tokens of a prefix and {batch // 4} of a suffix (batch {batch})."
                if batch < SMALL_BATCH:
                    todo.append("Start it with a larger batch: -b 2048.")
            return Finding("endpoint", NOTE if todo else GOOD, text, " ".join(todo))
    except EndpointError as error:
        return Finding("endpoint", BAD, str(error), _todo(error.kind, "its url"))
    except TimeoutError:
        return Finding(
            "endpoint", BAD, f"{config.name}: no answer within {PROBE_S:.0f} s", "Is the server busy?"
        )
    finally:
        await endpoint.aclose()


def _todo(kind: str, url: str) -> str:
    """What to do about an error of this kind; the error's own sentence names the setting."""
    return _TODO.get(kind, f"Start the server, or correct {url}.")


async def _chat(config: Any) -> Finding:
    from dovetail.endpoints import EndpointError
    from dovetail.endpoints.chat import served_models

    text = f"{config.model} at {config.url}"
    try:
        async with asyncio.timeout(PROBE_S):
            models = await served_models(config, within_ms=PROBE_S * 1000)
    except EndpointError as error:
        return Finding("chat", BAD, str(error), _todo(error.kind, "chat.url"))
    except TimeoutError:
        return Finding("chat", BAD, f"{config.name}: no answer within {PROBE_S:.0f} s", "Is the server busy?")
    # A note only: some servers take names that they do not list.
    if models and not {config.model, f"{config.model}:latest"} & {*models}:
        there = f"the server lists {', '.join(models[:4])}{' and others' if len(models) > 4 else ''}"
        return Finding(
            "chat", NOTE, f"{text}; {there}", "If requests are refused, set chat.model to one of those."
        )
    return Finding("chat", GOOD, text)


def _editors() -> list[Finding]:
    looked: list[tuple[str, tuple[str, ...], Callable[[str], str]]] = [
        ("nvim", ("--version",), lambda out: out.split("\n", 1)[0]),
        ("code", ("--version",), lambda out: "VS Code " + out.split("\n", 1)[0]),
        ("hx", ("--version",), lambda out: out.split("\n", 1)[0]),
        ("emacs", ("--version",), lambda out: out.split("\n", 1)[0]),
    ]
    findings = []
    for name, arguments, read in looked:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=10, check=True)
            findings.append(Finding("editor", GOOD, f"{read(done.stdout)} at {path}"))
        # A note: an editor that does not start is not what is broken here.
        except (OSError, subprocess.SubprocessError) as error:
            findings.append(Finding("editor", NOTE, f"{path} does not start: {error}"))
    return findings or [Finding("editor", NOTE, "none of nvim, code, hx and emacs is on PATH")]


def _next(findings: list[Finding]) -> str:
    """What to do now, in one sentence."""
    # What is broken comes first, whatever else could be done.
    if (bad := next((one for one in findings if one.state == BAD), None)) is not None:
        return f"{bad.topic}: {bad.todo or bad.text}"
    here = next((one for one in findings if one.topic == "on this machine" and one.todo), None)
    none_set = not any(one.topic == "endpoint" and "none set" not in one.text for one in findings)
    if none_set and here is not None:
        return "`dovetail init --find` tries the server that answers on this machine, and writes it down."
    if none_set:
        return "open a file in your editor and type. `dovetail init` lists models that know more, by size."
    return (
        "open a file in your editor and type; `dovetail why` says why something, or nothing, was suggested."
    )


def _show(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    marks = {GOOD: Text("✓", "green"), NOTE: Text("·", "yellow"), BAD: Text("✗", "bold red")}
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        text = Text(finding.text)
        if finding.todo and finding.state != GOOD:
            text.append(f"\n→ {finding.todo}", "cyan")
        # What to do stands with what is wrong, and only there.
        table.add_row(marks[finding.state], finding.topic, text)
    console().print(table)

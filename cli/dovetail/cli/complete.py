"""`dovetail complete`: the whole engine for one place in one file, without an editor."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from dovetail.server.agents.suggest import Suggested, Suggester
from dovetail.server.agents.trouble import AgentError
from dovetail.server.headless import root_of
from dovetail.server.session.reasons import maker
from dovetail.text import TextFileError, read_text_file, split_lines, without_end

from .terminal import say


def run_complete(
    file: Path,
    line: int,
    column: int | None,
    *,
    root: Path | None,
    text: str,
    endpoint: dict[str, str],
    as_json: bool,
) -> int:
    """Print suggestions. Exit code 0 also when there is nothing to suggest, 2 if there is no such file or place."""
    if text not in ("", "-"):
        return _refuse("--text takes only -, which reads the text from standard input")
    if text == "-":
        # As the server would see it: a mark of byte order is no text, and a wrong byte no reason to refuse.
        live = sys.stdin.buffer.read().decode("utf-8-sig", "replace")
    else:
        try:
            live = read_text_file(file).text
        except TextFileError as error:
            return _refuse(str(error).rstrip("."))
        except OSError as error:
            return _refuse(f"{file}: {error.strerror or error}")
    # Without an address they would be an endpoint that cannot be asked, and the others of the settings would
    # be gone.
    if endpoint and "url" not in endpoint:
        return _refuse(
            "--model, --format, --family and --key-env are of an endpoint; name it with --endpoint"
        )
    if endpoint and (wrong := _wrong(endpoint)):
        return _refuse(f"--endpoint is not asked: {wrong.rstrip('.')}")
    overrides: dict[str, Any] = {"endpoints": [endpoint]} if endpoint else {}
    # Behind the last character, where somebody who types would be.
    if column is None:
        lines = split_lines(live)
        column = len(without_end(lines[line - 1])) + 1 if line <= len(lines) else 1
    return asyncio.run(_complete(file, live, line, column, root or root_of(file), overrides, as_json))


def _wrong(endpoint: dict[str, str]) -> str:
    """What cannot be an endpoint, in a sentence; else empty. Settings would go on without it, and the answer would
    be somebody else's."""
    from dovetail.server.models.endpoints import wrong_endpoint
    from dovetail.server.settings import EndpointSettings

    fields = {"key_env" if name == "keyEnv" else name: value for name, value in endpoint.items()}
    return wrong_endpoint(EndpointSettings(**fields))  # type: ignore[arg-type]


async def _complete(
    file: Path, live: str, line: int, column: int, root: Path, overrides: dict[str, Any], as_json: bool
) -> int:
    # What is wrong with the settings is logged, which a person sees here on standard error.
    suggester = await Suggester.of(root, overrides)
    try:
        try:
            # From 1 for people, from 0 for the engine.
            found = await suggester.at(file.absolute(), live, line - 1, column - 1)
        except AgentError as error:
            return _refuse(str(error).rstrip("."))
        if as_json:
            say(json.dumps(found.json()))
        else:
            _show(found)
        return 0
    finally:
        await suggester.close()


def _show(found: Suggested) -> None:
    for suggestion in found.suggestions:
        say(suggestion.text)
    source = maker(found.suggestions[0].source) if found.suggestions else "nothing"
    reason = "" if found.suggestions else f": {found.decision['outcome']}"
    learning = ", still learning the folder" if found.learning else ""
    say(f"({source}{reason}{learning}, {found.ms:.1f} ms)", err=True)


def _refuse(sentence: str) -> int:
    say(f"dovetail: {sentence}.", err=True)
    return 2

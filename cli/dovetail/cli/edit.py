"""`dovetail edit`: a request in words, for the chat server, onto files."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.edits import CommitError, FileState, Plan, Workspace
from dovetail.edits.chat import (
    Action,
    Budget,
    EditRequest,
    Exchange,
    Region,
    ShownFile,
    make_edit,
    messages_for,
    suited,
)
from dovetail.privacy import printable
from dovetail.server.headless import headless_session, root_of

from .apply import APPLIED, REFUSED, USAGE
from .review import Review, show_reasons
from .show import show_plan
from .terminal import say, say_json, told

if TYPE_CHECKING:
    from dovetail.server.bridge.served import ServedFolder

SHOWN = 20
"""Lines of a refused answer that are shown at its start, and at its end."""
_RANGE = re.compile(r"(?P<path>.+?):(?P<first>\d+)(?:-(?P<last>\d+))?\Z", re.DOTALL)


class _Wrong(Exception):
    """Wrong arguments; the text says which and why."""


def run_edit(
    instruction: str,
    targets: list[str],
    *,
    root: Path | None,
    apply: bool,
    check: bool,
    yes: bool,
    endpoint: str,
    model: str,
    as_json: bool,
) -> int:
    """Ask, show the plan, and apply it on a yes. Exit codes as `dovetail apply`."""
    from dovetail.edits.chat import PromptError
    from dovetail.endpoints import EndpointError
    from dovetail.server.bridge.call import EditorError

    if apply and check:
        return _say("--apply and --check exclude each other.", USAGE)
    chat = {key: value for key, value in (("url", endpoint), ("model", model)) if value}
    try:
        if not instruction.strip():
            raise _Wrong("the request is empty")
        folder = root or root_of(Path(_split(targets[0])[0]))
        session = headless_session(folder, {"chat": chat} if chat else {})
        served = _served(folder)
        form = session.settings.chat.format
        request = _request(served.workspace(), folder, instruction, targets, form, session)
        exchange = asyncio.run(_ask(session, _workspace(folder, request), request, quiet=as_json))
    except _Wrong as error:
        return _say(f"{error}.", USAGE)
    except (EndpointError, PromptError, EditorError, CommitError) as error:
        return _say(str(error), REFUSED)
    except KeyboardInterrupt:
        return _say("Stopped; nothing was written.", REFUSED)
    plan = exchange.plan
    assert plan is not None
    code = _finish(plan, exchange, folder, apply=apply, check=check, yes=yes, as_json=as_json)
    if apply or check or as_json:
        return code

    def again(changed: EditRequest) -> Exchange | None:
        try:
            return asyncio.run(_ask(session, _workspace(folder, changed), changed, quiet=False))
        except (EndpointError, PromptError, EditorError, CommitError) as error:
            _say(str(error), REFUSED)
        except KeyboardInterrupt:
            _say("Stopped; nothing was written.", REFUSED)
        return None

    workspace = _workspace(folder, request)
    return Review(request, exchange, workspace, again, lambda one: _written(one, folder)).run()


def _served(root: Path) -> ServedFolder:
    """The folder as it is now: where an editor serves it, with what is not saved there.

    Raises:
        EditorError: an editor serves it and does not answer.
    """
    from dovetail.server.bridge.served import ServedFolder
    from dovetail.server.places import Places

    return ServedFolder.look(root, Places.of_user().state)


def _workspace(root: Path, request: EditRequest) -> Workspace:
    """The folder as it is now, and the texts that the model was shown: files may change while it writes."""
    return _served(root).workspace(shown={one.path: (one.source,) for one in request.files})


def _finish(
    plan: Plan, exchange: Exchange, root: Path, *, apply: bool, check: bool, yes: bool, as_json: bool
) -> int:
    """What `--json`, `--apply` and `--check` end with; without them, the plan is shown and nothing is written yet."""
    from dovetail.edits import apply_json

    look = exchange.look_first
    applies = apply and plan.ok and (yes or not look)
    held = f"Not applied without --yes: {'; '.join(look)}." if apply and plan.ok and not applies else ""
    if as_json:
        trouble = _written(plan, root) if applies else held
        value = apply_json(plan, applies and not trouble, error=trouble)
        value["notes"] = list(exchange.notes)
        value["lookFirst"] = list(exchange.look_first)
        value["answers"] = list(exchange.texts)
        value["usage"] = {"tokens": exchange.spent.tokens, "ms": round(exchange.spent.ms)}
        told(lambda: say_json(value))
        return APPLIED if plan.ok and not trouble else REFUSED

    def show() -> None:
        for note in exchange.notes:
            say(note, err=True)
        show_plan(plan, done=False, check=check, trouble="")
        show_reasons(exchange)
        say(f"{exchange.spent.tokens} tokens, {exchange.spent.ms / 1000:.1f} s", err=True)
        if not plan.ok and (apply or check or not sys.stdin.isatty()):
            say(_shortened("\n\n".join(exchange.texts)), err=True)

    told(show)
    if not plan.ok:
        return REFUSED
    if check or not plan.files:
        return APPLIED
    if held:
        return _say(held, REFUSED)
    if not apply:
        return APPLIED
    if trouble := _written(plan, root):
        return _say(trouble, REFUSED)
    told(lambda: say("Applied. Take it back with: dovetail undo"))
    return APPLIED


def _written(plan: Plan, root: Path) -> str:
    """Write a plan; what went wrong, '' if nothing did."""
    from dovetail.server.bridge.call import EditorError

    try:
        _served(root).write(plan)
    except (CommitError, EditorError) as error:
        return str(error)
    return ""


def _shortened(text: str) -> str:
    """What the model wrote, its middle left out where it is long."""
    lines = printable(text).split("\n")
    if len(lines) <= 2 * SHOWN:
        return "\n".join(lines)
    return "\n".join([*lines[:SHOWN], f"[{len(lines) - 2 * SHOWN} lines left out]", *lines[-SHOWN:]])


async def _ask(session: object, workspace: Workspace, request: EditRequest, *, quiet: bool) -> Exchange:
    from dovetail.server.editing.ask import answerer
    from dovetail.server.models.chatmodels import ChatModels, seconds_for
    from dovetail.server.models.endpoints import chat_config
    from dovetail.server.session.session import Session

    assert isinstance(session, Session)
    config = chat_config(session.settings.chat)
    overrides = session.places.config / "prompts"
    models = ChatModels.in_state(session.places.state)
    evidence = models.of(config.url, config.model)
    request = suited(request, evidence)
    edits = session.settings.edits
    seconds = seconds_for(evidence, config.timeouts.total_ms, edits.budget_seconds)
    received = 0

    def told(text: str) -> None:
        nonlocal received
        received += len(text)
        if not quiet and sys.stderr.isatty():
            say(f"{config.model}: {received} characters", end="", err=True, flush=True, over=True)

    exchange = await make_edit(
        request,
        messages_for(request, overrides),
        workspace,
        answerer(config),
        budget=Budget(edits.budget_tokens, seconds),
        overrides=overrides,
        on_text=told,
    )
    if received and not quiet and sys.stderr.isatty():
        say(err=True)
    models.note(config.url, config.model, exchange.tries)
    return exchange


def _split(target: str) -> tuple[str, Region | None]:
    """`FILE`, `FILE:A` or `FILE:A-B`; a file that is really called so comes first."""
    match = _RANGE.match(target)
    if match is None or Path(target).exists():
        return target, None
    first = int(match["first"])
    last = int(match["last"] or first)
    if first < 1 or last < first:
        raise _Wrong(f"{target}: lines count from 1, and the last is not before the first")
    return match["path"], Region(first - 1, last)


def _request(
    workspace: Workspace, root: Path, instruction: str, targets: list[str], form: str, session: object
) -> EditRequest:
    from dovetail.server.editing.ask import Refused, no_keys_in
    from dovetail.server.session.session import Session
    from dovetail.server.session.uris import uri_of
    from dovetail.text import TextFileError, language_of_path, read_text_file, split_lines

    assert isinstance(session, Session)
    files: list[ShownFile] = []
    regions: list[Region | None] = []
    for target in targets:
        name, region = _split(target)
        path = Path(name).absolute()
        place = session.folders.locate(uri_of(path))
        if place.root is None:
            raise _Wrong(f"{name} lies outside {root}")
        if not (verdict := session.folders.allows(uri_of(path))):
            raise _Wrong(f"{name} is not sent to a model: {verdict.reason}")
        held = workspace.read(place.path)
        try:
            # What an editor holds unsaved comes before the disk, which also says best what is wrong with a file.
            unsaved = held if isinstance(held, FileState) and held.unsaved else None
            text = unsaved.text if unsaved is not None else read_text_file(path).text
        except TextFileError as error:
            raise _Wrong(str(error).rstrip(".")) from None
        except OSError as error:
            raise _Wrong(f"{name}: {error.strerror or error}") from None
        if region is not None and region.end > len(split_lines(text)):
            raise _Wrong(f"{name} has {len(split_lines(text))} lines, not {region.end}")
        language = language_of_path(name)
        files.append(ShownFile(place.path, text, language.name if language else ""))
        regions.append(region)
    if regions[0] is not None and not any(regions[1:]):
        try:
            no_keys_in(files[0], regions[0])
        except Refused as error:
            raise _Wrong(str(error).rstrip(".")) from None
        return EditRequest(Action.REGION, instruction, tuple(files), regions[0], format=form)
    named = [
        f"In {shown.path}, it is about lines {region.first + 1} to {region.end}."
        for shown, region in zip(files, regions, strict=True)
        if region
    ]
    return EditRequest(Action.FILES, "\n".join([instruction, *named]), tuple(files), format=form)


def _say(text: str, code: int) -> int:
    say(f"dovetail: {text}", err=True)
    return code

"""`dovetail edit`: a request in words, for the chat server, onto files."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import define

from dovetail.edits import CommitError, FileState, Plan, Workspace, apply_json
from dovetail.edits.chat import Action, EditRequest, Exchange, PromptError, Region, ShownFile
from dovetail.endpoints import EndpointError
from dovetail.privacy import printable
from dovetail.server.bridge.call import EditorError
from dovetail.server.bridge.served import ServedFolder
from dovetail.server.editing.ask import Refused, no_keys_in
from dovetail.server.headless import headless_session, root_of
from dovetail.server.places import Places
from dovetail.server.session.session import Session
from dovetail.server.session.uris import uri_of
from dovetail.server.until.asking import ask_chat
from dovetail.text import TextFileError, language_of_path, read_text_file, split_lines

from .apply import APPLIED, REFUSED, USAGE
from .review import Review, show_reasons
from .sent import chosen, looked_for
from .show import show_plan
from .terminal import say, say_json, told

SHOWN = 20
"""Lines of a refused answer that are shown at its start, and at its end."""
_RANGE = re.compile(r"(?P<path>.+?):(?P<first>\d+)(?:-(?P<last>\d+))?\Z", re.DOTALL)


class WrongRequest(Exception):
    """Wrong arguments; the text says which and why."""


@define(frozen=True, slots=True)
class EditOptions:
    """What `dovetail edit` was asked to do."""

    root: Path | None = None
    apply: bool = False
    check: bool = False
    yes: bool = False
    endpoint: str = ""
    model: str = ""
    as_json: bool = False

    @property
    def chat(self) -> dict[str, str]:
        """What the options say of the chat server, over the settings."""
        return {key: value for key, value in (("url", self.endpoint), ("model", self.model)) if value}

    def session(self, targets: list[str]) -> tuple[Path, Session]:
        """The folder, and a session over it.

        Raises:
            WrongRequest: a file cannot be one.
        """
        # Without --root the first file decides which folder it is about.
        folder = self.root or root_of(Path(_split(targets[0])[0]))
        return folder, headless_session(folder, {"chat": self.chat} if self.chat else {})


def run_edit(instruction: str, targets: list[str], options: EditOptions) -> int:
    """Ask, show the plan, and apply it once confirmed. Exit codes as `dovetail apply`."""
    apply, check, as_json = options.apply, options.check, options.as_json
    if apply and check:
        return _say("--apply and --check exclude each other.", USAGE)
    try:
        if not instruction.strip():
            raise WrongRequest("the request is empty")
        folder, session = options.session(targets)
        # The session's settings decide which form the model is asked for.
        request = _request(folder, instruction, targets, session.settings.chat.format, session)
        # A script has named its files, and nobody would look at the list.
        lists = session.settings.edits.list_files and not (apply or as_json or options.yes)
        if sys.stdin.isatty() and lists:
            seen = _seen(request, instruction, folder, session)
            if seen is None:
                return _say("Nothing was sent.", REFUSED)
            request = seen
        exchange = asyncio.run(_ask(session, folder, request, quiet=as_json))
    except WrongRequest as error:
        return _say(f"{error}.", USAGE)
    except (EndpointError, PromptError, EditorError, CommitError) as error:
        return _say(str(error), REFUSED)
    except KeyboardInterrupt:
        return _say("Stopped; nothing was written.", REFUSED)
    plan = exchange.plan
    assert plan is not None
    # Without any of the three a person decides, key by key.
    code = _finish(plan, exchange, folder, options)
    if apply or check or as_json:
        return code

    def again(changed: EditRequest) -> Exchange | None:
        try:
            return asyncio.run(_ask(session, folder, changed, quiet=False))
        except (EndpointError, PromptError, EditorError, CommitError) as error:
            _say(str(error), REFUSED)
        except KeyboardInterrupt:
            _say("Stopped; nothing was written.", REFUSED)
        return None

    # Looked at anew: the answer has taken a while, and files or buffers may have changed.
    workspace = _shown_workspace(session, folder, request.files)
    return Review(request, exchange, workspace, again, lambda one: _written(one, folder)).run()


def _seen(request: EditRequest, instruction: str, root: Path, session: Session) -> EditRequest | None:
    """The request with those files, of all that it names or mentions, that the person wants to send; None if nothing
    is to be sent."""

    def read(path: str) -> ShownFile | None:
        try:
            return _read(root, [str(root / path)], session)[0][0]
        except WrongRequest:
            return None

    return chosen(request, looked_for(request, instruction, root, read))


def _finish(plan: Plan, exchange: Exchange, root: Path, options: EditOptions) -> int:
    """What `--json`, `--apply` and `--check` end with; without them, the plan is shown and nothing is written yet."""
    apply, check, yes, as_json = options.apply, options.check, options.yes, options.as_json
    look = exchange.look_first
    # A plan with marks needs a person, unless `--yes` says that somebody has looked.
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
        # In a terminal the answer can be asked for; in a script it would be lost.
        if not plan.ok and (apply or check or not sys.stdin.isatty()):
            say(_shortened("\n\n".join(exchange.texts)), err=True)

    told(show)
    if not plan.ok:
        return REFUSED
    # Here the plan fits; what is left is whether it may be written.
    if check or not plan.files:
        return APPLIED
    if held:
        return _say(held, REFUSED)
    # The review that follows asks; nothing is written before.
    if not apply:
        return APPLIED
    if trouble := _written(plan, root):
        return _say(trouble, REFUSED)
    told(lambda: say("Applied. Take it back with: dovetail undo"))
    return APPLIED


def _written(plan: Plan, root: Path) -> str:
    """Write a plan; what went wrong, '' if nothing did."""
    try:
        ServedFolder.look(root, Places.of_user().state).write(plan)
    except (CommitError, EditorError) as error:
        return str(error)
    return ""


def _shortened(text: str) -> str:
    """What the model wrote, its middle left out where it is long."""
    lines = printable(text).split("\n")
    if len(lines) <= 2 * SHOWN:
        return "\n".join(lines)
    return "\n".join([*lines[:SHOWN], f"[{len(lines) - 2 * SHOWN} lines left out]", *lines[-SHOWN:]])


async def _ask(session: Session, root: Path, request: EditRequest, *, quiet: bool) -> Exchange:
    with Received(session.settings.chat.model, quiet=quiet) as received:
        # In a thread, which may wait for editors: their answers come over a loop of its own.
        workspace = await asyncio.to_thread(_shown_workspace, session, root, request.files)
        return await ask_chat(session, request, workspace, on_text=received.told)


def _shown_workspace(session: Session, root: Path, shown: Sequence[ShownFile]) -> Workspace:
    """The folder as it is now, unsaved texts of editors included, and the texts that the model was shown."""
    folder = ServedFolder.look(root, session.places.state)
    return folder.workspace(shown={one.path: (one.source,) for one in shown})


class Received:
    """How much of an answer has come, on one line of a terminal."""

    def __init__(self, model: str, *, quiet: bool) -> None:
        self.model, self.characters = model, 0
        self.shows = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Received:
        return self

    def __exit__(self, *_: object) -> None:
        # The line that was written over ends here; what follows begins on its own.
        if self.characters and self.shows:
            say(err=True)

    def told(self, text: str) -> None:
        """A piece of the answer has come."""
        self.characters += len(text)
        # On one line, written over: an answer takes a minute, and its text is shown at the end.
        if self.shows:
            say(f"{self.model}: {self.characters} characters", end="", err=True, flush=True, over=True)


def _split(target: str) -> tuple[str, Region | None]:
    """`FILE`, `FILE:A` or `FILE:A-B`; a file that is really called so comes first."""
    # `a.py:10` may be the name of a file.
    match = _RANGE.match(target)
    if match is None or Path(target).exists():
        return target, None
    first = int(match["first"])
    last = int(match["last"] or first)
    # Lines from 1, the last included, become a half-open range from 0.
    if first < 1 or last < first:
        raise WrongRequest(f"{target}: lines count from 1, and the last is not before the first")
    return match["path"], Region(first - 1, last)


def named_files(root: Path, targets: list[str], session: Session) -> tuple[list[str], list[str]]:
    """The files that are named, relative to the folder, and in words which of their lines are meant.

    Raises:
        WrongRequest: one is not there, lies outside, or may not be shown.
        EditorError: an editor that serves the folder does not answer.
    """
    files, regions = _read(root, targets, session)
    return list(dict.fromkeys(shown.path for shown in files)), _about(files, regions)


def _request(root: Path, instruction: str, targets: list[str], form: str, session: Session) -> EditRequest:
    files, regions = _read(root, targets, session)
    # The lines of one file alone are a region; lines of several are said in words.
    if regions[0] is not None and not any(regions[1:]):
        try:
            no_keys_in(files[0], regions[0])
        except Refused as error:
            raise WrongRequest(str(error).rstrip(".")) from None
        return EditRequest(Action.REGION, instruction, tuple(files), regions[0], format=form)
    words = "\n".join([instruction, *_about(files, regions)])
    return EditRequest(Action.FILES, words, tuple(files), format=form)


def _about(files: Sequence[ShownFile], regions: Sequence[Region | None]) -> list[str]:
    return [
        f"In {shown.path}, it is about lines {region.first + 1} to {region.end}."
        for shown, region in zip(files, regions, strict=True)
        if region
    ]


def _read(root: Path, targets: list[str], session: Session) -> tuple[list[ShownFile], list[Region | None]]:
    workspace = _shown_workspace(session, root, ())
    files: list[ShownFile] = []
    regions: list[Region | None] = []
    for target in targets:
        name, region = _split(target)
        path = Path(name).absolute()
        place = session.folders.locate(uri_of(path))
        if place.root is None:
            raise WrongRequest(f"{name} lies outside {root}")
        if not (verdict := session.folders.allows(uri_of(path))):
            raise WrongRequest(f"{name} is not sent to a model: {verdict.reason}")
        held = workspace.read(place.path)
        try:
            # What an editor holds unsaved comes before the disk, which also says best what is wrong with a file.
            unsaved = held if isinstance(held, FileState) and held.unsaved else None
            text = unsaved.text if unsaved is not None else read_text_file(path).text
        except TextFileError as error:
            raise WrongRequest(str(error).rstrip(".")) from None
        except OSError as error:
            raise WrongRequest(f"{name}: {error.strerror or error}") from None
        if region is not None and region.end > len(split_lines(text)):
            raise WrongRequest(f"{name} has {len(split_lines(text))} lines, not {region.end}")
        language = language_of_path(name)
        files.append(ShownFile(place.path, text, language.name if language else ""))
        regions.append(region)
    return files, regions


def _say(text: str, code: int) -> int:
    say(f"dovetail: {text}", err=True)
    return code

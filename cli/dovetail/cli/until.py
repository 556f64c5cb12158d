"""`dovetail edit --until COMMAND`: edits that stand only when the user's own command passes with them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.edits import (
    CommitError,
    Plan,
    RevisionError,
    Workspace,
    make_plan,
    message,
    read_reply,
    unified_diff,
)
from dovetail.edits.chat import Budget, EditRequest, Exchange, PromptError
from dovetail.endpoints import EndpointError
from dovetail.privacy import Verdict, printable
from dovetail.server.bridge.call import EditorError
from dovetail.server.bridge.served import ServedFolder
from dovetail.server.models.endpoints import key_variables
from dovetail.server.session.session import Session
from dovetail.server.session.uris import uri_of
from dovetail.server.until.asking import ask_chat
from dovetail.server.until.loop import Delivered, Limits, Report, Run, Wish
from dovetail.server.until.places import Apart, InPlace, apart, in_place

from .apply import APPLIED, REFUSED, USAGE
from .edit import EditOptions, Received, WrongRequest, named_files
from .review import show_reasons
from .show import show_plan
from .terminal import console, say, say_json, told

JSON_SCHEMA = 1


@define(frozen=True, slots=True)
class _Options:
    """How it is done."""

    command: str
    root: Path
    worktree: bool
    """Try in a second work tree, not in the files themselves."""
    limits: Limits
    yes: bool
    """Ask nothing: neither whether the command may run, nor about plans that should be looked at."""
    as_json: bool


def run_until(
    instruction: str,
    targets: list[str],
    command: str,
    edit: EditOptions,
    *,
    worktree: bool = False,
    limits: Limits = Limits(),  # noqa: B008
) -> int:
    """Edit, try, look; keep it when the command passes. Exit code 0: it does, and all is applied; 1: all is as it was;
    2: usage."""
    if edit.apply or edit.check:
        return _fail("--until applies what passes, so it goes with neither --apply nor --check.", USAGE)
    if not command.strip() or not instruction.strip():
        return _fail("the command is empty." if instruction.strip() else "the request is empty.", USAGE)
    try:
        root, session = edit.session(targets)
        options = _Options(command, root, worktree, limits, edit.yes, edit.as_json)
        paths, notes = named_files(options.root, targets, session)
    except WrongRequest as error:
        return _fail(f"{error}.", USAGE)
    except EditorError as error:
        return _fail(str(error), REFUSED)
    if not _may_run(options):
        return _fail(
            "The command was not run, and nothing was written.", REFUSED if sys.stdin.isatty() else USAGE
        )
    settings = session.settings
    wish = Wish(
        options.command,
        "\n".join([instruction, *notes]),
        tuple(paths),
        settings.chat.format,
        # Keys that the command does not get: what it runs may be the model's code.
        key_variables(settings),
    )
    report = Report()
    try:
        with _place(options, session) as place:
            # A run that was killed has just been taken back: the user has to know why their files changed.
            if isinstance(place, InPlace) and place.trial.recovered:
                _note(options, place.trial.recovered)
            run = Run(
                wish,
                place,
                _Terminal(session, options, place),
                options.limits,
                report,
                session.places.config / "prompts",
            )
            asyncio.run(_stoppable(run))
    # `Run.go` has put everything back before either gets here.
    except (KeyboardInterrupt, asyncio.CancelledError):
        report.text = f"Stopped. {report.text or 'Everything is as it was.'}"
    except (EndpointError, PromptError, EditorError) as error:
        report.text = f"{error} {report.text}".strip()
    except (CommitError, RevisionError, OSError) as error:
        report.text = f"{str(error).rstrip('.')}. {report.text}".strip()
    told(lambda: _report(report, options))
    return APPLIED if report.green else REFUSED


async def _stoppable(run: Run) -> None:
    """Run it; a signal to end stops it as Ctrl-C does, with everything as it was."""
    task = asyncio.current_task()
    assert task is not None
    if sys.platform != "win32":
        loop = asyncio.get_running_loop()
        # Cancelled rather than ended, so that the edit is taken back; a closed terminal ends it the same way.
        for one in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(one, task.cancel)
    await run.go()


def _may_run(options: _Options) -> bool:
    """Show the command, and have it confirmed once."""
    limits = options.limits
    where = "a work tree of its own" if options.worktree else str(options.root)
    words = (
        f"Will be run in {where}, up to {limits.rounds + 1} times, each at most {limits.command_seconds:.0f} s:\n\n"
        f"    {options.command}\n\n"
        "What it runs may be code that the model wrote."
    )
    if not options.as_json:
        told(lambda: say(words, err=True))
    if options.yes:
        return True
    # Running a command that nobody agreed to is not done quietly, and with `--json` there is nobody to read a
    # question.
    if options.as_json or not sys.stdin.isatty():
        told(lambda: say("dovetail: there is nobody to confirm it; give --yes.", err=True))
        return False
    return _asked("Run it?")


def _asked(question: str) -> bool:
    from rich.prompt import Confirm

    try:
        return Confirm.ask(question, console=console(), default=False)
    except (EOFError, KeyboardInterrupt):
        return False


def _place(options: _Options, session: Session) -> AbstractContextManager[InPlace | Apart]:
    state = session.places.state
    here = Path.cwd()
    inside = (
        here if Path(os.path.realpath(here)).is_relative_to(os.path.realpath(options.root)) else options.root
    )
    if not options.worktree:
        return in_place(options.root, state, inside)
    # The work tree begins with what editors hold unsaved, which is what the user sees.
    served = ServedFolder.look(options.root, state)
    return apart(options.root, state / "worktrees", inside, served.unsaved())


@define(slots=True, eq=False)
class _Terminal:
    """Implements `until.loop.Face`."""

    session: Session
    options: _Options
    place: InPlace | Apart
    plan: Plan | None = field(default=None)

    async def ask(self, request: EditRequest, workspace: Workspace, budget: Budget) -> Exchange:
        with Received(self.session.settings.chat.model, quiet=self.options.as_json) as received:
            return await ask_chat(self.session, request, workspace, budget, on_text=received.told)

    async def may_try(self, exchange: Exchange) -> bool:
        if self.options.yes:
            return True
        # Nobody to ask: what a person should look at is not tried.
        if self.options.as_json or not sys.stdin.isatty():
            return False
        return await asyncio.to_thread(_asked, "Try this?")

    async def deliver(self) -> Delivered:
        return await asyncio.to_thread(self._deliver)

    def _deliver(self) -> Delivered:
        command = self.options.command
        if isinstance(self.place, InPlace):
            # It stands in the files already.
            self.place.keep()
            return Delivered(True, f"`{command}` passes, and all of it is applied.")
        patch, shown = self.place.patch()
        folder = ServedFolder.look(self.options.root, self.session.places.state)
        # Proved against the user's files as they are by now, like any other edit.
        plan = make_plan(read_reply(patch), folder.workspace(shown=shown))
        # The work is not lost: the patch is kept where the user can find it.
        if not plan.ok:
            kept = self.session.places.state / "last-until.diff"
            kept.write_text(patch, encoding="utf-8", errors="surrogateescape", newline="")
            return Delivered(
                False,
                f"`{command}` passes in the work tree, but your files have changed meanwhile: {message(plan)} What was "
                f"tried is in {kept}; `dovetail apply` takes it.",
            )
        written = folder.write(plan)
        unsaved = f" Not saved in the editor yet: {', '.join(written.unsaved)}." if written.unsaved else ""
        return Delivered(True, f"`{command}` passes, and all of it is applied.{unsaved}")

    def allows(self, path: str) -> Verdict:
        return self.session.folders.allows(uri_of(self.options.root / path))

    def told(self, text: str) -> None:
        _note(self.options, text)

    def planned(self, exchange: Exchange) -> None:
        if self.options.as_json:
            return

        def show() -> None:
            for note in exchange.notes:
                say(note, err=True)
            assert exchange.plan is not None
            show_plan(exchange.plan, done=False, check=False, trouble="")
            show_reasons(exchange)

        told(show)


def _note(options: _Options, text: str) -> None:
    if not options.as_json:
        told(lambda: say(printable(text, one_line=True), err=True, flush=True))


def _report(report: Report, options: _Options) -> None:
    if options.as_json:
        say_json(_value(report, options))
        return
    if not report.green and report.output.strip():
        say(f"\nThe end of what `{options.command}` printed:\n{report.output}", err=True)
    for index, one in enumerate(report.rounds, 1):
        went = f"the command {one.ran.words}" if one.ran else "nothing was tried"
        say(f"Round {index}: {one.plan} {went[:1].upper()}{went[1:]}.", err=True)
    say(f"{report.tokens} tokens", err=True)
    back = " Take it back with: dovetail undo" if report.green else ""
    say(f"{report.text}{back}", err=not report.green)


def _value(report: Report, options: _Options) -> dict[str, Any]:
    """The contract of `--json` (docs/apply.md)."""

    def ran(one: Any) -> dict[str, Any] | None:
        return None if one is None else {"code": one.code, "ms": round(one.ms), "passed": one.passed}

    return {
        "schema": JSON_SCHEMA,
        "applied": report.green,
        "message": report.text,
        "command": options.command,
        "before": ran(report.first),
        "rounds": [{"message": one.plan, "ran": ran(one.ran)} for one in report.rounds],
        "output": str(report.output),
        "diff": "".join(unified_diff(one.path, one.before, one.after) for one in report.tried),
        "files": [one.path for one in report.tried],
        "answers": report.answers,
        "usage": {"tokens": report.tokens},
    }


def _fail(text: str, code: int) -> int:
    told(lambda: say(f"dovetail: {text}", err=True))
    return code

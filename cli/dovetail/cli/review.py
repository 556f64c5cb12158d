"""`dovetail edit` after the model has answered: one key to apply, to apply what fits, to see the reply, to ask again,
or to put the edit right by hand."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from attrs import define, evolve

from dovetail.edits import Plan, Reply, Workspace, make_plan, plan_patch, read_reply, rejects_text
from dovetail.edits.chat import EditRequest, Exchange
from dovetail.privacy import printable

from .apply import APPLIED, REFUSED
from .rejects import fitting
from .show import show_plan
from .terminal import console, say, told

MAX_AGAIN = 10
"""Questions for one command."""


@define(slots=True)
class Review:
    """A plan that waits for a person's decision, and what can be done about it."""

    request: EditRequest
    exchange: Exchange
    workspace: Workspace
    ask: Callable[[EditRequest], Exchange | None]
    """Asks the model again; None if that failed, which has been reported by then."""
    write: Callable[[Plan], str]
    """Writes a plan; what went wrong, '' if nothing did."""
    asked: int = 1

    def run(self) -> int:
        """Ask what is to be done until it is done. The exit code."""
        while True:
            plan = self._plan
            keys = self._keys(plan)
            if not keys:
                return APPLIED  # nothing to change, and nothing refused
            try:
                key = self._choice(keys)
            except (EOFError, KeyboardInterrupt):
                return self._over("Nothing was written: there was no answer.")
            if key == "q":
                return self._over("Nothing was written.")
            if key in ("y", "f"):
                # What fits is planned anew without the rest, as the hunks left out may have carried others.
                return self._apply(plan if key == "y" else fitting(plan, self._planned)[0])
            if key == "r":
                told(lambda: say(printable("\n\n".join(self.exchange.texts))))
            elif key == "a":
                self._ask_again()
            else:
                self._by_hand()

    @property
    def _plan(self) -> Plan:
        assert self.exchange.plan is not None
        return self.exchange.plan

    def _planned(self, pick: Collection[int] | None = None) -> Plan:
        picked = set(pick) if pick is not None else None
        return make_plan(self.exchange.reply, self.workspace, pick=picked, asked=self.exchange.asked)

    def _keys(self, plan: Plan) -> dict[str, str]:
        """What can be done now: the key, and what it does."""
        fits = [outcome for outcome in plan.outcomes if not outcome.refused]
        keys = {}
        # All of it fits: "what fits" would be the same, and is not offered beside it.
        if plan.ok and plan.files:
            keys["y"] = "apply"
        elif plan.ok:
            return {}
        elif fits:
            keys["f"] = "apply what fits"
        # Only with hunks is there something to edit; a reply without any can be asked for again.
        if plan.outcomes:
            keys["e"] = "edit by hand"
        if self.asked < MAX_AGAIN:
            keys["a"] = "ask again"
        return keys | {"r": "show the reply", "q": "quit"}

    def _choice(self, keys: dict[str, str]) -> str:
        from rich.prompt import Prompt

        words = ", ".join(f"{key} {words}" for key, words in keys.items())
        out = console()
        out.print(words, style="bold", markup=False, highlight=False)
        # Enter leaves everything as it is.
        return Prompt.ask("Which", console=out, choices=list(keys), default="q", case_sensitive=False)

    def _apply(self, plan: Plan) -> int:
        if trouble := self.write(plan):
            return self._over(trouble)
        told(lambda: say("Applied. Take it back with: dovetail undo"))
        # A part was applied: for a script that is not all that it asked for.
        return APPLIED if not self._plan.refused else REFUSED

    def _over(self, text: str) -> int:
        told(lambda: say(f"dovetail: {text}", err=True))
        return REFUSED

    def _ask_again(self) -> None:
        """The same request, with what was wrong with the answer, in the user's words or by the reasons."""
        refused = self._plan.refused
        hint = " (Enter: only the reasons above)" if refused else ""
        words = console().input(f"What is to be different?{hint} ", markup=False).strip()
        # The reasons go along: the model has to know what did not fit.
        reasons = [f"{one.path}: {one.reason}." for one in refused]
        # The same question would most likely get the same answer.
        if not words and not reasons:
            return
        told_so = ["A first answer did not fit:", *reasons] if reasons else []
        request = evolve(
            self.request, instruction="\n".join([self.request.instruction, *told_so, words]).strip()
        )
        self.asked += 1
        exchange = self.ask(request)
        if exchange is not None:
            self.exchange = exchange
            self._show()

    def _by_hand(self) -> None:
        """The edit in the user's editor, as a patch; what comes back is read and proved as any other."""
        plan = self._plan
        fits, refused = fitting(plan, self._planned) if plan.refused else (plan, [])
        patch = plan_patch(fits)[0].decode("utf-8", "surrogateescape") if fits.ok else ""
        # Of several answers it is not known which one a hunk is from.
        # Its line numbers count in one reply, and `rejects_text` quotes from it.
        said = self.exchange.texts[0] if len(self.exchange.texts) == 1 else ""
        rest = rejects_text(self.exchange.reply, said, refused or plan.refused)
        before = "\n".join(part for part in (patch, rest) if part)
        after = edited(before)
        if after is None or after == before:
            return
        reply: Reply = read_reply(after)
        # From now on the edit is what the person has saved, and its hunks count in that text.
        self.exchange.reply = reply
        self.exchange.plan = make_plan(reply, self.workspace, asked=self.exchange.asked)
        self._show()

    def _show(self) -> None:
        def show() -> None:
            for note in self.exchange.notes:
                say(note, err=True)
            show_plan(self._plan, done=False, check=False, trouble="")
            show_reasons(self.exchange)

        told(show)


def show_reasons(exchange: Exchange) -> None:
    """Why a person should look at a plan that fits, the marks aside, which stand with the plan."""
    marks = {mark.words for mark in exchange.plan.marks} if exchange.plan else set()
    for reason in exchange.look_first:
        if reason not in marks and exchange.plan is not None and exchange.plan.files:
            say(f"look at this: {printable(reason, one_line=True)}")


def editor_command() -> list[str]:
    """The user's own editor; [] where none is named and none is sure to be there."""
    # In the order that git and most tools have.
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if named.strip():
        return shlex.split(named, posix=sys.platform != "win32")
    return ["notepad"] if sys.platform == "win32" else []


def edited(text: str) -> str | None:
    """A text after the user has edited it; None, and a sentence, where that could not be done."""
    command = editor_command()
    if not command:
        told(lambda: say("dovetail: no editor is named. Set VISUAL or EDITOR.", err=True))
        return None
    # A file whose name ends in .diff, so that editors colour it, in a folder that nobody else can read.
    with tempfile.TemporaryDirectory(prefix="dovetail-") as folder:
        path = Path(folder, "edit.diff")
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        try:
            code = subprocess.run([*command, str(path)]).returncode
        except OSError as error:
            reason = f"{command[0]} could not be started: {error.strerror or error}."
            told(lambda: say(f"dovetail: {reason}", err=True))
            return None
        # As git takes it: whoever leaves the editor with an error (`:cq`) wants nothing of it.
        if code:
            told(
                lambda: say(f"dovetail: {command[0]} ended with {code}; the edit stays as it was.", err=True)
            )
            return None
        try:
            return path.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            reason = f"{path} cannot be read back: {error.strerror or error}."
            told(lambda: say(f"dovetail: {reason}", err=True))
            return None

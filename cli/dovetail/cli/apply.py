"""`dovetail apply`: a model's answer onto files."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve

from dovetail.edits import Outcome, Plan, Revision, decode_reply

from .rejects import Kept, fitting, keep
from .show import github_lines, show_hunk, show_plan, show_rejected
from .terminal import console, say, say_json, say_prose, told

if TYPE_CHECKING:
    from dovetail.server.bridge.served import Written

APPLIED, REFUSED, USAGE = 0, 1, 2
"""Exit codes: done, or nothing to do; refused, or with --check something to do; the command was called wrongly."""


def state_folder() -> Path:
    """Where journals and undo records are kept: the user's own state folder."""
    from platformdirs import user_state_path

    return user_state_path("dovetail", appauthor=False)


def read_reply_text(source: str) -> str:
    """The reply from a file, or from standard input for `-`; bytes that are not UTF-8 are kept visible.

    Raises:
        OSError: the file cannot be read.
    """
    # Without a word the command would seem to hang.
    if source == "-" and sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        say(f"Paste the reply or the diff here, and end it with {end}.", err=True)
    data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    return decode_reply(data)


@define(frozen=True, slots=True)
class ApplyOptions:
    """What `dovetail apply` was asked to do."""

    root: Path
    base: str = ""
    """A folder, or a git revision, with the files as the model was shown them."""
    check: bool = False
    """Write nothing; exit code 1 where there is something to do."""
    diff: bool = False
    """Print the proved patch, and write nothing."""
    pick: bool = False
    """Ask for each hunk; what is picked is applied without the rest."""
    partial: bool = False
    """Apply what fits; what does not is printed as rejected, and written to a file."""
    rejects: str = ""
    """The file for what was rejected; '' for one beside the reply."""
    strict: bool = False
    """Refuse what had to be repaired, guessed or left out in reading."""
    syntax: bool = True
    """Refuse what would break the syntax."""
    yes: bool = False
    """Ask nothing, also where a person should look first."""
    quiet: bool = False
    as_json: bool = False
    github: bool = False
    """Print annotations of GitHub Actions."""


def run_apply(reply: str, options: ApplyOptions, *, state: Path | None = None) -> int:
    """Apply a reply to the files of a folder, all or nothing.

    Args:
        reply: a file, or `-` for standard input.
        state: where the undo record goes; the user's state folder if absent.
    """
    from dovetail.edits import (
        CommitError,
        RevisionError,
        make_plan,
        read_reply,
        recover,
        rejects_text,
    )
    from dovetail.server.bridge.call import EditorError
    from dovetail.server.bridge.served import ServedFolder, Written

    root = options.root
    trouble = _wrong(reply, options)
    if trouble:
        return usage(trouble)
    try:
        base = _base(options)
        text = read_reply_text(reply)
    except RevisionError as error:
        return usage(f"--base: {error}.")
    except OSError as error:
        return usage(f"{reply} cannot be read: {error.strerror or error}.")
    # `--check` and `--diff` leave everything as it is, so they do not finish what a killed command began
    # either.
    looks_only = options.check or options.diff
    try:
        folder = ServedFolder.look(root, state or state_folder())
        recovered = "" if looks_only else recover(folder.store)
        read = read_reply(text)
        workspace = folder.workspace(base)

        def planned(pick: set[int] | None = None) -> Plan:
            plan = make_plan(read, workspace, pick=pick, syntax=options.syntax)
            return strictly(plan) if options.strict else plan

        plan = planned()
        # Each hunk is planned and shown as part of the whole; what was picked is then planned anew without
        # the rest.
        rejected: list[Outcome] = []
        if options.pick and plan.outcomes:
            chosen = _picked(plan)
            if not chosen:
                told(lambda: say("Nothing was picked; nothing was written."))
                return REFUSED
            plan = planned(chosen)
        elif options.partial:
            plan, rejected = fitting(plan, planned)
    except (CommitError, RevisionError, EditorError) as error:
        return _fail(str(error).rstrip(".") + ".")
    # Told also where this edit is then refused: files of the folder have changed.
    if recovered:
        told(lambda: say(recovered, err=True))
    if options.diff:
        return _print_diff(plan, options)
    if plan.ok and plan.marks and not looks_only and not _may(plan, reply, options):
        return _fail("Nothing was written.")
    done, trouble, written = False, "", Written()
    if plan.ok and looks_only:
        # What the disk would refuse is said now, not when it is to be written.
        try:
            trouble = folder.foretold(plan)
        except CommitError as error:
            trouble = str(error)
    elif plan.ok:
        try:
            written = folder.write(plan)
            done = True
        except CommitError as error:
            trouble = str(error)
    # Kept only where the command has done its part: not after a failure, and not where it only looks.
    rest = Kept()
    if rejected and not trouble and not looks_only:
        rest = keep(rejects_text(read, text, rejected), reply, root=root, rejects=options.rejects)
    told(lambda: _report(plan, rejected, options, done=done, trouble=trouble, written=written, rest=rest))
    # Exit codes as `diff` and `patch` have them: `--check` with something to do is 1.
    to_do = options.check and bool(plan.files)
    return APPLIED if plan.ok and not trouble and not rejected and not to_do else REFUSED


def _wrong(reply: str, options: ApplyOptions) -> str:
    """Why the options make no sense together; '' where they do."""
    if not options.root.is_dir():
        return f"--root: there is no folder {options.root}."
    if options.pick and (options.as_json or options.github):
        return "--pick asks questions, so it does not go with --json or --format."
    if options.pick and reply == "-":
        return "--pick needs standard input for its questions; give the reply as a file."
    if options.pick and options.partial:
        return "--pick and --partial exclude each other: pick what is to be applied."
    # Whoever names the file expects a rest to be written.
    if options.rejects and not options.partial:
        return "--rejects goes with --partial."
    if options.diff and (options.as_json or options.github):
        return "--diff prints a patch; with --json the patch is in the field `diff`."
    return ""


def _base(options: ApplyOptions) -> Path | Revision | None:
    """What the model was shown: a folder, or a revision of git's."""
    from dovetail.edits import Revision

    if not options.base:
        return None
    folder = Path(options.base)
    # A folder comes first: a revision may have the name of one, but is never meant then.
    return folder if folder.is_dir() else Revision.of(options.root, options.base)


def strictly(plan: Plan) -> Plan:
    """The plan with every hunk refused that is not written as it stands in the reply, to the letter.

    What was repaired in its lines counts, an indentation other than the reply's, and whatever was guessed or left out
    in reading the reply. The numbers of a hunk's header do not: nothing is written because of them.
    """
    from dovetail.edits import Kind, Proof

    def judged(outcome: Outcome) -> Outcome:
        # What was repaired in reading the reply as a whole speaks against every hunk of it.
        why = outcome.repaired or (plan.repaired[0] if plan.repaired else "")
        if outcome.proof is Proof.SHIFTED and not why:
            why = "its lines are indented otherwise than in the file"
        if outcome.refused or not why:
            return outcome
        reason = f"it was not taken to the letter ({why}), which --strict does not allow"
        return evolve(outcome, proof=Proof.REFUSED, kind=Kind.MALFORMED, reason=reason, changes=())

    return evolve(plan, outcomes=tuple(judged(outcome) for outcome in plan.outcomes))


def _may(plan: Plan, reply: str, options: ApplyOptions) -> bool:
    """Whether a plan that a person should look at may be written: asked where there is somebody to ask."""
    if (
        options.yes
        or options.pick
        or options.as_json
        or options.github
        or reply == "-"
        # Where nobody can answer, what a script asked for is done; the marks are in its output.
        or not sys.stdin.isatty()
    ):
        return True
    from rich.prompt import Confirm

    show_plan(plan, done=False, check=False, trouble="")
    try:
        return Confirm.ask("Apply?", console=console(), default=False)
    except (EOFError, KeyboardInterrupt):
        return False


def _print_diff(plan: Plan, options: ApplyOptions) -> int:
    """The proved patch on standard output, all words on standard error."""
    from dovetail.edits import message, plan_patch

    if not plan.ok:
        told(lambda: show_plan(plan, done=False, check=False, trouble="", quiet=options.quiet, err=True))
        return REFUSED
    patch, left = plan_patch(plan)

    def print_it() -> None:
        # Whatever was printed before must come before these bytes, which go past the text layer.
        sys.stdout.flush()
        sys.stdout.buffer.write(patch)
        say(f"{message(plan)} Nothing was written (--diff).", err=True)
        for path in left:
            say(f"{path} is not text to git; it is not in the patch.", err=True)

    told(print_it)
    # Something that git cannot carry is left out of the patch, so the patch is not the whole plan: 1.
    return REFUSED if left or (options.check and plan.files) else APPLIED


def _report(
    plan: Plan,
    rejected: list[Outcome],
    options: ApplyOptions,
    *,
    done: bool,
    trouble: str,
    written: Written | None = None,
    rest: Kept | None = None,
) -> None:
    from dovetail.edits import UNSAVED, apply_json, hunk_json

    # One value and nothing beside it on standard output, whatever there is to tell.
    if options.as_json:
        edit, unsaved = (written.edit, written.unsaved) if written else ("", ())
        value = apply_json(plan, done, error=trouble, edit=edit, unsaved=unsaved)
        if options.partial:
            value["rejected"] = [hunk_json(outcome, plan) for outcome in rejected]
            value["rejects"] = (rest.path or None) if rest else None
        say_json(value)
        return
    # Annotations first: GitHub reads lines of the output in any order, people read the rest from the top.
    if options.github:
        for line in github_lines(evolve(plan, outcomes=(*plan.outcomes, *rejected)), options.root):
            say(line)
    show_plan(plan, done=done, check=options.check, trouble=trouble, quiet=options.quiet)
    fit = [outcome for outcome in plan.outcomes if not outcome.refused]
    if plan.refused and fit and not options.quiet:
        say_prose("--partial applies what fits and writes the rest to a file.")
    # Programs see the old file until it is saved there.
    if written and written.unsaved:
        say_prose(UNSAVED.strip())
    if rejected:
        say(f"{len(rejected)} rejected, and not applied:")
        for outcome in rejected:
            show_rejected(outcome, plan)
    if rest and rest.path:
        where = "" if options.root == Path() else f" -C {shlex.quote(str(options.root))}"
        again = f"dovetail apply {shlex.quote(rest.path)}{where}"
        say_prose(f"They are in {rest.path}. Correct them there, and run: {again}")
    if rest and rest.trouble:
        say(f"dovetail: what was rejected could not be kept in {rest.trouble}.", err=True)


def usage(text: str) -> int:
    told(lambda: say(f"dovetail: {text}", err=True))
    return USAGE


def _fail(text: str) -> int:
    told(lambda: say(f"dovetail: {text}", err=True))
    return REFUSED


def _picked(plan: Plan) -> set[int]:
    from rich.prompt import Confirm

    out = console()
    chosen: set[int] = set()
    # Refused ones are shown too, so that what is picked is picked knowing what is missing.
    for outcome in plan.outcomes:
        show_hunk(out, outcome, plan)
        if outcome.refused:
            continue
        try:
            if Confirm.ask("Apply this hunk?", console=out, default=True):
                chosen.add(outcome.index)
        # No more answers: what was agreed to so far counts.
        except EOFError:
            break
    return chosen

"""Files that a shell command writes from a here-document: `cat > FILE <<'EOF'`, `tee FILE <<'EOF'`.

`>` writes all of a file, so the text up to the end word is read as the whole of it, and proved like any other: where
most of the file would go, the person is asked. Only text that is taken to the letter is read: none in which the shell
would fill something in (`<<EOF` with `$`), no path in a variable or at home, nothing that is appended. Nothing is run.
"""

from __future__ import annotations

import re

from attrs import define, evolve

from ...model import Extent, FileSign, Sign, What
from ..paths_in_prose import path_token
from .contract import Found, Named, ReplyText, whole_text
from .fence_kinds import SHELL

NAME = "here-document"
name = NAME
starts = "ctms$"
_FILE = r"(?P<path>\"[^\"\n]{1,300}\"|'[^'\n]{1,300}'|[^\s\"'<>|&;()]{1,300})"
_WORD = r"<<(?P<dash>-?)[ \t]?(?P<quote>['\"]?)(?P<word>\w{1,40})(?P=quote)"
_LEAD = r"^(?:\$ )?(?:mkdir (?:-p )?[\w./\"'-]{1,300} && )?(?:sudo )?"
_END = r"[ \t]*$"
_NULL = r"(?:[ \t]*>[ \t]*/dev/null)?"
_FORMS = (
    re.compile(rf"{_LEAD}cat[ \t]*(?P<mode>>>?)[ \t]*{_FILE}[ \t]*{_WORD}{_END}"),
    re.compile(rf"{_LEAD}cat[ \t]*{_WORD}[ \t]*(?P<mode>>>?)[ \t]*{_FILE}{_END}"),
    re.compile(rf"{_LEAD}tee[ \t]+(?P<mode>-a[ \t]+)?{_FILE}{_NULL}[ \t]*{_WORD}{_NULL}{_END}"),
    re.compile(
        rf"{_LEAD}cat[ \t]*{_WORD}[ \t]*\|[ \t]*(?:sudo )?tee[ \t]+(?P<mode>-a[ \t]+)?{_FILE}{_NULL}{_END}"
    ),
)
_FILLED_IN = re.compile(r"[$`\\]")
_CD = re.compile(r"^(?:\$ )?(?:.{0,200}(?:&&|;) ?)?(?:cd|pushd) ")
_FENCE = re.compile(r"^`{3,}|^~{3,}")
MAX_LINE = 800
MAX_LINES = 40_000
MAX_BESIDE = 60
"""Lines of the same block that are looked at for `cd` above, and for `chmod` below."""


@define(frozen=True, slots=True)
class _Command:
    path: str
    word: str
    tabs: bool
    """`<<-`: tabs in front of the lines are taken off."""
    plain: bool
    """The end word is quoted: the shell fills nothing in."""
    appends: bool


def command_of(line: str) -> _Command | None:
    """The file that a command writes from the lines below it; None where the line is no such command."""
    if "<<" not in line or len(line) > MAX_LINE:
        return None
    text = line.strip()
    found = next(filter(None, (form.match(text) for form in _FORMS)), None)
    if found is None:
        return None
    appends = (found["mode"] or ">").strip() != ">"
    return _Command(
        found["path"].strip("\"'"), found["word"], bool(found["dash"]), bool(found["quote"]), appends
    )


def read(reply: ReplyText, at: int) -> Found | None:
    # Within a fence of another language it is a text about the shell.
    fence = reply.fence
    if fence is not None and fence.language and fence.language not in SHELL:
        return None
    command = command_of(reply.lines[at])
    if command is None:
        return None
    where = f"line {at + 1} of the reply"
    kind = path_token(command.path)
    # Nothing is written outside of the workspace, and a path that the shell would work out is not known here.
    elsewhere = not kind or command.path.startswith(("/", "~", "$")) or ".." in command.path.split("/")
    end, trouble = _end(reply, at, command)
    reply.ahead += end - at
    said = reply.near(at)
    # Said, so that it is not lost unseen, but no edit.
    if command.appends or elsewhere or said.quoted:
        done = "appends to" if command.appends else "writes"
        why = "; an append quotes no line of it" if command.appends else ""
        what = f"a command that {done} {command.path} ({where}){why}"
        return Found(min(end + 1, len(reply)), (), (f"{what} was read as no edit",), (what,))
    body = reply.lines[at + 1 : end]
    if command.tabs:
        body = [line.lstrip("\t") for line in body]
    if not command.plain and (filled := next(filter(_FILLED_IN.search, body), None)) is not None:
        trouble = trouble or (
            f"the shell would fill in {filled.strip()[:60]!r}, so what the file is to hold cannot be told "
            f"(<<'{command.word}' takes it to the letter)"
        )
    if moved := _moved(reply, at):
        trouble = trouble or f"{moved!r} goes to another folder first: which file is meant cannot be told"
    sign = Sign(FileSign.ENVELOPE, What.WHOLE, Extent.ALL, reply.lines[at].strip()[:120])
    named = Named(command.path, sign, maybe=kind == "maybe")
    change = whole_text(reply, (at, end), body, named, form=NAME, trouble=trouble)
    if _made_executable(reply, end, command.path):
        change = evolve(change, executable=True)
    return Found(min(end + 1, len(reply)), (change,))


def _end(reply: ReplyText, at: int, command: _Command) -> tuple[int, str]:
    """The line of the end word, and why the text may not reach to it."""
    fences = 0
    for index in range(at + 1, min(len(reply), at + MAX_LINES)):
        line = reply.lines[index]
        if (line.lstrip("\t") if command.tabs else line).rstrip() == command.word:
            if reply.fence is not None and fences % 2:
                return index, "a code fence ends inside the here-document: what belongs to it cannot be told"
            return index, ""
        # Blocks of a Markdown file that is written come in pairs; the mark that ends the reply's own fence is alone.
        if reply.fence is not None and _FENCE.match(line):
            fences += 1
            if fences == 1 and reply.closes_fence(index) and not _goes_on(reply, index, command):
                return index, f"the end word {command.word} is missing: the reply was cut"
    return len(reply), f"the end word {command.word} is missing: the reply was cut"


def _goes_on(reply: ReplyText, at: int, command: _Command) -> bool:
    """Whether the end word stands below a mark that would close the fence, with another mark between."""
    for index in range(at + 1, min(len(reply), at + MAX_LINES)):
        reply.ahead += 1
        if reply.lines[index].strip() == command.word:
            return True
        if command_of(reply.lines[index]):
            return False
    return False


def _beside(reply: ReplyText, at: int, step: int) -> list[str]:
    """The lines of the same block above or below a line."""
    found = []
    for index in range(at + step, at + step * MAX_BESIDE, step):
        if not 0 <= index < len(reply) or _FENCE.match(reply.lines[index]):
            break
        found.append(reply.lines[index])
    return found


def _moved(reply: ReplyText, at: int) -> str:
    """The command above that goes to another folder; '' for none."""
    # Outside of a fence the lines above are prose, and `cd` there is a word.
    lines = [reply.lines[at], *(_beside(reply, at, -1) if reply.fence is not None else ())]
    return next((line.strip()[:60] for line in lines if _CD.match(line)), "")


def _made_executable(reply: ReplyText, at: int, path: str) -> bool:
    """Whether a command below makes the file executable."""
    modes = {f"chmod {mode} {path}" for mode in ("+x", "a+x", "u+x", "755", "0755")}
    return any(line.strip().removeprefix("$ ") in modes for line in _beside(reply, at, 1))

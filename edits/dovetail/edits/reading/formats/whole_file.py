"""A file in a fence, with its path in the fence's first line, in a label above, or in the first line of the code.

A fence below a path need not be that file. Commands, output and excerpts are told by the fence's language, by
the first lines, and by the words above; whether the rest is all of the file or a part of it is proved against
the file itself (`planning.whole`), with the words as a sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ...model import ADD, Extent, FileChange, FileSign, Hunk, Op, Reading, Sign, What
from ..labels import MAX_LINE, Role, read_label, role_of
from ..vocabulary import words as words_of
from .contract import Fence, Found, Named, ReplyText, whole_text
from .fence_kinds import DIFF, contradicts, ending_of, fits, is_command
from .heredoc import command_of

NAME = "whole file"
name = NAME
starts = "`~"
_EDITS = re.compile(
    r"^(?:[ \t]*(?:<{4,10}|-{5,10})[ \t]*(?:SEARCH|ORIGINAL)\b|@@+[ -]|@@$|diff --(?:git|cc|combined) "
    r"|\*{3} ?(?:Begin Patch|\w+ File:)"
    r"|--- \S.*$|[ \t]*>{5,10} ?REPLACE|[ \t]*\+{5,10} ?REPLACE)"
)
_SEARCHES = re.compile(r"^[ \t]*<(?:search|find|old_string|old_str|original)>", re.IGNORECASE)
_REPLACES = re.compile(r"^[ \t]*<(?:replace|replacement|new_string|new_str|updated)>", re.IGNORECASE)
_OLD_FIELD = re.compile(
    r"\"(?:old|search|find|original)_?(?:str|string|text|content|code)?\"\s*:", re.IGNORECASE
)
_NEW_FIELD = re.compile(
    r"\"(?:new|replace|replacement|updated)_?(?:str|string|text|content|code)?\"\s*:", re.IGNORECASE
)
_COMMENT = re.compile(r"^\s*(?:#|//|--|;|%|/\*|<!--)\s*(.*?)\s*(?:\*/|-->)?$")
_CODE = re.compile(r"`[^`\n]{1,120}`")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ON = words_of(
    "and also then next now finally likewise similarly as well too the same way in for with to by it its",
    "update updates updated change changes changed replace replaced rewrite rewritten simplify simplified fix fixed",
    "adjust adjusted modify modified improve improved refactor refactored becomes become new version of function",
    "method class und auch dann ebenso y en también luego et aussi puis e anche poi 同样修改 然后 以及 修改 更新",
)
"""Words of a line that goes on with what was said: "And `total`:", "Update `total` as well:"."""
_MAGIC = re.compile(
    r"^%%(?:writefile|file)[ \t]+(-a[ \t]+)?(\"[^\"]{1,300}\"|'[^']{1,300}'|\S{1,300})[ \t]*$"
)
"""A notebook's cell that writes its text to a file."""
_CELLS = ("", "python", "py", "ipython", "jupyter", "ipython3", "python3")
_CONFLICT = re.compile(r"^(?:<{7} \S|>{7} \S)")
MAX_LOOK = 2000
"""Lines of a block that are looked at for an edit inside it."""
MAX_BEHIND = 400
"""Lines behind the first mark that may end a Markdown file which are looked at for others."""
MAX_FENCES = 16


def read(reply: ReplyText, at: int) -> Found | None:
    if reply.fence is not None:
        return None
    fence = reply.opens_fence(at)
    if fence is None or fence.language in DIFF:
        return None
    if fence.indent:
        # The scanner takes the indentation off; then this line is asked about again.
        _outdent(reply, at, fence)
    # From here to where it returns, `None` hands the block back to the scanner, as prose or as another
    # format's.
    close, trouble = _close(reply, at, fence)
    body = reply.lines[at + 1 : close]
    if _holds_edits(fence, body[:MAX_LOOK]):
        return None  # an edit of another format stands inside: the scanner goes on line by line
    named, commented = _named(reply, at, fence, body)
    # The magic names the file itself, unless the label above is the notebook that the cell is of.
    if magic := _MAGIC.match(body[0]) if body and fence.language in _CELLS else None:
        where = f"line {at + 1} of the reply"
        if magic[1]:
            what = f"a cell that appends to {magic[2]} ({where}), which quotes no line of it"
            return Found(close + 1, (), (f"{what} was read as no edit",), (what,))
        if named is None or ending_of(named.path) != "ipynb":
            named = Named(magic[2].strip("\"'"), Sign(FileSign.FENCE, words=body[0].strip()[:120]))
            body = body[1:]
    if named is None:
        return _goes_on(reply, at, fence, body, close)
    where = f"line {at + 1} of the reply"
    role = reply.role(at) if named.sign.file is not FileSign.FENCE else _about(reply, at)
    kind = is_command(fence.language, named.path, body) or _by_words(role)
    if kind == "command" and any(map(command_of, body[:MAX_LOOK])):
        return None  # the command may write a file: the scanner goes on line by line
    if not kind and contradicts(fence.language, named.path):
        kind = f"block of {fence.language}"
    if not kind and any(_CONFLICT.match(line) for line in body[:MAX_LOOK]):
        kind = "conflict as git writes it"
    against = ""
    if kind:
        what = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} below {named.path} ({where})"
        # "Runs" or "shows" may tell what the code does: then it counts if its language fits the file, and
        # only if it is new.
        told = role.describes and kind == _by_words(role) and not named.maybe
        if not told or not fits(fence.language, named.path):
            return Found(close + 1, (), (f"{what} was read as no edit",), (what,))
        against = what
    if close >= len(reply):
        trouble = "the reply ends inside the file: it was cut"
    sign = evolve(
        named.sign,
        what=What.WHOLE,
        extent=Extent.ALL,
        says_whole=bool(reply.near(at).whole),
        trouble="" if _labelled_new(reply, named) else _part(reply.near(at), named),
    )
    named = evolve(named, sign=sign)
    before = reply.last_path
    change = whole_text(reply, (at, close), body, named, form=NAME, trouble=trouble)
    # Nothing that follows goes on with a block that may be no edit.
    if against:
        reply.last_path = before
        change = evolve(change, only_if_new=against)
    note = (f"the file is named in the first line of the code ({where})",) if commented else ()
    return Found(close + 1, (change,), note)


def _goes_on(reply: ReplyText, at: int, fence: Fence, body: list[str], close: int) -> Found | None:
    """A block below "and `total`:", where the block before was of a file: it may be more of the same file."""
    path = reply.last_path
    last = reply.prose[-1] if reply.prose else -1
    if not path or not fence.language or not reply.used < last or at - last > 2 or close >= len(reply):
        return None
    words = reply.lines[last].strip()[:MAX_LINE]
    # Words that say more than that it goes on may say anything: whose code it is, that it was, that it might be.
    said = _WORD.findall(_CODE.sub(" ", words))
    if "`" not in words or any(word.lower() not in _ON for word in said) or "?" in words:
        return None
    if reply.near(at).quoted or is_command(fence.language, path, body):
        return None
    if contradicts(fence.language, path) or any(_CONFLICT.match(line) for line in body[:MAX_LOOK]):
        return None
    sign = Sign(FileSign.BEFORE, What.WHOLE, Extent.ALL, words[:120], trouble="no file is named above it")
    lines = tuple((ADD, line) for line in body)
    hunk = Hunk((Reading(lines),), first=at, last=close, ends_plainly=True, sign=sign)
    return Found(close + 1, (FileChange(Op.WHOLE, (path,), (hunk,), format=NAME, only_if_defines=True),))


def _holds_edits(fence: Fence, body: Sequence[str]) -> bool:
    """Whether the block holds edits of another format, or tags of a search and a replacement."""
    if any(line and line[0] in "<-@d* \t>+" and _EDITS.match(line) for line in body):
        return True
    if (
        fence.language in ("", "json", "jsonc", "json5", "jsonl")
        and body
        and body[0].lstrip()[:1] in ("{", "[")
    ):
        text = "\n".join(body[:60])
        return bool(_OLD_FIELD.search(text) and _NEW_FIELD.search(text))
    if fence.language not in ("", "xml"):
        return False
    return any(map(_SEARCHES.match, body)) and any(map(_REPLACES.match, body))


def _outdent(reply: ReplyText, at: int, fence: Fence) -> None:
    from ..clean import outdent_fence

    outdent_fence(reply.lines, at, fence.indent, fence.mark)
    reply.lines[at] = reply.lines[at][len(fence.indent) :]


def _named(reply: ReplyText, at: int, fence: Fence, body: list[str]) -> tuple[Named | None, bool]:
    """The file of the block, by the nearest sign, and whether a comment in the code names it."""
    if fence.path:
        words = reply.lines[at].strip()[:120]
        return Named(fence.path, Sign(FileSign.FENCE, words=words), lined=fence.lined), False
    # In Markdown a first line with `#` is a heading, and without a language nothing says what a comment is.
    first = next((line for line in body[:2] if line.strip()), "")
    comment = _COMMENT.match(first) if fence.language not in ("markdown", "md", "mdx", "") else None
    label = read_label(comment[1], at + 1) if comment else None
    if label is not None and label.sign is FileSign.LABEL and label.tokens[0].sure and "`" not in first:
        return Named(label.tokens[0].path, Sign(FileSign.FENCE, words=first.strip()[:120])), True
    if reply.envelope:
        return reply.file_for(at), False
    # A label above the block before was that block's.
    if not reply.labels or reply.labels[-1].line <= reply.used:
        return None, False
    named = reply.file_for(at)
    if named.trouble or named.sign.file not in (FileSign.LABEL, FileSign.SENTENCE):
        return None, False
    return named, False


def _about(reply: ReplyText, at: int) -> Role:
    """What is said right above a fence that names its file itself: only the line above speaks of it."""
    last = reply.prose[-1] if reply.prose else -1
    return role_of([reply.lines[last]]) if last > reply.used and at - last <= 2 else Role()


def _by_words(role: Role) -> str:
    if role.run:
        return f"block under the word {role.run!r}"
    return f"block under the word {role.quoted!r}" if role.quoted else ""


def _labelled_new(reply: ReplyText, named: Named) -> bool:
    """Whether the label itself says that the file is new, and of no part: `**config.py** (new)`."""
    if named.lined or named.sign.file is not FileSign.LABEL or not reply.labels:
        return False
    role = role_of([reply.lines[reply.labels[-1].line]])
    return bool(role.new) and not role.part


def _part(role: Role, named: Named) -> str:
    """What speaks against all of the file; '' for nothing."""
    if named.lined:
        return "the label states lines of the file"
    if role.part and not role.whole:
        return f"the words above say {role.part!r}"
    return ""


def _close(reply: ReplyText, at: int, fence: Fence) -> tuple[int, str]:
    """The line that closes the fence, and why that can be doubted.

    A fence with a language inside another is a fence of the file's own. A bare one may close either; in Markdown
    the one way to read them under which every fence has its end is taken, and where there are two, none is.
    """
    mark = fence.mark
    markdown = fence.language in ("markdown", "md", "mdx") or ending_of(_path_near(reply, fence)) in (
        "md",
        "mdx",
        "markdown",
    )
    first, opened = -1, 0
    bare: list[int] = []
    for index in range(at + 1, len(reply)):
        line = reply.lines[index]
        # Behind the first mark that may be the end, only marks near it can say that it is not.
        if first >= 0 and index - first > MAX_BEHIND:
            break
        if line[:3] != mark[0] * 3:
            continue
        # A fence starts at the margin; an indented mark belongs to the text.
        marks = line.rstrip(" \t")
        width = len(marks) - len(marks.lstrip(mark[0]))
        if width < len(mark):
            continue
        # A longer run of marks closes a shorter one; a shorter run is text (CommonMark).
        if width < len(marks):
            opened += first < 0
            # Negative: opens a block of a language.
            if markdown:
                bare.append(-index)
            elif first >= 0:
                break
            continue
        if not markdown and not opened:
            return index, ""
        bare.append(index)
        first = index if first < 0 else first
        if len(bare) > MAX_FENCES:
            break
    if first < 0:
        return len(reply), ""
    if not markdown:
        return first, "the file holds code fences like the one around it, so where it ends cannot be told"
    return _markdown_close(bare, first)


def _markdown_close(fences: list[int], first: int) -> tuple[int, str]:
    """Where Markdown in a fence ends, of the lines of fences behind its start (negative: with a language)."""
    doubt = "the file holds code fences like the one around it, so where it ends cannot be told"
    nested, depth = -1, 0
    for index in fences:
        if index < 0:
            depth += 1
            if nested >= 0:
                break
        # A closing mark for each block opened inside; the first one too many ends the file.
        elif depth:
            depth -= 1
        else:
            nested = index
            break
    after = [index for index in fences if abs(index) > first]
    if not after and nested == first:
        return first, ""
    inner = [index for index in fences if index < 0 and -index < first]
    if not inner:
        # Nothing but bare marks: they pair off as a file with blocks in it, or as the file and blocks below it.
        return first, doubt
    if nested < 0:
        return first, doubt
    rest = [index for index in fences if abs(index) > nested]
    # Bare marks behind it have to pair off among themselves, once those that close a language's block are
    # taken out.
    plainly = sum(index > 0 for index in after) - sum(index < 0 for index in after)
    # Read by the letter, the first bare mark ends the file; then every fence behind it must have its end too.
    return (nested, "") if plainly % 2 or not rest or plainly < 0 else (nested, doubt)


def _path_near(reply: ReplyText, fence: Fence) -> str:
    if fence.path:
        return fence.path
    if reply.labels and reply.labels[-1].line > reply.used:
        return reply.labels[-1].tokens[-1].path
    return ""

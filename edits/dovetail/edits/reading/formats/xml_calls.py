"""Tool calls and edits as tags: `<search>`/`<replace>`, `<replace_in_file>` and `<write_to_file>` with `<path>`,
`<parameter name="old_string">`, `<boltAction type="file" filePath="…">`, `<file path="…">`.

The text between two tags is taken to the letter; nothing in it is unescaped, for code is full of `&` and `<`.
A tag that is not closed is a cut reply.
"""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import evolve

from ...model import Extent, FileChange, FileSign, Hunk, Op, Sign, What
from ..paths_in_prose import path_token
from ..vocabulary import words
from .calls import NEW, OLD, PATH, change_of_call, plain, verb_of
from .contract import MAX_AHEAD, Found, ReplyText

NAME = "tool call (tags)"
name = NAME
starts = "<"
_OUTER = re.compile(
    r"^[ \t]*<(?:antml:|｜DSML｜)?(replace_in_file|write_to_file|apply_diff|search_and_replace|edit_file|edit|"
    r"str_replace|create_file|write_file|replace|change|invoke|boltaction|file|search|search_replace|find|tool_call|"
    r"function_calls?|function|antartifact|[a-z]{2,12}-write|old_string|old_str|old_text|update|create|"
    r"str_replace_editor|str_replace_based_edit_tool|insert_content|insert_edit_into_file|insert|append_to_file)\b"
    r"([^<>]{0,400})>",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"^[ \t]*(?:<{5,10} ?(?:SEARCH|ORIGINAL)\b|-{5,10} ?SEARCH\b|@@ -\d|@@+$|\*{3} (?:Begin Patch|Update File:))"
)
"""Lines that begin edits of other formats."""
_OLD_TAG = re.compile(r"^[ \t]*<(?:search|find|original|old\w{0,20})>", re.IGNORECASE)
_NEW_TAG = re.compile(r"^[ \t]*<(?:replace\w{0,20}|updated|new\w{0,20}|content)>", re.IGNORECASE)
MAX_LOOK = 400
_PREFIX = "(?:antml:|｜DSML｜)?"
"""What models put before the names of their own tags."""
_NAME = re.compile(r"[ \t]*([\w.-]{1,60})[ \t]*$")
"""The name of the tool behind `<tool_call>`."""
_ATTRIBUTE = re.compile(r"([\w:.-]+) ?= ?(?:\"([^\"]*)\"|'([^']*)')")
_TEXTS = words("content contents filetext filecontent code newfile")
MAX_LINES = 40_000


@lru_cache(1024)
def may_open_a_call(tag: str) -> bool:
    """Whether a tag of this name can be that of a call: most tags are those of a page."""
    return bool(_OUTER.match(f"<{tag}>"))


# Asked at every line that starts with `<`, most of which are HTML: the bounds come first.
def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    if "<" not in line[:20] or reply.ahead > MAX_AHEAD:
        return None
    opening = _OUTER.match(line)
    if not opening:
        return None
    # `<lov-write file_path="…">`, `<dyad-write path="…">`: builders of whole sites, one file a tag.
    tag = "boltaction" if opening[1].lower().endswith("-write") else opening[1].lower()
    attributes = {found[1].lower(): found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(opening[2])}
    if tag in ("search", "find", "old_string", "old_str", "old_text"):
        return _pair(reply, at, tag)
    end = _closing(reply, at, opening[1])
    fields = _fields(reply, at, end if end >= 0 else len(reply), opening.end())
    # An attribute counts as the path only; other attributes are the tag's own business (`type`, `line`).
    fields |= {plain(key): value for key, value in attributes.items() if plain(key) in PATH}
    diff = fields.get("diff", "")
    if "<<<<<<<" in diff or "------- SEARCH" in diff or "@@" in diff:
        # The blocks inside are of a format of their own; the path is what this tag says.
        return _enclosing(reply, at, fields)
    if tag == "file" and _holds_edits(reply, at, end, fields):
        by_name = {"path": attributes["name"]} if "name" in attributes else {}
        return _enclosing(reply, at, fields | by_name)
    relevant = bool(fields.keys() & (OLD | NEW | _TEXTS)) or (
        tag == "antartifact"
        or (tag in ("boltaction", "file") and (bool(fields.keys() & PATH) or "name" in attributes))
    )
    # Names that are HTML or XML as well may stand open for good; the others were certainly meant as a call.
    cut = end < 0 and tag not in ("file", "search", "find", "change", "replace", "update", "create", "edit")
    if not relevant and not cut:
        return _enclosing(reply, at, fields) if fields.keys() & PATH and tag != "file" else None
    sign = Sign(FileSign.ENVELOPE, words=line.strip()[:120])
    # The last line of it: the closing one, or the reply's last where nothing closes it.
    last = (end if end >= 0 else len(reply)) - (0 if end >= 0 else 1)
    if end < 0:
        hunk = Hunk(
            (), first=at, last=last, malformed=f"<{opening[1]}> is not closed: the reply was cut", sign=sign
        )
        return Found(len(reply), (FileChange(Op.EDIT, (), (hunk,), format=NAME),))
    if tag == "antartifact":
        # The title of an artifact is often no path: then what is in it is no file.
        title = attributes.get("title", "").strip()
        if path_token(title) != "sure" or "command" in attributes:
            return None
        fields, tag = {"path": title, "content": _between(reply, at, end, opening.end())}, "file"
    elif tag in ("boltaction", "file"):
        # `<boltAction type="shell">` runs something, and edits nothing.
        if attributes.get("type", "file") != "file":
            return None
        path = next((one for key, one in attributes.items() if plain(key) in PATH or key == "name"), "")
        body = _between(reply, at, end, opening.end())
        if not body.strip() or not (path or fields.keys() >= {"path", "content"}):
            return None
        if path:
            fields = {"path": path, "content": body}
    text = next((fields.pop(key) for key in _TEXTS & fields.keys()), None)
    if text is not None:
        text = _without_cdata(text)
        # A tag on a line of its own takes the last line end with it.
        fields["content"] = text if text.endswith("\n") else text + "\n"
    tool = (
        attributes.get("name", "") if tag == "invoke" else "write" if tag in ("boltaction", "file") else tag
    )
    # The name of the tool stands in its first lines: `<tool_call>` / `<function=edit>`.
    if tag in ("function", "tool_call"):
        named = next(filter(None, map(_FUNCTION.match, reply.lines[at : at + 3])), None)
        named = named or _NAME.match(line, opening.end())
        tool = named[1] if named else tool
    change = change_of_call(fields, (at, last), line.strip(), NAME, verb=verb_of({"tool": tool}))
    if change is None:
        return None
    # A call without a path: what stands above it says which file.
    if not change.paths:
        above = reply.file_for(at)
        trouble = change.hunks[0].malformed if not above.path else ""
        hunk = evolve(change.hunks[0], malformed=trouble, sign=above.sign)
        change = evolve(change, paths=(above.path,) if above.path else (), hunks=(hunk,))
    if change.paths:
        reply.last_path = change.paths[0]
    return Found(end + 1, (change,))


def _holds_edits(reply: ReplyText, at: int, end: int, fields: dict[str, str]) -> bool:
    """Whether a file's tag has edits of it inside, not its text: pairs of tags, or blocks with marks."""
    inside = reply.lines[at + 1 : min(end if end >= 0 else len(reply), at + MAX_LOOK)]
    if (fields.keys() & OLD and fields.keys() & NEW) or any(map(_MARKS.match, inside)):
        return True
    return any(map(_OLD_TAG.match, inside)) and any(map(_NEW_TAG.match, inside))


def _enclosing(reply: ReplyText, at: int, fields: dict[str, str]) -> Found | None:
    """A tag around edits of another format: the scanner goes on inside, and knows the path."""
    path = next((one.strip() for key, one in fields.items() if key in PATH), "")
    if not path:
        return None
    reply.envelope = path
    return Found(at + 1, ())


def _closing(reply: ReplyText, at: int, tag: str) -> int:
    """The line that closes a tag, or -1."""
    wanted = re.compile(rf"</{_PREFIX}{re.escape(tag)}\s?>", re.IGNORECASE)
    for index in range(at, min(len(reply), at + MAX_LINES)):
        reply.ahead += 1
        if "</" in reply.lines[index] and wanted.search(reply.lines[index]):
            return index
    return -1


_FIELD = re.compile(
    r"<(?:antml:|｜DSML｜)?(?:parameter(?: name=\"([\w-]{1,40})\"(?: string=\"\w{4,5}\")?|=([\w-]{1,40}))|"
    r"([\w-]{1,40})(?: line=\"?\d{1,7}\"?)?)>"
)
_FUNCTION = re.compile(r"^[ \t]*<function=([\w.-]{1,60})>")
"""A call as `<function=edit><parameter=file_path>`."""


def _fields(reply: ReplyText, at: int, end: int, start: int) -> dict[str, str]:
    """The tags inside a tag, each with the text between it and its end."""
    result: dict[str, str] = {}
    index, column, pending = at, start, ""
    while index <= min(end, len(reply) - 1) and reply.ahead <= MAX_AHEAD:
        reply.ahead += 1
        # Several fields may stand on one line, so the walk keeps a column, too.
        found = _FIELD.search(reply.lines[index], column)
        if not found:
            index, column = index + 1, 0
            continue
        key = found[1] or found[2] or found[3]
        closing = key if found[3] else "parameter"
        stop = _close_of(reply, index, found.end(), closing, end)
        if stop is None:
            column = found.end()
            continue
        text = _text(reply, (index, found.end()), stop)
        name = plain(key)
        # `<arg_key>path</arg_key><arg_value>a.py</arg_value>`: the name of a field is a field itself.
        if name == "argkey":
            pending = plain(text.strip())
        elif name == "argvalue":
            name, pending = pending, ""
        result.setdefault(name, _without_cdata(text) if name in OLD | NEW else text)
        # Behind the closing tag: `</`, the name, `>`.
        index, column = stop[0], stop[1] + len(closing) + 3
    return result


def _close_of(reply: ReplyText, index: int, column: int, tag: str, end: int) -> tuple[int, int] | None:
    wanted = re.compile(rf"</{_PREFIX}{re.escape(tag)}>")
    for line in range(index, min(end, len(reply) - 1) + 1):
        reply.ahead += 1
        found = wanted.search(reply.lines[line], column if line == index else 0)
        if found:
            return line, found.start()
    return None


def _text(reply: ReplyText, start: tuple[int, int], stop: tuple[int, int]) -> str:
    """The text between two places, without the line breaks that only set the tags on lines of their own."""
    if start[0] == stop[0]:
        return reply.lines[start[0]][start[1] : stop[1]]
    first, last = reply.lines[start[0]][start[1] :], reply.lines[stop[0]][: stop[1]]
    middle = reply.lines[start[0] + 1 : stop[0]]
    lines = ([first] if first.strip() else []) + middle + ([last] if last.strip() else [])
    return "\n".join(lines)


def _without_cdata(text: str) -> str:
    """The text without the marks that XML puts around what is not to be read as tags."""
    bare = text.strip()
    if not (bare.startswith("<![CDATA[") and bare.endswith("]]>")):
        return text
    return bare.removeprefix("<![CDATA[").removesuffix("]]>").removeprefix("\n")


def _between(reply: ReplyText, at: int, end: int, start: int) -> str:
    # From behind: the text may hold closing tags of its own.
    stop = reply.lines[end].lower().rfind("</")
    return _text(reply, (at, start), (end, max(stop, 0)))


def _pair(reply: ReplyText, at: int, tag: str) -> Found | None:
    """`<search>…</search><replace>…</replace>` with the path above, or in the tag around them."""
    end = _closing(reply, at, tag)
    if end < 0:
        return None
    # The end of the search and the start of its replacement may be a line or two apart.
    fields = _fields(reply, at, min(end + 3, len(reply) - 1), 0)
    following = next(
        (line for line in range(end, min(end + 4, len(reply))) if _REPLACE.search(reply.lines[line])), -1
    )
    if following < 0:
        return None
    other = _REPLACE.search(reply.lines[following])
    assert other
    stop = _closing(reply, following, other[1])
    last = stop if stop >= 0 else len(reply) - 1
    fields |= _fields(reply, following, last, other.start())
    named = reply.file_for(at)
    sign = evolve(named.sign, what=What.EDIT, extent=Extent.PIECES)
    if stop < 0:
        hunk = Hunk(
            (), first=at, last=last, malformed=f"<{other[1]}> is not closed: the reply was cut", sign=sign
        )
        return Found(len(reply), (FileChange(Op.EDIT, (), (hunk,), format=NAME),))
    change = change_of_call({**fields, "path": named.path}, (at, last), reply.lines[at].strip(), NAME)
    if change is None:
        return None
    hunk = evolve(change.hunks[0], sign=sign, malformed=named.trouble or change.hunks[0].malformed)
    reply.last_path = named.path or reply.last_path
    paths = (named.path,) if named.path else ()
    return Found(last + 1, (evolve(change, paths=paths, hunks=(hunk,)),), (named.note,) if named.note else ())


_REPLACE = re.compile(r"<(replace|replacement|new_string|new_str|new_text|new)>", re.IGNORECASE)

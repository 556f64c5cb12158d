"""Paths as replies write them: in headings, labels, fences and diff headers."""

from __future__ import annotations

import re

_BARE_NAMES = {
    "makefile", "dockerfile", "license", "readme", "gemfile", "rakefile", "procfile", "jenkinsfile", "vagrantfile",
    "cmakelists.txt", "go.mod", "go.sum", "cargo.lock", "justfile", "containerfile", "brewfile", "codeowners",
}  # fmt: skip
_LABEL = re.compile(
    r"^(?:\d+[.)]\s*)?(?:(?:new|updated?|modified|created?|edit(?:ed)?|modify|full|the|complete)\s+)*"
    r"(?:file(?:\s?name|\s?path)?|path|filename)?\s*[:=]?\s*",
    re.IGNORECASE,
)
_INFO_KEY = re.compile(
    r"(?:^|\s)(?:title|file|filename|path|name)\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|(\S+))", re.I
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_SIMPLE = {b"n": b"\n", b"t": b"\t", b'"': b'"', b"\\": b"\\", b"a": b"\a", b"r": b"\r"}
MAX_PATH = 1024


def looks_like_path(text: str) -> bool:
    """Whether `text` can only be meant as a path."""
    if not text or len(text) > MAX_PATH or text.startswith(("-", "@@", "http://", "https://")):
        return False
    if any(character in text for character in '<>|"*?\n\0{}()=;,`') or text.endswith((".", ":", "/", "\\")):
        return False
    if " " in text:
        return (
            ("/" in text or "\\" in text) and bool(re.search(r"\.\w{1,8}$", text)) and len(text.split()) <= 3
        )
    name = re.split(r"[/\\]", text)[-1]
    if name.lower() in _BARE_NAMES:
        return True
    if "/" in text or "\\" in text:
        return bool(name) and bool(re.search(r"\w", name))
    return bool(re.fullmatch(r"\.?[\w+@-][\w.+@-]*\.[A-Za-z_]\w{0,11}|\.[a-z][\w.-]+", name))


def path_on_line(line: str) -> str:
    """The path that stands alone on a line of prose, in whatever dress; '' where there is none."""
    text = line.strip()
    if not text or len(text) > MAX_PATH:
        return ""
    text = re.sub(r"^(?:#{1,6}|[-*+]|//|--|;)\s+", "", text)
    for _ in range(3):
        before = text
        text = text.strip().rstrip(":").strip()
        for mark in ("***", "**", "__", "`", "*", '"', "'"):
            if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
                text = text[len(mark) : -len(mark)]
        if text == before:
            break
    if looks_like_path(text):
        return text
    label = _LABEL.match(text)
    if label and label.end():
        rest = text[label.end() :].strip().strip("`*\"'").rstrip(":").strip("`*\"'")
        if looks_like_path(rest):
            return rest
    found = re.fullmatch(r"[^`]{0,40}?`([^`]+)`\s*(?:\([\w\s]{1,20}\))?:?", text)
    heading = line.lstrip().startswith("#") or text != line.strip()
    if found and heading and looks_like_path(found[1]):
        return found[1]
    return ""


def path_in_info(info: str) -> str:
    """The path in the first line of a fence: ```` ```py src/a.py ````, `py:src/a.py`, `title="src/a.py"`."""
    found = _INFO_KEY.search(info)
    if found:
        return found[1] or found[2] or found[3]
    words = info.split()
    for word in words[1:] or words:
        if looks_like_path(word) and ("/" in word or "." in word) and not word.startswith("{"):
            return word
    head, colon, rest = info.partition(":")
    if colon and re.fullmatch(r"[\w+#-]*", head) and looks_like_path(rest.strip()):
        return rest.strip()
    return ""


def unquote(text: str) -> str:
    """A path as git writes it: in quotes, with octal bytes, where it holds unusual characters."""
    text = text.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text

    def byte(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8) & 0xFF]) if len(code) == 3 else _SIMPLE.get(code, code)

    raw = text[1:-1].encode("utf-8", "surrogatepass")
    return _ESCAPE.sub(byte, raw).decode("utf-8", "replace")


def header_path(text: str) -> str:
    """The path in a `---` or `+++` line: without its time stamp, unquoted."""
    text = text.strip("\r\n")
    if text.lstrip().startswith('"'):
        found = re.match(r'\s*("(?:[^"\\]|\\.)*")', text)
        if found:
            return unquote(found[1])
    text = text.split("\t")[0]
    text = re.sub(r"\s+\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*$", "", text)
    text = re.sub(r"\s+\(.*\)$|\s+\(revision \d+\)$", "", text)
    return text.strip().strip("`*")


def spellings(path: str) -> tuple[str, ...]:
    """`a/x` and `b/x` may be git's way of writing `x`, or folders of that name."""
    path = path.strip()
    if re.match(r"^[abciow]/.", path):
        return (path[2:], path)
    return (path,)

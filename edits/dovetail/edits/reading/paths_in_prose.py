"""Paths as replies write them: in headings, labels, fences and diff headers."""

from __future__ import annotations

import re
from functools import lru_cache

from .vocabulary import words

BARE_NAMES = words(
    "makefile dockerfile gemfile rakefile procfile jenkinsfile vagrantfile go.mod go.sum go.work cargo.lock",
    "justfile containerfile brewfile codeowners gnumakefile podfile fastfile guardfile pipfile caddyfile",
)
"""File names without an ending, in lower case."""
_HEADINGS = words("license readme changelog authors notice copying contributing todo")
"""Files without an ending whose names are headings as well."""
_CAPITALS = frozenset(
    {
        "VERSION",
        "NEWS",
        "INSTALL",
        "MANIFEST",
        "COPYRIGHT",
        "CREDITS",
        "MAINTAINERS",
        "THANKS",
        "BUGS",
        "OWNERS",
    }
)
"""Files without an ending that are written in capitals, unlike the words."""
_NAMES = BARE_NAMES | _HEADINGS
_ENDINGS = words(
    "py pyi pyx pxd ipynb js mjs cjs jsx ts mts cts tsx vue svelte astro html htm xhtml css scss sass less styl",
    "json jsonc json5 jsonl ndjson yaml yml toml ini cfg conf config properties env xml xsd xsl svg md mdx",
    "markdown rst txt text adoc org tex bib c h cc cpp cxx hpp hh hxx inl m mm cs fs fsx vb java kt kts scala sc",
    "groovy gradle go rs rb erb rake gemspec php phtml pl pm t lua luau swift dart ex exs eex heex erl hrl hs lhs",
    "elm ml mli clj cljs cljc edn lisp el scm rkt nim zig v sv vhd vhdl cr jl r rmd d pas pp f f90 f95 for cob",
    "asm s sql psql graphql gql proto thrift avsc prisma tf tfvars hcl nix bzl bazel star cmake mk mak ninja sh",
    "bash zsh fish ksh ps1 psm1 psd1 bat cmd awk sed vim tcl dockerfile dockerignore gitignore gitattributes",
    "editorconfig lock csv tsv diff patch tpl tmpl j2 jinja jinja2 hbs mustache ejs pug haml slim liquid twig njk",
    "service timer socket desktop plist strings resx csproj fsproj vbproj sln props targets cabal opam rockspec",
    "podspec ipl ino sol move cairo wgsl glsl vert frag hlsl metal cu cuh po pot ics webmanifest manifest",
    "htaccess example sample template in ac am rules",
)
"""Endings that only files have."""
_INFO_KEY = re.compile(
    r"(?:^|\s)(?:title|file|filename|path|name) ?= ?(?:\"([^\"]+)\"|'([^']+)'|(\S+))", re.IGNORECASE
)
_DOTFILE = re.compile(r"^\.[a-z][\w-]*(?:\.[\w-]+)*$")
_PRODUCT = re.compile(r"^(?:[A-Z][\w-]*|d3|p5)\.(?:js|io|ts|net|py|rs|go)$")
"""Node.js, Next.js, Socket.io: names of things, unless a file of that name is there."""
_LAUNCHER = re.compile(
    r"^(?:npm|npx|yarn|pnpm|bun|node|tsc|code|python3?|pip3?|py|pipx|uv|poetry|conda|mvnw?|gradlew?|ant|sbt|flutter|dart|"
    r"ruby|gem|bundle|rake|rails|php|composer|go|cargo|rustup|git|make|nmake|cmake|ng|vue|next|vite|jest|eslint|prettier|"
    r"vcvarsall|vcvars64|activate|cmd|powershell|wsl|choco|scoop|winget|docker|kubectl|terraform|aws|az|gcloud)"
    r"\.(?:cmd|bat|ps1)$",
    re.IGNORECASE,
)
"""npm.cmd, gradlew.bat: how a program is called, unless a file of that name is there."""
_ELSEWHERE = re.compile(
    r"^(?:~|\$[A-Za-z{(]|%\w+%|www\.|(?:[\w-]+\.)+(?:com|org|net|io|edu|gov)/)"
    r"|^[\w.+-]+@[\w-]+\.|(?:^|/)(?:node_modules|\.venv|venv|site-packages|\.git)/",
    re.IGNORECASE,
)
"""What begins at home, in a variable or on a host, or lies where packages are installed."""
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_SIMPLE = {b"n": b"\n", b"t": b"\t", b'"': b'"', b"\\": b"\\", b"a": b"\a", b"r": b"\r"}
_BAD = re.compile(r"[<>|\"*?\n\0{}()=;,`!\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_GROUP = re.compile(r"(^|[/\\ ])(?:\([^()/\\\s][^()/\\]{0,100}\)){1,4}")
"""Parentheses as routers and copies of files have them, in pairs at the start of a part: `app/(shop)/page.tsx`,
`(..)(..)photo`, `plan (copy).md`. A call has a name in front of them."""
_TEMPLATE = re.compile(r"\{\{ ?[\w.]{1,100} ?\}\}")
"""A part that a generator of projects fills in: `{{cookiecutter.name}}/setup.py`."""
DRESS = "*`\"'“”‘’«»„【】「」"
"""What may stand around a path and is never a part of one."""
_BRACKETS = {"(": ")", "[": "]", "<": ">", "{": "}"}
MAX_PATH = 1024


def _enclosed(text: str) -> bool:
    """Whether the first bracket of a text is closed by its last character: `(a/b.py)`, but not `(shop)/[id]`."""
    opener, closer = text[0], _BRACKETS[text[0]]
    depth = 0
    for at, character in enumerate(text):
        depth += (character == opener) - (character == closer)
        if not depth:
            return at == len(text) - 1
    return False


def undressed(text: str) -> str:
    """A text without the quotes, marks of emphasis and brackets around it. Underscores and brackets go in pairs, since
    names of files begin with them: `__init__.py`, `_app.tsx`, `[slug].vue`, `(shop)/page.tsx`."""
    before = None
    text = text.strip()
    # Dress may be nested, as in `**"`a.py`"**`: take off until nothing changes.
    while text != before:
        before, text = text, text.strip(DRESS)
        if text[:1] == text[-1:] == "_" and len(text) > 1:
            text = text[1:-1]
        closer = _BRACKETS.get(text[:1])
        # A closing bracket inside belongs to the name: `[slug].vue` keeps both.
        if closer is not None and (closer not in text or _enclosed(text)):
            text = text[1:].removesuffix(closer)
        if text[-1:] in _BRACKETS.values() and not any(
            opener in text for opener, of in _BRACKETS.items() if of == text[-1:]
        ):
            text = text[:-1]
        text = text.strip()
    return text


def has_known_ending(text: str) -> bool:
    """Whether the last part of `text` ends as only files do, or is a name that only files have."""
    name = re.split(r"[/\\]", text)[-1]
    # A bare name such as "makefile" is a word of prose, unless written as a name.
    if name.lower() in BARE_NAMES and ("/" in text or name[:1].isupper() or "." in name):
        return True
    stem, dot, ending = name.rpartition(".")
    return bool(dot and (stem or _DOTFILE.match(name)) and ending.lower() in _ENDINGS and len(name) > 1)


def may_be_path(text: str) -> bool:
    """Whether a word can be a path at all, as cheaply as that can be told: most words of a reply cannot."""
    return "." in text or "/" in text or "\\" in text or text.lower() in _NAMES or text in _CAPITALS


def path_token(text: str) -> str:
    """How surely one word is a path: "sure", "likely" (where it is marked as code), "maybe" (where such a file
    is there), or "" for none."""
    if not may_be_path(text):
        return ""
    if ("(" in text or "{{" in text) and len(text) <= MAX_PATH:
        plain = _GROUP.sub(r"\1x", _TEMPLATE.sub("x", text))
        kind = path_token(plain) if plain != text and "(" not in plain and "{" not in plain else ""
        # It names a file that is to be made only where it is a path beyond doubt.
        return kind if kind == "sure" and re.search(r"[/\\]", text) and "{" not in text else kind and "maybe"
    if (
        not text
        or len(text) > MAX_PATH
        or _BAD.search(text)
        or text.startswith(("-", "@@", "http:", "https:"))
    ):
        return ""
    # A colon is allowed in front of a Windows path only (`C:\a`), at the second character.
    if text.endswith((".", ":", "/", "\\")) or "://" in text or ":" in text[2:]:
        return ""
    parts = re.split(r"[/\\]", text)
    name = parts[-1]
    if not re.search(r"\w", name):
        return ""
    # An absolute path may lie in the workspace; whether it does, only the workspace can tell.
    if _ELSEWHERE.search(text) or (text[0] == "/" and len(parts) > 2):
        return "maybe"
    if has_known_ending(text):
        if len(parts) == 1 and (
            _PRODUCT.match(text) or _LAUNCHER.match(text) or re.match(r"^[A-Z]\.[A-Z]$", text)
        ):
            return "maybe"
        return "sure"
    if _DOTFILE.match(name) and name[1:].isascii() and (len(parts) > 1 or len(name) > 3):
        return "sure"
    if name.lower() in _NAMES or name in _CAPITALS:
        return "likely"  # "justfile" in small letters is a word as well, and "License" a heading
    if len(parts) > 1 and all(part.strip() for part in parts[1:]):
        # "/api/users" and "~/work" are seldom files of a workspace.
        return "likely" if text[:1].islower() or text[0] == "." else "maybe"
    return "maybe" if re.fullmatch(r"[\w+@-][\w.+@-]*\.[A-Za-z]\w{0,11}", text) else ""


def looks_like_path(text: str) -> bool:
    """Whether `text` may be meant as a path, where its place already says that a path is due there."""
    if not text or len(text) > MAX_PATH or text.startswith(("-", "@@", "http://", "https://")):
        return False
    if _BAD.search(text) or text.endswith((".", ":", "/", "\\")):
        return False
    # With spaces it is taken only with folders, an ending and few words: else it is a sentence.
    if " " in text:
        return ("/" in text or "\\" in text) and has_known_ending(text) and len(text.split()) <= 3
    return bool(path_token(text))


_INFO_LINES = re.compile(r"^(?:(\d{1,7}):(\d{1,7}):)?(.+?)(?:[:#]L?(\d{1,7})(?:[-:–]L?(\d{1,7}))?)?$")


@lru_cache(1024)
def path_in_info(info: str) -> tuple[str, bool]:
    """The path in the first line of a fence, and whether it states lines of the file.

    ```` ```py src/a.py ````, `py:src/a.py`, `title="src/a.py"`, `src/a.py`, `12:20:src/a.py`.
    """
    # What is named as the path comes before what merely looks like one.
    found = _INFO_KEY.search(info)
    if found:
        text = found[1] or found[2] or found[3]
        return (text, False) if path_token(text) else ("", False)
    words = info.split()
    maybe = ("", False)
    for number, word in enumerate(words):
        if word.startswith("{"):
            continue
        text = undressed(word)
        head, colon, rest = text.partition(":")
        # `py:src/a.py`: the language in front of the path.
        if colon and rest and re.fullmatch(r"[A-Za-z][\w+#-]*", head) and path_token(_unlined(rest)[0]):
            text = rest
        text, lined = _unlined(text)
        kind = path_token(text)
        # The first word is the language, unless it can be nothing but a path.
        if kind == "sure":
            return text, lined
        if kind == "likely" and (number or "/" in text) and not maybe[0]:
            maybe = (text, lined)
    return maybe


def _unlined(text: str) -> tuple[str, bool]:
    found = _INFO_LINES.match(text)
    if not found:
        return text, False
    return found[3], bool(found[1] or found[4])


def unquote(text: str) -> str:
    """A path as git writes it: in quotes, with octal bytes, where it holds unusual characters."""
    text = text.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text

    def byte(found: re.Match[bytes]) -> bytes:
        code = found[1]
        # Octal is a byte of UTF-8, so the whole name is decoded only once all bytes are there.
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
    # Time stamps are set off by a tab (GNU diff) or by spaces (where the tab was lost on the way).
    text = text.split("\t")[0]
    text = re.sub(r"\s+\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*$", "", text)
    text = re.sub(r"\s+\(.*\)$|\s+\(revision \d+\)$", "", text)
    return text.strip().strip("`*")


_PREFIX = re.compile(r"^[abciow]/.")
"""One-letter folders that git puts in front: a, b, and by its mnemonic setting c (commit), i (index), o
(object), w (work tree)."""


def spellings(path: str) -> tuple[str, ...]:
    """`a/x` and `b/x` may be git's way of writing `x`, or folders of that name."""
    path = path.strip()
    if _PREFIX.match(path):
        return (path[2:], path)
    return (path,)


def prefixed(old: str, new: str) -> bool:
    """Whether a diff's two paths carry prefixes: two different letters in front of one and the same rest, or the
    usual a and b."""
    if (not old or old.startswith("a/")) and (not new or new.startswith("b/")):
        return True
    different = bool(_PREFIX.match(old) and _PREFIX.match(new)) and old[0] != new[0]
    return different and old[2:] == new[2:]

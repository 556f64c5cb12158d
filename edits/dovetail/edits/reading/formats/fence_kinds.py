"""What the language in a fence's first line, and the first lines in it, say of a block of code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..vocabulary import words

SHELL = words(
    "bash sh shell zsh fish shell-session shellsession sh-session ksh powershell ps1 pwsh ps bat batch cmd dos",
    "terminal",
)
OUTPUT = words(
    "console output stdout stderr log logs traceback pytb pycon terminal-output result",
)
DIFF = frozenset(["diff", "patch", "udiff", "git"])
_PLAIN = words("text txt plaintext plain none")
_FAMILIES = [
    ("py pyi pyx pxd", "python py python3 py3 cython starlark sage"),
    (
        "js mjs cjs jsx ts mts cts tsx vue svelte astro",
        "js javascript jsx ts typescript tsx node mjs cjs vue svelte astro html",
    ),
    (
        "html htm xhtml vue svelte hbs ejs njk j2 jinja jinja2 liquid twig erb php",
        "html xml vue svelte handlebars ejs jinja jinja2 twig erb php",
    ),
    ("css scss sass less", "css scss sass less postcss"),
    ("json jsonc json5 ipynb webmanifest", "json jsonc json5 javascript js ipynb"),
    ("yaml yml", "yaml yml helm"),
    ("toml", "toml ini"),
    (
        "c h cc cpp cxx hpp hh hxx inl m mm cu cuh ino",
        "c cpp c++ cxx h objc objective-c objectivec cuda arduino",
    ),
    ("cs", "cs csharp c#"),
    ("java kt kts scala groovy gradle", "java kotlin kt scala groovy gradle"),
    ("go", "go golang"),
    ("rs", "rust rs"),
    ("rb rake gemspec", "ruby rb"),
    ("php phtml", "php html"),
    ("lua luau", "lua luau"),
    ("swift", "swift"),
    ("sql psql", "sql mysql postgresql postgres plsql sqlite"),
    (
        "md mdx markdown rst adoc",
        "md mdx markdown rst restructuredtext text txt plaintext plain asciidoc adoc",
    ),
]
_KNOWN: dict[str, frozenset[str]] = {}
for _endings, _languages in _FAMILIES:
    for _ending in _endings.split():
        _KNOWN[_ending] = _KNOWN.get(_ending, frozenset()) | frozenset(_languages.split())
_LANGUAGES = frozenset[str]().union(*_KNOWN.values())
_PROMPT = re.compile(r"^(?:\$ |>>> |PS [A-Z]:\\|[\w.-]+@[\w.-]+:[^$#]*[$#] |C:\\[^>]*> ?)")
_TRACE = re.compile(
    r"^(?:Traceback \(most recent call last\):|Exception in thread |npm ERR!|error(?:\[E\d+\])?: )"
)
_TOOLS = (
    r"pip3?|npm|npx|yarn|pnpm|bun|cargo|go (?:run|test|build|get|mod)|python3?|node|make|docker|kubectl|git|brew|"
    r"apt(?:-get)?|sudo|cd|chmod|mkdir|curl|wget|pytest|ruff|mypy|uv|poetry|conda|bundle|gem|composer|php|dotnet|"
    r"mvn|gradle|terraform|\./\S+"
)
_SETTING = re.compile(r"^\s*(?:#|(?:export )?[A-Za-z_]\w*=)")
_COMMAND = re.compile(rf"^(?:\$ )?(?:{_TOOLS})(?:\s|$)")


def ending_of(path: str) -> str:
    return path.rsplit("/", 1)[-1].rpartition(".")[2].lower() if "." in path else ""


def contradicts(language: str, path: str) -> bool:
    """Whether the fence's language is one that a file of that name is not written in."""
    ending = ending_of(path)
    if not language:
        return False
    # `text` above a file of a known language contradicts it; settings are often shown so.
    if language in _PLAIN:
        return ending in _KNOWN and language not in _KNOWN[ending] and ending not in ("toml", "yaml", "yml")
    known = _KNOWN.get(ending)
    return known is not None and language in _LANGUAGES and language not in known


def fits(language: str, path: str) -> bool:
    """Whether the fence's language is one that a file of that name is written in."""
    return language in _KNOWN.get(ending_of(path), ())


def is_command(language: str, path: str, body: Sequence[str]) -> str:
    """ "command" or "output" where the block is one and not the file `path` ("" for no file), else ""."""
    ending = ending_of(path)
    shell_file = ending in (
        "sh",
        "bash",
        "zsh",
        "fish",
        "ksh",
        "ps1",
        "psm1",
        "bat",
        "cmd",
        "envrc",
        "profile",
    ) or (bool(path) and not ending)
    lines = [line for line in body[:40] if line.strip()]
    # Settings of the environment are written in the shell's own words.
    shell_file = shell_file or (
        path.rsplit("/", 1)[-1].startswith(".env") and all(map(_SETTING.match, lines))
    )
    if language in OUTPUT and ending not in ("log", "out", "txt"):
        return "output"
    if lines and (_PROMPT.match(lines[0]) or _TRACE.match(lines[0])):
        return "output" if _TRACE.match(lines[0]) else "command"
    if language in SHELL and not shell_file:
        return "command"
    if (
        not lines
        or (shell_file and lines[0].startswith("#!"))
        or (ending in ("md", "rst", "txt") and not language)
    ):
        return ""
    # Without a language that tells, every line must be a command or a comment, and few of them.
    commands = [line for line in lines if _COMMAND.match(line)]
    comments = sum(line.lstrip().startswith("#") for line in lines)
    told = (
        commands and len(commands) + comments == len(lines) <= 12
    )  # comments alone are the head of many a file
    if language in (SHELL | _PLAIN | {""}) and told:
        # A script of some lines may be the file; one or two commands below its name are how it is run.
        return "command" if not shell_file or len(lines) <= 2 else ""
    return ""

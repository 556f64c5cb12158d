"""The language at a line, where one document holds several: scripts and styles in pages, code in Markdown."""

from __future__ import annotations

import re

from .._snapshot import Snapshot
from ..languages import LANGUAGES, Language

LOOK_BACK_INNER = 400
"""Lines that are read backwards for the tag or the fence that a line stands in."""

_PAGES = frozenset({
    "html", "vue", "svelte", "astro", "erb", "ejs", "handlebars", "jinja", "jinja-html", "twig", "blade",
})  # fmt: skip
_PAGE_FILES = (".vue", ".svelte", ".astro", ".hbs", ".ejs", ".erb", ".twig", ".j2", ".jinja")
_TAG = re.compile(r"<(?P<end>/)?(?P<name>script|style)\b(?P<about>[^<>]*)>", re.IGNORECASE)
_SAYS = re.compile(r"(?:lang|type)\s*=\s*[\"']?(?:text/|application/)?([\w.+-]+)", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?P<marks>`{3,}|~{3,})[ \t]*\{?\.?(?P<info>[\w+#-]*)")
_ALIASES = {
    "js": "javascript", "jsx": "javascript", "mjs": "javascript", "module": "javascript", "ts": "typescript",
    "py": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "shell": "bash", "console": "bash", "zsh": "bash",
    "yml": "yaml", "c++": "cpp", "cs": "csharp", "c#": "csharp", "kt": "kotlin", "golang": "go", "scss": "css",
    "less": "css", "postcss": "css", "ex": "elixir", "hs": "haskell", "ml": "ocaml",
}  # fmt: skip
_BY_NAME = {language.name: language for language in LANGUAGES}


def language_at(snapshot: Snapshot, line: int) -> Language | None:
    """The language of line `line`: that of the script, style or fence it stands in, else the document's. Told by the
    lines above, `LOOK_BACK_INNER` at most."""
    language = snapshot.language
    if language is not None and language.name == "markdown":
        return _in_fence(snapshot, line) or language
    if language is None:
        page = snapshot.language_id in _PAGES or snapshot.uri.endswith(_PAGE_FILES)
    else:
        page = language.name == "html"
    return (_in_tag(snapshot, line) if page else None) or language


def _in_tag(snapshot: Snapshot, line: int) -> Language | None:
    """The language of the script or the style that `line` stands in."""
    above = snapshot.lines.slice(max(line - LOOK_BACK_INNER, 0), line)
    # The nearest tag decides: a page's scripts and styles do not nest.
    for text in reversed(above):
        if "<" not in text:
            continue
        tags = list(_TAG.finditer(text))
        if not tags:
            continue
        tag = tags[-1]
        if tag["end"]:
            return None
        says = _SAYS.search(tag["about"])
        name = says[1].lower() if says else ""
        default = "javascript" if tag["name"].lower() == "script" else "css"
        # A type that is neither a language nor the default, such as `application/ld+json`: no rule fits.
        return _named(name) or (_BY_NAME[default] if _is_default(name, default) else None)
    return None


def _is_default(name: str, default: str) -> bool:
    """Whether a tag of this type holds what its name says: a script of JSON or a template does not."""
    return name in ("", "module", "babel", "ecmascript", "scss", "sass", "less", "css", default)


def _in_fence(snapshot: Snapshot, line: int) -> Language | None:
    opened: tuple[str, str] | None = None
    # Forwards, unlike tags: the same mark opens and closes, so only a count from above tells which it is.
    for text in snapshot.lines.slice(max(line - LOOK_BACK_INNER, 0), line):
        fence = _FENCE.match(text)
        if fence is None:
            continue
        if opened is None:
            opened = fence["marks"], fence["info"].lower()
        elif fence["marks"].startswith(opened[0]) and not fence["info"]:
            opened = None
    return _named(opened[1]) if opened else None


def _named(name: str) -> Language | None:
    return _BY_NAME.get(_ALIASES.get(name, name))

"""No regular expression of the product takes for ever on text that somebody else wrote.

The expressions are found in the sources, so a new one is covered by being written. Each is run over repeated pieces
under an alarm of processor time: one whose repeats overlap does not come back from a line of a few hundred
characters, an innocent one is done in a thousandth of a second.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pattern_fuzz
from pattern_fuzz import nearly_stuck_at, stuck_at, texts
from pattern_parts import Writer, parts

from dovetail.edits.locating import said
from dovetail.fim.rules import block as _block
from dovetail.fim.rules import wrapping as _wrapping
from dovetail.privacy.secrets import places
from dovetail.text import LANGUAGES
from dovetail.text.structure import _nesting, _openers, _tokens

ROOT = Path(__file__).parents[2]
PACKAGES = ("text", "privacy", "endpoints", "fim", "edits", "nextedit", "server", "cli")
NOT_SHIPPED = ("edits/dovetail/edits/bench", "cli/dovetail/cli/sample")
CALLS_RE = re.compile(r"\bre\s*\.\s*[a-z]")
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


def _languages(make: Callable[[Any], Any]) -> list[re.Pattern[Any]]:
    return [make(language) for language in (*LANGUAGES, None)]


def _of_openers() -> list[re.Pattern[Any]]:
    rules = [_openers.openers_of(language) for language in (*LANGUAGES, None)]
    return [one for rule in rules for one in (rule.opens, rule.closes, rule.signature) if one is not None]


def _of_fences() -> list[re.Pattern[Any]]:
    found = []
    for character in "`~":
        mark = re.escape(character) + "{3,}"
        found += [
            re.compile(rf"^[ \t]{{0,3}}{mark}[ \t]*$"),
            re.compile(rf"^[ \t]{{0,3}}{mark}[ \t]*[\w+#.-].*$"),
        ]
    return found


def _of_blocks() -> list[re.Pattern[Any]]:
    written = [*_block._FOLLOWS.values(), *_block._MEMBERS.values(), _block._ANY]
    return [re.compile(one) for one in written]


def _of_wrapping() -> list[re.Pattern[Any]]:
    closing = [re.compile(rf"^{re.escape(mark)}[ \t]*$", re.MULTILINE) for mark in ("```", "~~~~")]
    return [re.compile(rf"(?<=\n){_wrapping._FENCE.pattern}"), *closing]


MADE: dict[tuple[str, str], Callable[[], list[re.Pattern[Any]]]] = {
    ("dovetail.text.structure._openers", "_openers"): _of_openers,
    ("dovetail.text.structure._tokens", "_scanner"): lambda: _languages(_tokens._scanner),
    ("dovetail.text.structure._nesting", "_lexicon"): lambda: [
        _nesting._lexicon(language).token for language in (*LANGUAGES, None)
    ],
    ("dovetail.fim.rules.block", "_members"): _of_blocks,
    ("dovetail.fim.rules.wrapping", "_unfenced"): _of_wrapping,
    ("dovetail.edits.reading.formats.whole_file", "_close"): _of_fences,
    ("dovetail.edits.locating.said", "_naming"): lambda: [said._naming("a"), said._naming("class B")],
    # One escaped word between parts that come once at the most, or classes that cannot take what ends them.
    ("dovetail.fim.builtin.words.hints", "_module"): list,
    ("dovetail.fim.builtin.words.definitions", "_module"): list,
    ("dovetail.fim.rules.echo", "_without_word"): list,
    # One escaped word between parts that come once at the most: nothing in them repeats.
    ("dovetail.edits.reading.formats.xml_calls", "_closing"): list,
    ("dovetail.edits.reading.formats.xml_calls", "_close_of"): list,
    ("dovetail.edits.locating.bindings", "bound_at"): list,
    ("dovetail.edits.locating.spans", "_says_whose"): list,
    ("dovetail.privacy.secrets.placing", "_compiled"): lambda: [
        pattern
        for ones in places._AT.values()
        for one in ones
        for pattern in (one.pattern, one.each)
        if pattern is not None
    ],
    # Words that are escaped and joined by |: nothing in them repeats.
    ("dovetail.endpoints._prompts", "__init__"): list,
    ("dovetail.endpoints._secrets", "_remember"): list,
    # The same, some with a run of what is no blank behind, which ends the match.
    ("dovetail.privacy.shown", "_pattern_of"): list,
    # Called for tables of the module, whose patterns are found in it.
    ("dovetail.endpoints._families", "_pattern"): list,
    ("dovetail.endpoints._families", "_name_pattern"): list,
}
"""Functions that put patterns together, and all that they can make."""


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package / "dovetail").rglob("*.py")):
            relative = path.relative_to(ROOT).as_posix()
            if not relative.startswith(NOT_SHIPPED):
                name = ".".join(path.relative_to(ROOT / package).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


class _Calls(ast.NodeVisitor):
    """Calls of `re`, with the function they stand in."""

    def __init__(self) -> None:
        self.found: list[tuple[str, ast.Call]] = []
        self._inside: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func
        if (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id == "re"
            and called.attr in FUNCTIONS
        ):
            self.found.append((self._inside[-1] if self._inside else "", node))
        self.generic_visit(node)


def patterns(name: str, source: str) -> tuple[list[re.Pattern[Any]], list[str]]:
    """The regular expressions of a module, and the places in functions where some are made of what only the
    function knows."""
    if not CALLS_RE.search(source):
        return [], []  # parsing them all takes longer than what is tested here
    calls = _Calls()
    calls.visit(ast.parse(source))
    if not calls.found:
        return [], []
    known: dict[str, Any] = {"re": re, **vars(importlib.import_module(name))}
    found = list(_held(list(known.values()), name, set()))
    unknown: list[str] = []
    for function, call in calls.found:
        try:
            pattern = _value(call.args[0], known)
        except NameError:
            if (name, function) in MADE:
                found += MADE[name, function]()
            elif function not in _called_at_import(source):
                unknown.append(f"{name}.{function}, line {call.lineno}")
            continue
        flags = 0
        for node in [*call.args[1:], *(word.value for word in call.keywords)]:
            try:
                value = _value(node, known)
            except NameError:  # the text that is searched
                continue
            flags |= value if isinstance(value, re.RegexFlag) else 0
        if isinstance(pattern, str | bytes):
            found.append(re.compile(pattern, flags))
    return found, unknown


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), known)


def _called_at_import(source: str) -> set[str]:
    """Helpers that module-level tables are made with; what they make is found in the module itself. The module's
    own level, which has no name, among them."""
    calls: dict[str, None] = {"": None}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    calls[node.func.id] = None
    return set(calls)


def _held(value: Any, module: str, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    """The patterns that a value holds, in containers and in objects of the module's own classes."""
    if id(value) in seen:
        return
    seen.add(id(value))
    inner: list[Any] = []
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value)
    elif getattr(type(value), "__module__", "").startswith("dovetail."):
        inner = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
        inner += list(getattr(value, "__dict__", {}).values())
    for one in inner:
        yield from _held(one, module, seen)


@functools.cache
def known() -> tuple[dict[str, list[re.Pattern[Any]]], list[str]]:
    """The patterns by module, each once, and the places where some are made that cannot be seen."""
    found: dict[str, list[re.Pattern[Any]]] = {}
    seen: set[tuple[Any, int]] = set()
    unknown: list[str] = []
    for name, path in modules():
        some, strange = patterns(name, path.read_text(encoding="utf-8"))
        unknown += strange
        for one in some:
            if (one.pattern, one.flags) not in seen:
                seen.add((one.pattern, one.flags))
                found.setdefault(name, []).append(one)
    return found, unknown


WITH_PATTERNS = [name for name, path in modules() if CALLS_RE.search(path.read_text(encoding="utf-8"))]
# What each worker would have to find for itself is found once.
pytestmark = pytest.mark.xdist_group("patterns")


needs_alarm = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="no alarm of processor time on this system"
)


def test_every_pattern_is_known() -> None:
    found, unknown = known()
    assert not unknown, "made where this test cannot see them; say in MADE what they can be"
    assert sum(map(len, found.values())) > 1_000 and set(found) <= set(WITH_PATTERNS)


@needs_alarm
@pytest.mark.parametrize("module", WITH_PATTERNS)
@pytest.mark.parametrize("ask", [stuck_at, nearly_stuck_at], ids=["repeated pieces", "what nearly matches"])
def test_texts_are_told_in_time(module: str, ask: Callable[[re.Pattern[Any]], Any]) -> None:
    """Of pieces that are repeated, and of what the patterns match with a part of it repeated."""
    found = [(one.pattern, text) for one in known()[0].get(module, []) if (text := ask(one)) is not None]
    assert not found, [f"{pattern!r} on {text[:24]!r}…{text[-24:]!r}" for pattern, text in found]


OVERLAP = [
    r"^(?:[\w*&]+[\s*&]+)+\(",
    r"^[^\s()]+(?:\s*\|\s*[^\s()]+)*\)$",
    r"^(a|a)*$",
    r"\s*\s*\s*\s*x",
    r"^def f\s*\s*\s*x",
    r"(a+a+)+y",
    rb"(a+a+)+y",
    r"(?:a|aa)+$",
    r"(\w+\s?)*;",
    r"(.*)(.*)(.*)(.*)=",
    r"(?=(a+)+$)b",
    r"(a{1,30}){1,30}b",
    r"[ab]*a[ab]*a[ab]*a[ab]*c",
    r"\b(?:\w+ ?)+\b:",
    r"(\.|\w|[^,])*\1z",
    r"(?m:^(?:[ \t]*\n?)*x)",
]


@needs_alarm
@pytest.mark.parametrize("bad", OVERLAP, ids=str)
def test_repeated_pieces_find_what_overlaps(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_fuzz, "ALARM_S", 0.3)  # none of these would come back in an hour
    assert stuck_at(re.compile(bad)) is not None


@needs_alarm
@pytest.mark.parametrize(
    "bad",
    [
        r"(x+x+)+y",
        r"key (?:é+ï?)+é;",
        r"\w*for_?each\w*\s*\(",
        rb"\x80(?:\x81+\x82?)+\x83",
    ],
    ids=str,
)
def test_what_nearly_matches_finds_what_overlaps_only_over_its_own_words(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pattern_fuzz, "ALARM_S", 0.3)
    one = re.compile(bad)
    assert stuck_at(one) is None and nearly_stuck_at(one) is not None


@needs_alarm
def test_pieces_that_are_left_out_differ_from_others_in_nothing() -> None:
    """Whatever an expression tells apart is asked about."""
    for pattern, wanted in (
        (r"[ \t]*x", [" "]),
        (r"(?i:X)+y", []),
        (r"(?i:A)+y", ["a"]),
        (r"x{1,2}", []),
        (r"(?:->|-)+y", ["-", ">", "->"]),
        (r"\d*=|(?:\w|=)*", ["a", "1", "=", "a="]),
    ):
        assert [piece for piece, _ in texts(parts(re.compile(pattern)))] == wanted, pattern
    compared = {piece for piece, _ in texts(parts(re.compile(r"(.)\1{3,}")))}
    assert compared >= {" ", "\t", "a", "`", '"', "**", "a ", "()", "const "} and "&" not in compared, (
        "equal characters are told from others, in a piece and around it"
    )


def test_nearly_every_pattern_is_written_texts_that_it_matches() -> None:
    """Else what is repeated in them would say nothing."""
    found = [one for ones in known()[0].values() for one in ones if one.pattern != "(?!)"]
    missed = []
    for one in found:
        of = parts(one)
        writer = Writer(of, Random(1))
        if not any(
            one.search(text.encode("latin-1") if of.binary else text)
            for text in (writer.text() for _ in range(60))
        ):
            missed.append(one.pattern)
    assert not missed


def test_a_planted_pattern_is_found() -> None:
    source = 'import re\n\ndef f(text):\n    return re.sub(r"(x+x+)+y", "", text)\n'
    found, unknown = patterns("re", source)
    assert [one.pattern for one in found if one.pattern == "(x+x+)+y"] and not unknown
    source = "import re\n\ndef f(text, word):\n    return re.match(word + 'a*', text)\n"
    assert patterns("re", source)[1] == ["re.f, line 4"]

"""What a literal's type has, for the built-in types of languages whose definitions are in no file of a workspace.

Names alone, the commonest first; how likely one is, the ranker says, as it does of members that were read from code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TEXT, LIST, MAP, NUMBER = "text", "list", "map", "number"

_QUOTES = frozenset("\"'`")
_PREFIXES = frozenset(("f", "r", "b", "rb", "br", "fr", "rf", "u"))
_Members = Mapping[str, tuple[str, ...]]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_PYTHON: _Members = {
    TEXT: _names(
        "join format split strip startswith endswith replace encode lower upper lstrip rstrip splitlines partition "
        "rpartition rsplit find index count title isdigit removeprefix removesuffix decode zfill ljust rjust "
        "capitalize casefold isalpha isalnum islower isupper isidentifier isspace translate"
    ),
    LIST: _names("append extend pop insert sort remove index copy count reverse clear"),
    MAP: _names("get items update keys values pop setdefault copy add clear discard popitem"),
}
_SCRIPT: _Members = {
    TEXT: _names(
        "length split replace trim startsWith includes slice endsWith toLowerCase toUpperCase indexOf match padStart "
        "replaceAll substring charAt concat charCodeAt padEnd repeat search trimStart trimEnd lastIndexOf at"
    ),
    LIST: _names(
        "map push length filter forEach join includes slice find some every reduce concat sort indexOf pop shift "
        "unshift splice flatMap flat findIndex entries reverse keys values at"
    ),
    NUMBER: _names("toString toFixed toLocaleString toPrecision"),
}
_RUST: _Members = {
    TEXT: _names(
        "to_string len to_owned as_bytes split trim into chars starts_with is_empty parse ends_with contains replace "
        "lines bytes find as_str"
    ),
    LIST: _names(
        "iter len push into_iter extend join contains is_empty iter_mut to_vec get concat first last pop"
    ),
}
_RUBY: _Members = {
    TEXT: _names(
        "length split gsub strip sub upcase downcase start_with include freeze to_sym end_with chomp"
    ),
    LIST: _names(
        "each map join first include push select length empty last reject size compact flatten freeze"
    ),
    MAP: _names("each merge fetch key keys map values to_a delete freeze"),
}
_JAVA: _Members = {
    TEXT: _names(
        "equals length getBytes format startsWith isEmpty substring split trim contains toLowerCase charAt"
    ),
}

_BY_ENDING: Mapping[str, _Members] = {
    **dict.fromkeys(("py", "pyi"), _PYTHON),
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"), _SCRIPT),
    "rs": _RUST,
    "rb": _RUBY,
    "java": _JAVA,
}


def kind_of_literal(words: Sequence[str]) -> str:
    """The kind of the literal that `words` (canonical tokens) begin with; '' where they begin with none."""
    first = words[0] if words else ""
    # `f"…"`: the prefix is a word of its own to the lexer.
    if first in _PREFIXES and len(words) > 1 and words[1][:1] in _QUOTES:
        return TEXT
    if first[:1] in _QUOTES:
        return TEXT
    if first[:1].isdigit():
        return NUMBER
    return {"[": LIST, "{": MAP, "vec": LIST}.get(first, "")


def kind_behind(word: str) -> str:
    """The kind of the literal that ends with the token `word`; '' where that cannot be told from it alone."""
    # Behind `]` or `}` there may be an index, a block or a call as well.
    return TEXT if word[-1:] in _QUOTES and word else ""


def members_of_literal(path: str, kind: str) -> tuple[str, ...]:
    """What a literal of `kind` has in the language of the file `path`, the commonest first."""
    ending = path.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    return _BY_ENDING.get(ending, {}).get(kind, ())

"""What opens and closes a block in each language, told by the tokens of a line.

While a line is being typed its tree is broken more often than not, so whether a block starts here is read
from the line itself: one table, one rule a language.
"""

from __future__ import annotations

import re
from functools import cache

from attrs import define

from ..languages import Language
from ._recipes import MAKEFILES


@define(frozen=True, slots=True)
class Openers:
    """Patterns for lines without their comments and without the insides of their strings."""

    opens: re.Pattern[str]
    """Searched in the header of a block, up to where its body starts."""
    closes: re.Pattern[str]
    """Matched on the line behind an empty block."""
    signature: re.Pattern[str] | None = None
    """Matched on a header that is finished but for what opens its body."""


# `${`, `#{`, `%{`, `@{` and `\{` are interpolations or escapes, not blocks.
_BRACE = r"(?<![$#%@\\])\{$"
_LABEL = r"^\s*(case\b.*|default\s*):$"
_CLOSER = r"\s*[)\]}>]"
# Statements that look like a signature without its body: `return f(x)`, `new Thing(x)`.
_C_WORDS = (
    r"(?!\s*(?:return|new|throw|else|await|delete|yield|goto|case|typedef|using|import|package|assert)\b)"
)
# Classes beside each other share no character, and what they took is not given back (`++`): a banner of stars, or a
# list of alternatives without its end, is told in one pass.
_C_SIGNATURE = (
    rf"^{_C_WORDS}\s*+(?:[\w<>\[\],.:~?@]++[\s*&]++)+[\w:~<>]++\s*+\([^;{{}}]*\)\s*+"
    r"(?:(?:const|noexcept|override|final)\b\s*+)*+"
    r"(?:throws\s[\w.,\s]+|where\s.*|:\s.*|->\s*+[\w:<>*&\s]+)?$"
)

_TAG = r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[A-Za-z][\w:-]*(?:\s[^<>]*)?(?<!/)>"
"""A tag that something closes further down."""
# In JavaScript `a < b` is a comparison: a tag counts where only an expression can begin.
_JSX = rf"(?:(?:^|[(>?:]|&&|\|\|)\s*{_TAG}|(?:^|[(\s])<>)"
_TABLE: dict[str, tuple[str, str, str | None]] = {
    "python": (
        r"^\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*:$",
        _CLOSER,
        r"^\s*(?:async\s+)?def\s+\w+\s*\(.*\)(?:\s*->\s*[\w\[\], .|\"']+)?$",
    ),
    "javascript": (
        rf"{_BRACE}|{_LABEL}|=>$|{_JSX}$",
        _CLOSER,
        r"^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\b.*\)(?:\s*:\s*[\w<>\[\]|., ]+)?$",
    ),
    "go": (rf"{_BRACE}|{_LABEL}", _CLOSER, r"^\s*func\b.*\)(?:\s*[\w*.\[\]{}]+)?$"),
    "rust": (
        rf"{_BRACE}|=>$",
        _CLOSER,
        r"^\s*(?:pub(?:\(.*?\))?\s+)?(?:const\s+|async\s+|unsafe\s+)*fn\b.*\)(?:\s*->\s*[\w:<>&'\[\], ()]+)?$",
    ),
    "java": (rf"{_BRACE}|{_LABEL}|->$", _CLOSER, _C_SIGNATURE),
    "c": (rf"{_BRACE}|{_LABEL}", _CLOSER, _C_SIGNATURE),
    "cpp": (rf"{_BRACE}|{_LABEL}", _CLOSER, _C_SIGNATURE),
    "csharp": (rf"{_BRACE}|{_LABEL}|=>$", _CLOSER, _C_SIGNATURE),
    "php": (
        rf"{_BRACE}|{_LABEL}|^\s*(?:if|elseif|else|for|foreach|while|switch)\b.*:$|\bfn\s*\(.*\)\s*=>$",
        rf"{_CLOSER}|\s*(?:end\w+|else\w*)\b",
        r"^\s*(?:(?:public|private|protected|static|abstract|final)\s+)*function\b.*\)(?:\s*:\s*[?\w\\|]+)?$",
    ),
    "kotlin": (
        rf"{_BRACE}|->$|\bfun\b.*=$|\{{\s*[\w, :]+->$",
        _CLOSER,
        r"^\s*(?:\w+\s+)*fun\b.*\)(?:\s*:\s*[\w<>?., ]+)?$",
    ),
    "swift": (
        rf"{_BRACE}|{_LABEL}|\{{[^{{}}]*\bin$",
        _CLOSER,
        r"^\s*(?:\w+\s+)*(?:func\b.*|init)\(?.*\)(?:\s*(?:async|throws|rethrows))*(?:\s*->\s*[\w<>?.\[\]:, ]+)?$",
    ),
    "scala": (
        rf"{_BRACE}|=>$|(?:^|\s)(?:=|then|do|else|try|finally|yield|match|catch)$|^\s*(?:class|object|trait|enum|given|extension|case class)\b.*:$",  # noqa: E501
        rf"{_CLOSER}|\s*end\b",
        None,
    ),
    "zig": (rf"{_BRACE}|=>$", _CLOSER, r"^\s*(?:pub\s+|export\s+|inline\s+)*fn\b.*\)\s*[\w!?*.\[\]]+$"),
    "css": (_BRACE, _CLOSER, None),
    "json": (r"[{\[]$", _CLOSER, None),
    "toml": (r"^\s*\[.*\]$|[\[{]$", rf"{_CLOSER}|\s*\[", None),
    "yaml": (r"^\s*(?:- )*[^\s#].*:$|:\s*[|>][+-]?$", r"$^", None),
    "html": (
        rf"{_TAG}$",
        r"\s*</",
        None,
    ),
    "markdown": (r"^\s*(?:`{3,}+|~{3,}+)\s*[\w{].*$", r"\s*(?:```|~~~)", None),
    "ruby": (
        r"^\s*(?:(?:private|protected|public|module_function)\s+)?(?:def|class|module|if|unless|while|until|for|case|when|in|else|elsif|begin|rescue|ensure)\b"
        r"(?!.*(?:\bend|;\s*end)$)(?!.*\bthen\s+\S)(?!\s+[\w.?!]+(?:\(.*\))?\s*=\s)|(?:\bdo|(?<!#)\{)\s*(?:\|[^|]*\|)?$|\bthen$|=\s*(?:if|case|begin|unless)\b[^;]*$",
        rf"{_CLOSER}|\s*(?:end|else|elsif|when|in|rescue|ensure)\b",
        None,
    ),
    "lua": (
        r"\b(?:then|do|else|repeat)$|\bfunction\b[^()]*\([^()]*\)$|\{$",
        rf"{_CLOSER}|\s*(?:end|else|elseif|until)\b",
        None,
    ),
    "bash": (
        r"(?:^|[\s;])(?:then|do|else)$|(?<!\$)\{$|^\s*case\b.*\bin$|^\s*+[^\s()|]++(?:\s*+\|\s*+[^\s()|]++)*+\s*+\)$|\(\)\s*$",
        rf"{_CLOSER}|\s*(?:fi|done|esac|else|elif|;;)",
        None,
    ),
    "elixir": (
        r"(?:^|\s)do$|->$|^\s*(?:else|rescue|catch|after)$|(?<![#%\w])\{$",
        rf"{_CLOSER}|\s*(?:end|else|rescue|catch|after)\b",
        None,
    ),
    "haskell": (
        r"(?:^|\s)(?:where|do|of|=|let|then|else|->|\\case|mdo|in)$",
        r"\s*[)\]},]",
        None,
    ),
    "ocaml": (
        r"(?:^|\s)(?:=|->|begin|struct|sig|do|then|else|with|function|try|object|in)$|[({]$",
        r"\s*(?:[)\]}]|end\b|done\b|;;|\||with\b|and\b)",
        None,
    ),
    "sql": (
        r"(?i)(?:^|\s|\))(?:begin|as|select|then|else|loop|is|declare|set|where|from|values)$|\($",
        r"(?i)\s*(?:\)|end\b|;|else\b|when\b)",
        None,
    ),
}
_SAME = {"typescript": "javascript", "tsx": "javascript", "ocaml_interface": "ocaml"}
_ANY = (
    # Tags too, at the start of a line or behind another: Vue, Svelte, Astro, XML.
    rf"{_BRACE}|:$|(?:^|\s)(?:do|then|begin|=>|->|else)$|=>$|(?:^\s*|>){_TAG}$",
    rf"{_CLOSER}|\s*(?:(?:end|fi|done|esac|else)\b|</)",
    None,
)


_END = (
    # Blocks that a word opens at the start of a line and a word closes: Fish, Julia, MATLAB, Vim script, Fortran.
    rf"{_ANY[0]}|(?i:^\s*(?:(?:mutable|abstract|recursive|pure|export|begin)\s+)*"
    r"(?:function!?|macro|struct|module|if|else\s*if|elseif|else|for|while|let|begin|try|catch|switch|case|otherwise|do"
    r"|quote|subroutine|program|select|type|task|always|initial|foreach|augroup)\b(?!.*\bend\w*$)(?!\s*=))",
    rf"{_CLOSER}|\s*(?i:end\w*|else\w*|catch|case|otherwise)\b",
    None,
)
_ASSIGNED = (rf"{_ANY[0]}|(?:^|\s)(?:=|with|of|function|struct)$", _ANY[1], None)
"""What a line ends with where indentation makes a block: F#, Nim, Elm, PureScript."""
_LISP = (
    r"^\s*\((?:def|let|when|unless|if|cond|progn|begin|lambda|fn|ns\b)[\w*+!-]*(?=[\s(]).*$",
    _CLOSER,
    None,
)
# `$^` matches no line with text: nothing closes a recipe, it ends where the tabs do.
_MAKE = (r"^[^\s#=:][^=#:]*::?(?![=:])[^=;]*$", r"$^", None)
"""The rules of a makefile: their recipes are indented by a tab."""
_NIX = (rf"{_ANY[0]}|(?:^|\s)(?:let|in|=)$", rf"{_CLOSER}|\s*in\b", None)
_MAKEFILE = re.compile(MAKEFILES)
_BY_SUFFIX = {
    ".mk": _MAKE, ".nix": _NIX,
    ".fish": _END, ".jl": _END, ".m": _END, ".vim": _END, ".f90": _END, ".f95": _END, ".f03": _END, ".f08": _END,
    ".cr": _END, ".v": _END, ".sv": _END, ".vhd": _END, ".vhdl": _END, ".adb": _END, ".ads": _END,
    ".fs": _ASSIGNED, ".fsx": _ASSIGNED, ".fsi": _ASSIGNED, ".nim": _ASSIGNED, ".elm": _ASSIGNED, ".purs": _ASSIGNED,
    ".el": _LISP, ".lisp": _LISP, ".cl": _LISP, ".scm": _LISP, ".rkt": _LISP, ".clj": _LISP, ".cljs": _LISP,
    ".cljc": _LISP, ".fnl": _LISP,
}  # fmt: skip
"""Languages without a grammar here, by the endings of their files."""


def openers_of(language: Language | None, uri: str = "") -> Openers:
    """The rule of a language; for an unknown one that of its files at `uri`, or what most languages share."""
    if language is not None:
        return _openers(_SAME.get(language.name, language.name))
    # A makefile is known by its whole name, the other files by their endings.
    suffix = ".mk" if _MAKEFILE.search(uri) else "." + uri.rpartition(".")[2].lower()
    return _openers(suffix if suffix in _BY_SUFFIX else "")


@cache
def _openers(name: str) -> Openers:
    opens, closes, signature = _TABLE.get(name) or _BY_SUFFIX.get(name, _ANY)
    return Openers(re.compile(opens), re.compile(closes), re.compile(signature) if signature else None)

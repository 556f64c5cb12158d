"""Here-documents: texts that begin on the line below what announces them, and end with a word of their own."""

from __future__ import annotations

import re

from ..languages import Language
from ._tokens import line_context

_SHELL = r"(?<!<)<<(?P<trim>-?)[ \t]*(?P<q>[\"']?)(?P<tag>[A-Za-z_]\w*)(?P=q)"
PATTERNS = {
    "bash": _SHELL,
    "ruby": r"<<(?P<trim>[-~])(?P<q>[\"']?)(?P<tag>[A-Z_]\w*)(?P=q)",
    "php": r"<<<(?P<trim>)[ \t]*(?P<q>[\"']?)(?P<tag>[A-Za-z_]\w*)(?P=q)",
}
"""By the names of languages: what announces one. `trim`: the word at its end may be indented."""
_PERL = r"<<(?P<trim>~?)(?:(?P<q>[\"'])(?P<tag>[A-Za-z_]\w*)(?P=q)|(?P<bare>[A-Z_]\w*))"
_BY_FILE = (
    (re.compile(r"\.(?:pl|pm|t|cgi)$"), re.compile(_PERL)),
    (re.compile(r"\.(?:tf|hcl|tfvars)$"), re.compile(r"=\s*<<(?P<trim>-?)(?P<tag>[A-Za-z_]\w*)")),
    (re.compile(r"(?:^|[/.])(?:Docker|Container)file(?:\.\w+)?$"), re.compile(_SHELL)),
)
"""The same for languages without a grammar here, by the names of their files."""
ANY = (
    r"(?<![\w)\]<])<<(?P<trim>[-~]?)"
    r"(?:(?P<q>[\"'])(?P<tag>[A-Za-z_]\w*)(?P=q)|(?P<bare>[A-Z_]{2,32}+))(?=[;)]{0,4}+[ \t]*$)"
)
"""What announces one in a file of any language without a grammar: at a line's end, where no shift can stand."""
_COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


def heredoc_tag(language: Language | None, uri: str, line: str) -> str:
    """The word that ends the here-document which begins below `line`; '' where none does, or more than one."""
    if "<<" not in line:
        return ""
    pattern = _COMPILED.get(language.name) if language is not None else None
    if language is None:
        pattern = next((announces for file, announces in _BY_FILE if file.search(uri)), None)
    if pattern is None:
        return ""
    found = [
        match
        for match in pattern.finditer(line)
        # A shift inside `$(( ))` announces nothing, nor does what stands in a string or a comment.
        if line.count("((", 0, match.start()) <= line.count("))", 0, match.start())
        and line_context(language, line, match.start()) is None
    ]
    # Several here-documents of one line follow each other below, and none of them is the block.
    if len(found) != 1:
        return ""
    return found[0]["tag"] or found[0].groupdict().get("bare") or ""


def ends_heredoc(language: Language | None, tag: str, line: str) -> bool:
    """Whether `line` is the end of a here-document with this tag."""
    text = line.strip()
    # PHP allows `;`, `)` or `,` behind the closing word.
    if language is not None and language.name == "php":
        return text.startswith(tag) and not text[len(tag) : len(tag) + 1].isalnum()
    return text == tag

"""Blocks between two written marks, whatever the indentation: tags of templates, LaTeX's environments, conditionals of
makefiles and CMake, Nix's strings.

What stands in them may be indented or not, so only the marks tell where one ends.
"""

from __future__ import annotations

import re

from attrs import define

from ._recipes import MAKEFILES


@define(frozen=True, slots=True)
class Worded:
    """How the blocks of one kind are marked."""

    opens: re.Pattern[str]
    """Searched in a line, as `closes`: the whole of a mark."""
    closes: re.Pattern[str]
    middle: re.Pattern[str] | None = None
    """At the start of a line: what parts a block in two, as `else` does."""
    files: re.Pattern[str] | None = None
    """Files that have such blocks, by their URIs; None: any may be a template."""

    def begins(self, header: str) -> bool:
        """Whether `header` ends with the mark of a block that it leaves open, or is the mark of its next part."""
        line = header.strip()
        if self.middle is not None and self.middle.fullmatch(line):
            return True
        # The mark must be the last thing on the line: `{% if x %}text` is already filled.
        *_, last = (0, *(found.end() for found in self.opens.finditer(line)))
        return bool(last) and last == len(line) and self.depth(line)[0] > 0

    def depth(self, line: str) -> tuple[int, int]:
        """How many blocks `line` opens more than it closes, and where the first mark stands that closes one which was
        open before it, -1 if none does. Places are code points of `line`."""
        marks = [(found.start(), 1) for found in self.opens.finditer(line)]
        marks += [(found.start(), -1) for found in self.closes.finditer(line)]
        depth, first = 0, -1
        # In the order of the line: `{% endif %}{% if b %}` closes what was open before and opens anew.
        for at, step in sorted(marks):
            depth += step
            if depth < 0 and first < 0:
                first = at
        return depth, first

    def parts(self, line: str) -> bool:
        """Whether `line` begins with a mark of the middle."""
        return self.middle is not None and self.middle.match(line.lstrip()) is not None

    def ends(self, line: str) -> bool:
        """Whether `line` ends a block that is open before it, or a part of one."""
        return self.parts(line) or self.depth(line)[1] >= 0


def _worded(opens: str, closes: str, middle: str | None = None, files: str | None = None) -> Worded:
    return Worded(
        re.compile(opens),
        re.compile(closes),
        re.compile(middle) if middle else None,
        re.compile(files, re.IGNORECASE) if files else None,
    )


# Only tags that have an end: `{% include %}` or `{% set x = 1 %}` would hold open what nothing closes.
_TAGS = (
    r"autoescape|block|blocktrans|blocktranslate|cache|call|capture|case|comment|embed|filter|for|form|if|ifchanged"
    r"|macro|raw|spaceless|tablerow|unless|verbatim|while|with"
)
_IN_BRACES = r"(?:[^{}\n]|\{[^{}\n]*+\})*+"
_KINDS = (
    # Jinja, Django, Twig, Liquid, dbt.
    _worded(
        rf"\{{%[-+~]?\s*+(?:{_TAGS})\b[^%\n]*+%\}}",
        r"\{%[-+~]?\s*+end\w*[^%\n]*+%\}",
        r"\{%[-+~]?\s*+(?:else|elif|elsif|elseif|empty|when|plural)\b[^%\n]*+%\}",
    ),
    # Go, Helm.
    _worded(
        r"\{\{-?\s*+(?:if|range|with|define|block)\s++[\w\"$.(][^{}\n]*+\}\}",
        r"\{\{-?\s*+end\b[^{}\n]*+\}\}",
        r"\{\{-?\s*+else\b[^{}\n]*+\}\}",
    ),
    # Handlebars, Mustache.
    _worded(
        r"\{\{~?[#^]\s*+[\w.@/-][^{}\n]*+\}\}",
        r"\{\{~?/[^{}\n]*+\}\}",
        r"\{\{~?\s*+(?:else\b[^{}\n]*+|\^~?)\}\}",
        r"\.(?:hbs|handlebars|mustache|html?)$",
    ),
    # ERB, EEx.
    _worded(
        r"<%[-=]?\s*+(?:(?:if|unless|case|for|while|until|begin)\b[^%\n]*+|[^%\n]{0,200}?\b(?:do|fn)\b[^%\n]*+)%>",
        r"<%-?\s*+end\b[^%\n]*+%>",
        r"<%-?\s*+(?:else|elsif|when|in|rescue|ensure)\b[^%\n]*+%>",
        r"\.(?:erb|rhtml|eex|heex|leex)$",
    ),
    # EJS, JSP.
    _worded(
        r"<%[^%\n{}]*+\{\s*+[-_]?%>",
        r"<%[-_]?\s*+\}[^%\n{}]*+%>",
        r"<%[-_]?\s*+\}\s*+else\b[^%\n]*+%>",
        r"\.(?:ejs|jsp|asp|html?)$",
    ),
    _worded(
        r"<\?php\s++(?:if|for|foreach|while|switch)\b[^?\n]*+\?>",
        r"<\?php\s++end\w+[^?\n]*+\?>",
        r"<\?php\s++(?:else|elseif|case)\b[^?\n]*+\?>",
        r"\.(?:php|phtml)$",
    ),
    _worded(
        r"@(?:auth|can|component|empty|error|for|foreach|forelse|guest|if|isset|once|push|section|slot|switch|unless"
        r"|while)\b(?:\s*+\([^\n]*+)?",
        r"@end\w+",
        r"@(?:else\w*+|case|default)\b[^\n]*+",
        r"\.blade\.php$",
    ),
    _worded(rf"\{{#\w+{_IN_BRACES}\}}", r"\{/\w+\s*+\}", rf"\{{:\w+{_IN_BRACES}\}}", r"\.svelte$"),
    _worded(
        rf"\\begin\{{[^{{}}\n]*+\}}(?:\{{{_IN_BRACES}\}}|\[[^\]\n]*+\])*+",
        r"\\end\{[^{}\n]*+\}",
        None,
        r"\.(?:tex|latex|ltx|sty|cls)$",
    ),
    _worded(
        r"^\s*+(?:ifn?eq|ifn?def|define)\b[^\n]*+",
        r"^\s*+end(?:if|ef)\b",
        r"else\b[^\n]*+",
        MAKEFILES,
    ),
    _worded(
        r"(?i:^\s*+(?:if|foreach|while|function|macro|block)\s*+\([^\n]*+)",
        r"(?i:^\s*+end(?:if|foreach|while|function|macro|block)\s*+\()",
        r"(?i:else(?:if)?\s*+\([^\n]*+)",
        r"(?:/|^)cmakelists\.txt$|\.cmake$",
    ),
    _worded(r"(?:^|[=(\s])''$", r"^\s*+''(?![$'\\])", None, r"\.nix$"),
)
_SIGNS = ("%}", "}}", "%>", "?>", "@", "{#", "{:", "\\begin", "''", "if", "else", "define", "(")


def worded_block(uri: str, header: str) -> Worded | None:
    """The kind of block that the line `header` of the document at `uri` opens, or goes on in its next part; None where
    it opens none so marked."""
    # Asked at every key: most lines hold none of these, and then a dozen patterns need not run.
    if not any(sign in header for sign in _SIGNS):
        return None
    for kind in _KINDS:
        if (kind.files is None or kind.files.search(uri)) and kind.begins(header):
            return kind
    return None

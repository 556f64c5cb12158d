"""Indentation that Python refuses and its grammar here takes: a line further in, or out, than those above it allow."""

from __future__ import annotations

import io
import tokenize

MAX_CHARACTERS = 500_000
"""Longer files are left to the grammar alone."""
_QUIET = frozenset({tokenize.NL, tokenize.COMMENT})


def indentation_breaks(path: str, before: str | None, after: str) -> str:
    """Why the indentation of a Python file that held, or that is new, no longer would; '' where it does."""
    if not path.lower().endswith((".py", ".pyi", ".pyw")) or len(after) > MAX_CHARACTERS:
        return ""
    trouble = _trouble(after)
    # Looked at only now: a file that is broken may be edited.
    return "" if not trouble or (before is not None and _trouble(before)) else trouble


def _trouble(text: str) -> str:
    last = tokenize.NEWLINE
    colon = opened = False
    head = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in _QUIET:
                continue
            if token.type == tokenize.INDENT:
                if not opened:
                    return f"line {token.start[0]} is further in than the line above it allows"
            elif last == tokenize.NEWLINE and opened:
                return f"nothing stands indented below line {head}"
            if token.type == tokenize.NEWLINE:
                opened, head = colon, token.start[0]
            elif token.type != tokenize.DEDENT:
                opened = False
            colon = token.type == tokenize.OP and token.string == ":"
            last = token.type
    except IndentationError as error:
        return f"line {error.lineno} is further in, or out, than the lines above it allow"
    except (tokenize.TokenError, SyntaxError):
        return ""  # not about indentation: the grammar judges it
    return ""

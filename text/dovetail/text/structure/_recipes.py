"""Which lines of a makefile are a recipe's: those, and no others, begin with a tab."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._snapshot import Snapshot

MAKE_IDS = frozenset({"makefile", "make"})
MAKEFILES = r"(?i:(?:^|/)(?:gnu)?makefile(?:\.\w+)?$|\.(?:mk|mak|make)$)"
"""The names of files that are makefiles."""
_MAKEFILES = re.compile(MAKEFILES)
_RULE = re.compile(r"[^\s#=:][^=#:]*::?(?![=:])[^=]*$")
_CONDITIONAL = re.compile(r"\s*(?:ifn?eq|ifn?def|else|endif)\b|\s*#")


def is_makefile(snapshot: Snapshot) -> bool:
    # Either is enough: a client may call every makefile `plaintext`, and an included one may bear any name.
    return snapshot.language_id in MAKE_IDS or _MAKEFILES.search(snapshot.uri) is not None


def in_recipe(above: Sequence[str]) -> bool:
    """Whether a line behind the lines `above` of a makefile, nearest last, is a recipe's. A blank line ends one."""
    for index in range(len(above) - 1, -1, -1):
        line = above[index]
        # A line below a backslash belongs to the line above, and conditionals stand anywhere: neither
        # decides.
        goes_on = index > 0 and above[index - 1].rstrip().endswith("\\")
        if not line.strip():
            return False
        if goes_on or _CONDITIONAL.match(line):
            continue
        if line.startswith("\t") or _RULE.match(line):
            return True
        # A line indented by spaces may belong to anything; one at the margin that is no rule ends all recipes.
        if not line.startswith(" "):
            return False
    return False

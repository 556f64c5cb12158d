"""What `dovetail bench keystrokes` measures beside the server: two simple completers that anybody could have."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

_WORD = re.compile(r"\w+")
_TYPED = re.compile(r"\w+\Z")
_TOKEN = re.compile(r" ?\w+| ?[^\w\s]| +|\t+")
_ORDER = 4
_LINES_NEAR = 40
_BAR, _LONGER = 0.7, 0.5
_MOST_TOKENS = 12
_END = "\n"


class Keywords:
    """Keyword completion as in Vim (`CTRL-P`): the nearest word above that begins with what is typed, then below,
    then in other files."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def learn(self, path: str, text: str | None) -> None:
        self._files.pop(path, None)
        if text is not None:
            self._files[path] = list(dict.fromkeys(_WORD.findall(text)))

    def open(self, path: str, above: Sequence[str], below: Sequence[str]) -> None:
        words = [*reversed(_WORD.findall("".join(above))), *_WORD.findall("".join(below))]
        self._near = list(dict.fromkeys(words))
        self._path = path

    def suggest(self, head: str) -> str:
        """What would be put in behind `head`, the line as far as it is typed."""
        typed = _TYPED.search(head)
        if typed is None:
            return ""
        start = typed[0]
        here = _WORD.findall(head[: typed.start()])
        others = (word for path, words in self._files.items() if path != self._path for word in words)
        # As editors' keyword completion: the current line backwards, then the file, then others.
        for words in (reversed(here), self._near, others):
            for word in words:
                if word.startswith(start) and len(word) > len(start):
                    return word[len(start) :]
        return ""


class _Counts:
    """What followed each context of 0 to `_ORDER` tokens."""

    def __init__(self) -> None:
        self.after: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def add(self, lines: Iterable[str], sign: int = 1) -> None:
        before: tuple[str, ...] = ()
        for line in lines:
            if not line.strip():
                continue
            for token in (*_TOKEN.findall(line.strip()), _END):
                # Every shorter context as well, down to none.
                for order in range(len(before) + 1):
                    self.after[before[order:]][token] += sign
                before = (*before, token)[-_ORDER:]


class NestedNgrams:
    """Counts of tokens in the workspace, in the file and in the lines above, interpolated by Witten-Bell (1991);
    what is typed of a word is a filter, the raw chance decides (Hellendoorn & Devanbu 2017, without any gate)."""

    def __init__(self) -> None:
        self._workspace = _Counts()
        self._known: dict[str, str] = {}

    def learn(self, path: str, text: str | None) -> None:
        old = self._known.pop(path, None)
        if old is not None:
            # A file's old counts are taken off before its new ones come.
            self._workspace.add(old.split("\n"), -1)
        if text is not None:
            self._known[path] = text
            self._workspace.add(text.split("\n"))

    def open(self, path: str, above: Sequence[str], below: Sequence[str]) -> None:
        # The file is counted anew for each line, and only as it stood: the line itself must not be known.
        file, near = _Counts(), _Counts()
        file.add(above)
        file.add(below)
        near.add(above[-_LINES_NEAR:])
        self._scopes = (self._workspace, file, near)
        self._before: tuple[str, ...] = ()
        for line in above[-3:]:
            if line.strip():
                self._before = (*self._before, *_TOKEN.findall(line.strip()), _END)[-_ORDER:]

    def suggest(self, head: str) -> str:
        """What would be put in behind `head`, the line as far as it is typed behind its indentation."""
        typed = _TYPED.search(head)
        tokens = _TOKEN.findall(head)
        part = ""
        # The word under way is a filter on candidates, and no context.
        if typed is not None and tokens:
            part = tokens.pop()
        context = (*self._before, *tokens)[-_ORDER:]
        text, joint = "", 1.0
        for _ in range(_MOST_TOKENS):
            token, chance = self._best(context, part)
            joint *= chance
            # A higher bar for the first token than for going on.
            if joint < (_LONGER if text else _BAR) or token == _END:
                break
            text += token[len(part) :]
            context, part = (*context, token)[-_ORDER:], ""
        return text

    def _best(self, context: tuple[str, ...], part: str) -> tuple[str, float]:
        levels: list[Mapping[str, int]] = []
        # From the general to the special: the longest context is mixed in last and so weighs most.
        for order in range(len(context), -1, -1):
            for scope in self._scopes:
                counts = scope.after.get(context[order:])
                if counts:
                    levels.append(counts)
        chances: dict[str, float] = {}
        for found in levels:
            fits = {t: n for t, n in found.items() if n > 0 and (not part or _goes_on(t, part))}
            total = sum(fits.values())
            if not total:
                continue
            # Witten-Bell: a context that was followed by many different tokens says less.
            weight = total / (total + len(fits))
            # What more general contexts said keeps the share that this one leaves.
            for token in chances:
                chances[token] *= 1 - weight
            for token, count in fits.items():
                chances[token] = chances.get(token, 0.0) + weight * count / total
        if not chances:
            return _END, 0.0
        best = max(chances, key=chances.__getitem__)
        return best, chances[best]


def _goes_on(token: str, part: str) -> bool:
    return len(token) > len(part) and token.startswith(part)

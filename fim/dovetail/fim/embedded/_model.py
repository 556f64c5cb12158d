"""The model: what it has learnt, and what it proposes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dovetail.text import Point, Snapshot

from ._evidence import ABOVE, BELOW, OWN, Finder, Place, Source
from ._features import Candidate, Situation, matrix
from ._lexer import NEWLINE, TOKEN, Vocabulary, is_word
from ._rename import renamed, renames
from ._segment import DEPTH, Segment

CHUNK = 512
import os
GONE = os.environ.get("GONE") == "1"


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


class EmbeddedModel:
    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self._segments: list[Segment] = []
        self._where: dict[str, tuple[int, int]] = {}
        self._chunks: OrderedDict[tuple[str, ...], Segment] = OrderedDict()

    # -- learning (research form)
    def learn(self, files: dict[str, str]) -> None:
        v = self.vocabulary
        seg = Segment.build(v, [(p, v.file(t.splitlines())) for p, t in files.items()])
        self._segments.append(seg)
        for i, p in enumerate(files):
            self._where[p] = (len(self._segments) - 1, i)

    def remove(self, path: str) -> None:
        self._where.pop(path, None)

    def compact(self) -> None:
        files = []
        for path, (s, f) in self._where.items():
            seg = self._segments[s]
            end = int(seg.starts[f + 1]) if f + 1 < len(seg.starts) else len(seg.tokens)
            files.append((path, seg.tokens[int(seg.starts[f]) : end]))
        seg = Segment.build(self.vocabulary, files)
        self._segments = [seg]
        self._where = {p: (0, i) for i, (p, _) in enumerate(files)}

    def lines_of(self, path: str) -> list[str]:
        at = self._where.get(path)
        if at is None:
            return []
        seg = self._segments[at[0]]
        f = at[1]
        end = int(seg.starts[f + 1]) if f + 1 < len(seg.starts) else len(seg.tokens)
        text = "".join(self.vocabulary.texts[t] for t in seg.tokens[int(seg.starts[f]) : end].tolist())
        return text.split("\n")

    def _chunk(self, lines: tuple[str, ...]) -> Segment:
        seg = self._chunks.get(lines)
        if seg is None:
            v = self.vocabulary
            seg = self._chunks[lines] = Segment.build(v, [("", v.file(lines))])
            if len(self._chunks) > 256:
                self._chunks.popitem(last=False)
        else:
            self._chunks.move_to_end(lines)
        return seg

    def sources(self, lines: Sequence[str], number: int, path: str) -> list[Source]:
        out = []
        offset = 0
        first = number - number % CHUNK
        lows = list(range(0, first, CHUNK)) + [first]
        for low in reversed(lows):
            high = min(low + CHUNK, number)
            if high > low:
                seg = self._chunk(tuple(lines[low:high]))
                out.append(Source(seg, ABOVE, offset))
                offset += len(seg.tokens)
        offset = 0
        low = number + 1
        while low < len(lines):
            high = min(len(lines), low - low % CHUNK + CHUNK)
            seg = self._chunk(tuple(lines[low:high]))
            out.append(Source(seg, BELOW, offset))
            offset += len(seg.tokens)
            low = high
        present = {line.strip() for line in lines}
        gone = tuple(line + "\n" for line in self.lines_of(path) if line.strip() and line.strip() not in present)
        if gone and GONE:
            out.append(Source(self._chunk(gone), OWN))
        folder = folder_of(path)
        for s, seg in enumerate(self._segments):
            hidden = frozenset(
                f for f, p in enumerate(seg.paths) if p == path or self._where.get(p) != (s, f)
            )
            near = frozenset(f for f, p in enumerate(seg.paths) if folder_of(p) == folder)
            if len(hidden) < len(seg.paths):
                out.append(Source(seg, None, own=-1, hidden=hidden, near=near))
        return out

    def collect(
        self, lines: Sequence[str], number: int, head: str, path: str
    ) -> tuple[list[Candidate], Candidate | None, list[float], Situation, npt.NDArray[np.float32]]:
        v = self.vocabulary
        head_tokens = v.line(head) or [v.add("\n" + head)]
        context: list[int] = list(head_tokens)
        up = number - 1
        while len(context) < DEPTH + 4 and up >= 0 and up > number - 12:
            context = v.line(lines[up]) + context
            up -= 1
        sources = self.sources(lines, number, path)
        finder = Finder(v, context)
        for source in sources:
            if source.where is not None:
                finder.exact(source, 24)
            else:
                finder.exact(source, 24)
        least = min(len(head_tokens), DEPTH)
        least = max(2, least)
        for source in sources:
            finder.alike(source, 32 if source.where is not None else 32, least)
        typed_blank = head != head.rstrip() and head.strip() != ""
        found: dict[str, Candidate] = {}
        ours = [v.texts[v.canon_of(t)] for t in head_tokens]
        next_line = next((line.strip() for line in lines[number + 1 :] if line.strip()), "")
        body = head.strip()
        for place in finder.places:
            text = "".join([v.texts[t] for t in place.rest])
            if typed_blank:
                text = text.lstrip()
            theirs = None
            if place.shape:
                theirs = [v.texts[v.canon_of(t)] for t in place.head]
                agree = sum(a == b for a, b in zip(reversed(theirs), reversed(ours), strict=False))
                agreement = agree / max(1, len(ours))
                key = text
                cand = self._put(found, key, place, v)
                cand.alike += 1
                cand.shape = max(cand.shape, place.shape)
                cand.agreement = max(cand.agreement, agreement)
                if place.distance < cand.distance:
                    cand.distance = place.distance
                new = renamed(v, place.rest, renames(theirs, ours))
                if new is not None and new != text:
                    if typed_blank:
                        new = new.lstrip()
                    cand = self._put(found, new, place, v)
                    cand.renamed += 1
                    cand.shape = max(cand.shape, place.shape)
                    cand.agreement = max(cand.agreement, agreement)
                    if place.distance < cand.distance:
                        cand.distance = place.distance
            else:
                self._put(found, text, place, v).add(place)
        empty = found.pop("", None)
        cands = [c for c in found.values() if (body + c.text).strip() != next_line or True]
        names: dict[str, int] = {}
        for i in range(max(0, number - 400), number):
            d = number - i
            for w in TOKEN.findall(lines[i]):
                w = w.strip()
                if is_word(w):
                    names[w] = d
        for w in TOKEN.findall(head):
            names[w.strip()] = 0
        for i in range(number + 1, min(len(lines), number + 200)):
            for w in TOKEN.findall(lines[i]):
                w = w.strip()
                if w not in names and is_word(w):
                    names[w] = i - number
        recent: dict[str, int] = {}
        for i in range(max(0, number - 60), number):
            recent[lines[i].strip()] = number - i
        for i in range(number + 1, min(len(lines), number + 30)):
            recent.setdefault(lines[i].strip(), i - number)
        situation = Situation(head, len(head_tokens) - 1, names, next_line, recent, frozenset())
        x = matrix(cands, empty, finder.totals, situation)
        return cands, empty, finder.totals, situation, x

    def _put(self, found: dict[str, Candidate], text: str, place: Place, v: Vocabulary) -> Candidate:
        text = text.rstrip()
        cand = found.get(text)
        if cand is None:
            cand = found[text] = Candidate(text)
            cand.first = v.texts[v.canon_of(place.rest[0])] if place.rest else ""
        return cand


__all__ = ["EmbeddedModel", "NEWLINE", "Point", "Snapshot"]

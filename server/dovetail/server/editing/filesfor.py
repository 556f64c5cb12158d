"""Which files a chat request would be sent with, found before anything is sent, so that a person can leave some out.

Found are files that the request speaks of: those whose path it writes, and, by the index of the workspace, those that
hold the names it writes. Ordinary words find nothing, because a file that only shares them costs tokens and misleads.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, define

from dovetail.edits.chat import AROUND, EditRequest, ShownFile
from dovetail.fim import INSTALLED, Passage, estimate_tokens
from dovetail.privacy import ReadRefused, read_careful_text
from dovetail.text import language_of_path

from ..session.documents import Documents
from ..session.folders import Folders
from ..session.uris import file_is_there, uri_of
from .ask import MAX_FILES, edit_request

if TYPE_CHECKING:
    from .host import EditHost

MOST_FOUND, MOST_TOKENS = 3, 12_000
"""Files that are found for one request, and the tokens of all of them together."""
AT_HAND, NAMED, TESTS = "the file at hand", "named with the request", "tests"
_LEAST_SHARE = 0.5
"""Of the best file's score: what is much less about the names distracts a model more than it helps."""
_PIECES = 24
_MOST_PATHS, _MOST_NAMES, _LONGEST_TEXT = 8, 16, 8_000
_WITHIN_S = 1.0
"""The request goes without what the index does not find by then."""
_PATH = re.compile(r"[\w@.+-]++(?:/[\w@.+-]++)*+")
_QUOTED = re.compile(r"`([^`\n]{1,200}+)`")
_NAME = re.compile(r"[^\W\d]\w*+")

Search = Callable[..., Awaitable[Sequence[Passage]]]


@define(frozen=True, slots=True)
class FileFor:
    """A file that a request would be sent with."""

    path: str
    """Relative to the folder, with forward slashes."""
    lines: int
    """Of it, those that would be sent."""
    tokens: int
    """Roughly, of these lines."""
    why: str
    """How it comes to be one of them, in a few words."""


@define(slots=True, eq=False)
class Finder:
    """Finds files that a request in words is about. Nothing excluded, no file of secrets, none outside the folder."""

    folders: Folders
    documents: Documents
    search: Search
    """As `Models.search`."""

    async def find(self, words: str, root: Path, known: Sequence[str]) -> list[tuple[ShownFile, str]]:
        """The files, best first, each with why.

        Args:
            words: what is asked for.
            root: the folder that the files lie in.
            known: paths that the request has already; the first is the file at hand.
        """
        words = words[:_LONGEST_TEXT]
        paths = written_paths(words)
        at_hand = known[0] if known else ""
        found = await asyncio.to_thread(self._written, paths, root, at_hand)
        # A name within a written path is found by its path.
        names = [name for name in written_names(words) if not any(name in path for path in paths)]
        passages: Sequence[Passage] = ()
        if names:
            try:
                async with asyncio.timeout(_WITHIN_S):
                    passages = await self.search(" ".join(names), most=_PIECES, near="", hidden=set(known))
            except TimeoutError:
                passages = ()
        # After the written paths, so that being named is the reason that is shown.
        for path, held in about(passages, names):
            found.setdefault(path, f"holds {', '.join(held)}")
        wanted = [(path, why) for path, why in found.items() if path not in known]
        return await asyncio.to_thread(self._read, wanted, root)

    def _written(self, paths: Sequence[str], root: Path, at_hand: str) -> dict[str, str]:
        """Those written paths that are files, from the folder or from where the file at hand lies. For a thread."""
        beside = Path(at_hand).parent
        found: dict[str, str] = {}
        for written in paths:
            for place in (Path(written), beside / written):
                # A path that climbs is not looked for at all.
                if ".." not in place.parts and file_is_there(root / place):
                    found.setdefault(place.as_posix(), "named in the request")
                    break
        return found

    def _read(self, wanted: Sequence[tuple[str, str]], root: Path) -> list[tuple[ShownFile, str]]:
        """For a thread."""
        kept: list[tuple[ShownFile, str]] = []
        left = MOST_TOKENS
        rules = self.folders.rules(root)
        for path, why in wanted:
            if len(kept) == MOST_FOUND:
                break
            file = root / path
            # Neither what is excluded now, nor what a link leads out to.
            if rules is None or not rules.allows(path):
                continue
            live = self.documents.get(uri_of(file))
            try:
                text = live.text if live is not None else read_careful_text(file, within=root).text
            except (ReadRefused, OSError, ValueError):
                continue
            language = language_of_path(path)
            shown = ShownFile(path, text, language.name if language else "")
            tokens = estimate_tokens(shown.text)
            # One that is too large is left out, and smaller ones behind it may still fit.
            if tokens <= left:
                left -= tokens
                kept.append((shown, why))
        return kept


def written_paths(words: str) -> list[str]:
    """What a request writes that may be the path of a file: it has an ending or a folder."""
    found = (match[0].strip(".-") for match in _PATH.finditer(words))
    return list(dict.fromkeys(path for path in found if "." in path or "/" in path))[:_MOST_PATHS]


def written_names(words: str) -> list[str]:
    """What a request writes that is a name of code and no word of the language: between backticks, with an underscore,
    a digit or a capital inside, in front of `(` or on either side of a point between names."""
    found: dict[str, None] = {}
    for quoted in _QUOTED.finditer(words):
        found.update(dict.fromkeys(_NAME.findall(quoted[1])))
    for match in _NAME.finditer(words):
        name = match[0]
        before, behind = words[: match.start()][-2:], words[match.end() :][:2]
        called = behind[:1] == "("
        member = (before[-1:] == "." and before[:1].isalnum()) or (behind[:1] == "." and behind[1:].isalpha())
        if called or member or "_" in name.strip("_") or name[1:] != name[1:].lower() or _mixed(name):
            found[name] = None
    return [name for name in found if len(name) > 2][:_MOST_NAMES]


def _mixed(name: str) -> bool:
    return any(map(str.isdigit, name)) and any(map(str.isalpha, name[1:]))


def about(passages: Sequence[Passage], names: Collection[str]) -> list[tuple[str, list[str]]]:
    """The workspace's files that hold at least one of `names` whole, best first, each with those it holds."""
    scores: dict[str, float] = {}
    held: dict[str, dict[str, None]] = {}
    for passage in passages:
        if passage.path.startswith(INSTALLED):
            continue
        there = set(_NAME.findall(passage.text))
        whole = [name for name in names if name in there]
        if whole:
            scores[passage.path] = scores.get(passage.path, 0.0) + passage.score
            held.setdefault(passage.path, {}).update(dict.fromkeys(whole))
    best = max(scores.values(), default=0.0)
    # By how many of the names they hold, then by score; the path makes the order the same each time.
    order = sorted(scores, key=lambda path: (-len(held[path]), -scores[path], path))
    return [(path, list(held[path])[:3]) for path in order if scores[path] >= _LEAST_SHARE * best]


def sent_of(request: EditRequest, file: ShownFile, why: str) -> FileFor:
    """What of a file a request would send."""
    lines = file.text.lines()
    if file is request.shown and request.region is not None:
        # Of the file at hand only the region and what is around it is sent.
        lines = lines[max(0, request.region.first - AROUND) : request.region.end + AROUND]
    count = len(lines) - (not lines[-1]) if lines else 0  # behind the last line end there is none
    return FileFor(file.path, count, estimate_tokens("".join(lines)), why)


async def files_for(host: EditHost, data: dict[str, Any]) -> dict[str, Any]:
    """What `dovetail.edit` would send with the same argument, and what it could besides. Nothing is sent.

    With `edits.listFiles` off there is nothing to show: a client sends the request as it is.

    Raises:
        Refused: as `edit_request`.
    """
    if not host.session.settings.edits.list_files:
        return {"files": []}
    root, request = await edit_request(host, data)
    named = data.get("files")
    # The first of the further files are those that the client named, in its order.
    count = len(named) if isinstance(named, list) else 0
    session = host.session
    found: list[tuple[ShownFile, str]] = []
    if request.instruction:
        finder = Finder(session.folders, session.documents, session.models.search)
        # What is found is added to what was named, and never pushes it out.
        room = MAX_FILES - len(request.files)
        found = (await finder.find(request.instruction, root, [file.path for file in request.files]))[:room]
    further = [(file, NAMED if number < count else TESTS) for number, file in enumerate(request.files[1:])]
    every = [(request.shown, AT_HAND), *further, *found]
    rows = await asyncio.to_thread(lambda: [sent_of(request, file, why) for file, why in every])
    return {"files": [{"uri": uri_of(root / row.path), **asdict(row)} for row in rows]}

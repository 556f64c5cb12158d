"""Where a repository comes from, and patterns of such addresses: `repository:github.com/corp/secret-*`.

An address is compared as `host/path`, in lower case, however it is written: with a scheme or as scp has it, with a
user, a port, a final `.git` or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from attrs import define

from .config import Entry
from .wildmatch import BadPattern, matches, segments_of

PREFIX = "repository:"
"""How a pattern of repositories begins among those of paths."""
MOST = 64
"""Remotes of one repository that are looked at."""
LONGEST = 4096
"""Characters of an address. The work grows with the square of it, and no server takes a longer one."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def address_of(url: str) -> str:
    """`host/path` of a remote's url; `/path` where it names a folder of this machine."""
    url = url.strip()
    if (scheme := _SCHEME.match(url)) is not None:
        host, _, path = url[scheme.end() :].partition("/")
        path = unquote(re.split(r"[?#]", path, maxsplit=1)[0])
    # scp's form `host:path` has its colon before any slash, and is no drive letter.
    elif _DRIVE.match(url) or ":" not in url.partition("/")[0]:
        host, path = "", url.replace("\\", "/")
    else:
        host, _, path = url.partition(":")
    # Without the user and the port, but an IPv6 address in brackets has colons of its own.
    host = host.rpartition("@")[2]
    host = host if host.startswith("[") else host.partition(":")[0]
    names = [name for name in path.split("/") if name not in ("", ".")]
    return "/".join([host.rstrip("."), *names]).lower().removesuffix(".git")


def remotes(entries: Iterable[Entry]) -> tuple[str, ...] | None:
    """The addresses of a repository's remotes, as they are written and as git would rewrite them: the longest beginning
    that a base stands for is replaced. None where one is longer than `LONGEST`, or there are more than `MOST`: then it
    is not known what they are compared with.
    """
    # A dictionary as a set that keeps its order.
    urls: dict[str, None] = {}
    bases: dict[str, dict[str, str]] = {"url.insteadof": {}, "url.pushinsteadof": {}}
    for entry in entries:
        if entry.key in ("remote.url", "remote.pushurl") and entry.value:
            urls[entry.value] = None
        elif entry.key in bases and entry.value:
            bases[entry.key][entry.value] = entry.subsection
    if len(urls) > MOST or any(len(url) > LONGEST for url in urls):
        return None
    # From the longest to the shortest: the first that is a base is the longest.
    rewritten = [
        bases_of[start] + url.removeprefix(start)
        for url in urls
        for bases_of in bases.values()
        for start in [next((url[:size] for size in range(len(url), 0, -1) if url[:size] in bases_of), "")]
        if start
    ]
    if any(len(url) > LONGEST for url in rewritten):
        return None
    return tuple(dict.fromkeys(address_of(url) for url in [*urls, *rewritten]))


@define(frozen=True, slots=True)
class RepositoryPatterns:
    """Patterns of repositories. One takes what it names and everything below: `github.com/corp` is all of corp."""

    _patterns: tuple[tuple[object, ...], ...] = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> RepositoryPatterns:
        """Of lines with `PREFIX`; what can match nothing is left out."""
        return cls(tuple(found for line in lines if (found := _segments(line)) is not None))

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def match(self, addresses: Sequence[str]) -> str:
        """The first of the addresses that a pattern takes, or ''."""
        for address in addresses:
            names = address.split("/")
            for pattern in self._patterns:
                # Every beginning of the address is tried, since a pattern takes what lies below it.
                if any(matches(pattern, names[:end]) for end in range(1, len(names) + 1)):
                    return address
        return ""


def _segments(line: str) -> tuple[object, ...] | None:
    # Written as a remote's url, a pattern is brought into the form that addresses have.
    pattern = line.removeprefix(PREFIX).strip()
    pattern = (
        address_of(pattern) if _SCHEME.match(pattern) else pattern.lower().rstrip("/").removesuffix(".git")
    )
    try:
        return segments_of(pattern) if pattern.strip("/") else None
    except BadPattern:
        return None


def is_repository_pattern(line: str) -> bool:
    """Whether the line, with `PREFIX`, can match any repository."""
    return _segments(line) is not None

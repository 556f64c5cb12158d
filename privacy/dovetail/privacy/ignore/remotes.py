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
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.\-]*::")
_BRACKETED = re.compile(r"(?:[^@/\[\]]*@)?\[([^\]/]*)\]:")
"""scp's form with a port or an IPv6 address: `[git@host:22]:path`, `git@[::1]:path`."""
_SAME_HOST = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
"""Under which name a service takes ssh at the port of https."""
_NAMES_OF_REMOTES = ("branch.remote", "branch.pushremote", "remote.pushdefault")
_AS_PATTERN = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?//")


def address_of(url: str) -> str:
    """`host/path` of a remote's url; `/path` where it names a folder of this machine."""
    url = url.strip()
    if (scheme := _SCHEME.match(url)) is None:
        # `https::https://…` names the helper that git runs for it.
        while (helper := _HELPER.match(url)) is not None:
            url = url[helper.end() :]
        scheme = _SCHEME.match(url)
    if scheme is not None:
        host, _, path = url[scheme.end() :].replace("\\", "/").partition("/")
        return _joined(host, unquote(re.split(r"[?#]", path, maxsplit=1)[0]))
    # scp's form `host:path` has its colon before any slash, and is no drive letter.
    if _DRIVE.match(url) or ":" not in url.partition("/")[0]:
        return _joined("", url.replace("\\", "/"))
    if (bracketed := _BRACKETED.match(url)) is not None:
        return _joined(bracketed[1], url[bracketed.end() :])
    host, _, path = url.partition(":")
    return _joined(host, path)


def _joined(host: str, path: str) -> str:
    """Of an authority and a path, with what servers and git take for the same written in one way."""
    # Without the user and the port, but an IPv6 address in brackets has colons of its own.
    host = host.rpartition("@")[2].lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") < 2:
        host = host.partition(":")[0]
    host = host.rstrip(".").removeprefix("www.")
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/".join([_SAME_HOST.get(host, host), *names]).lower().removesuffix(".git")


def remotes(entries: Iterable[Entry]) -> tuple[str, ...] | None:
    """The addresses of a repository's remotes, as they are written and as git would rewrite them: the longest beginning
    that a base stands for is replaced. None where one is longer than `LONGEST`, or there are more than `MOST`: then it
    is not known what they are compared with.
    """
    # A dictionary as a set that keeps its order.
    urls: dict[str, None] = {}
    bases: dict[str, dict[str, str]] = {"url.insteadof": {}, "url.pushinsteadof": {}}
    for entry in entries:
        # Where a remote's name stands, git takes an address as well.
        named = entry.key in _NAMES_OF_REMOTES and ":" in entry.value
        if named or (entry.key in ("remote.url", "remote.pushurl") and entry.value):
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
    # Written as a remote's url, a pattern is brought into the form that addresses have; its wildcards stay.
    pattern = line.removeprefix(PREFIX).strip().lower()
    if (scheme := _AS_PATTERN.match(pattern)) is not None:
        host, _, path = pattern[scheme.end() :].partition("/")
        pattern = _joined(host, unquote(path))
    elif ":" in (first := pattern.partition("/")[0]) or "@" in first:
        # `git@host:path` as scp has it, or `host:8443/path`.
        host, colon, rest = first.rpartition("@")[2].partition(":")
        rest = "" if rest.isdigit() else rest
        pattern = _joined(host, f"{rest}/{pattern.partition('/')[2]}" if colon else pattern.partition("/")[2])
    else:
        pattern = pattern.removeprefix("www.").rstrip("/").removesuffix(".git")
    try:
        return segments_of(pattern) if pattern.strip("/") else None
    except BadPattern:
        return None


def is_repository_pattern(line: str) -> bool:
    """Whether the line, with `PREFIX`, can match any repository."""
    return _segments(line) is not None

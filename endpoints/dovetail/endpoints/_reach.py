"""Which servers may be asked: patterns of addresses, such as an organisation writes down.

A pattern is an address whose parts are compared one by one, never a wildcard over the whole text, so that nothing in
a path or a user name can look like a host: `https://*.corp.example`, `http://127.0.0.1:*`, `https://gw.example/team`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from attrs import define

from ._urls import where

_HOST = re.compile(r"[a-z0-9._\-]+|[0-9a-f:.]+")
_PORTS = {"http": 80, "https": 443}
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
"""A host that resolvers read as an IPv4 address: its last part is a number."""
_ODD_PATH = re.compile(
    # "..", also with Tomcat's parameters; an empty part; a parameter; what is escaped without need, or twice.
    r"/\.{1,2}(?:[/;]|$)|//|;|\\|%(?:2[def5]|5[cf]|3b|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])",
    re.IGNORECASE,
)
"""A path that one server reads as another path, and the next does not."""


@define(frozen=True, slots=True)
class UrlPattern:
    """Matches addresses of one scheme (`*`: http or https), host, port and path.

    `*.x` takes every name below `x`, not `x` itself. Without a port it is the scheme's own; `*` takes any. A path takes
    itself and what lies below it.
    """

    scheme: str
    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, text: str) -> UrlPattern:
        """Read a pattern.

        Raises:
            ValueError: it is not one; the text says what it should look like.
        """
        scheme, mark, rest = text.strip().lower().partition("://")
        authority, slash, _ = rest.partition("/")
        # `[::1]` has colons that begin no port.
        cut = authority.rfind(":") if not authority.endswith("]") else -1
        host, port = (authority[:cut], authority[cut + 1 :]) if cut >= 0 else (authority, "")
        host = host.strip("[]").rstrip(".")
        host = _host(host) or host
        bare = host.removeprefix("*.")
        known = scheme in ("http", "https", "*") and _HOST.fullmatch(bare) is not None
        # Brackets come as a pair around the whole host, and there must be more to a host than dots and
        # hyphens.
        known = known and authority.startswith("[") is ("]" in authority) and any(map(str.isalnum, bare))
        known = known and _host(bare) != ""
        if not mark or not (known or host == "*") or not (port in ("", "*") or port.isdigit()):
            raise ValueError(
                f"{text!r} is no pattern of addresses such as https://*.corp.example or http://127.0.0.1:*"
            )
        # None takes any port; 0 stands for the scheme's own, which is known only with the address where the
        # scheme is `*`.
        number = None if port == "*" else int(port) if port else _PORTS.get(scheme, 0)
        # From the text as it was written: paths, unlike hosts, tell capital letters from small ones.
        path = text.strip().partition("://")[2].partition("/")[2].rstrip("/") if slash else ""
        return cls(scheme, host, number, f"/{path}" if path else "")

    def takes(self, url: str) -> bool:
        """Whether the pattern matches the address. One that could be read in two ways never matches."""
        parts = _parts(url)
        if parts is None:
            return False
        host, port = _host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]
        wanted = _PORTS[parts.scheme] if self.port == 0 else self.port
        if self.scheme not in ("*", parts.scheme) or wanted not in (None, port):
            return False
        # ".corp.example" with its dot, so that "evilcorp.example" is none of it.
        below = self.host.startswith("*.") and host.endswith(self.host[1:]) and len(host) >= len(self.host)
        if not below and self.host not in ("*", host):
            return False
        path = parts.path.rstrip("/")
        # With the "/", so that "/team" does not take "/teams".
        return not self.path or path == self.path or path.startswith(f"{self.path}/")


def _parts(url: str) -> SplitResult | None:
    """The parts of an address; None where clients could disagree about them."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or not _host(host):
        return None
    # "/team/../other" is below "/team" to one client and beside it to another.
    return None if _ODD_PATH.search(parts.path.rstrip("/")) else parts


def _host(host: str) -> str:
    """The one form in which a host is compared; '' for one that could be read in two ways: `127.1` is a name to one
    program and an address to the next."""
    host = host.rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        odd = _HOST.fullmatch(host) is None or _NUMERIC.fullmatch(host) is not None
        return "" if odd else host
    return str(getattr(address, "ipv4_mapped", None) or address)


ANYWHERE = UrlPattern("*", "*", None, "")


@define(frozen=True, slots=True)
class Reach:
    """Which addresses may be asked: those that are allowed and not denied."""

    allowed: tuple[UrlPattern, ...] = (ANYWHERE,)
    denied: tuple[UrlPattern, ...] = ()

    @classmethod
    def of(cls, allowed: Iterable[str], denied: Iterable[str] = ()) -> Reach:
        """Of patterns as they are written.

        Raises:
            ValueError: one of them is not a pattern.
        """
        return cls(tuple(map(UrlPattern.of, allowed)), tuple(map(UrlPattern.of, denied)))

    def refuses(self, url: str) -> str:
        """Why the address may not be asked, as the beginning of a sentence; '' if it may."""
        # Nothing is restricted: then an odd address is not refused here either (the settings check addresses
        # themselves).
        if self == Reach():
            return ""
        if _parts(url) is None or any(pattern.takes(url) for pattern in self.denied):
            return f"{where(url)} is denied"
        if not any(pattern.takes(url) for pattern in self.allowed):
            return f"{where(url)} is not among the servers that are allowed"
        return ""

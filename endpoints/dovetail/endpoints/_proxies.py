"""Which proxy the environment names for an address.

httpx reads the same variables, but for all addresses at once when a client is made: one that it cannot use (SOCKS,
a wrong port, `NO_PROXY=[::1]`) is an exception without the proxy's name, for endpoints too that no proxy concerns.
"""

from __future__ import annotations

import ipaddress
import os
import re
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import define

from ._errors import ConfigError
from ._urls import where


@define(frozen=True, slots=True)
class Proxy:
    """A proxy for HTTP."""

    url: str
    """With its user name and password, if it has some; never shown."""
    source: str
    """The variable that names it, such as "HTTPS_PROXY"; "the system's settings" on macOS and Windows."""

    def __str__(self) -> str:
        return f"the proxy {where(self.url)} ({self.source})"


def proxy_for(url: str, name: str, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy for requests to `url`, by the environment, or (macOS, Windows) by the system's settings.

    Args:
        name: the endpoint's, for the error.

    Raises:
        ConfigError: a proxy is named that cannot be used.
    """
    named = os.environ if environ is None else environ
    variables = {
        key.lower(): (key, value) for key, value in sorted(named.items())
    }  # lower case wins, as in other programs
    # Where an environment is given it alone counts, not this machine's settings.
    found = urllib.request.getproxies() if environ is None else {}
    parts = urlsplit(url)
    # `ALL_PROXY` is for schemes that have no variable of their own.
    for scheme in (parts.scheme, "all"):
        key, value = variables.get(f"{scheme}_proxy", ("", ""))
        if not value and scheme in found:
            key, value = "the system's settings", found[scheme]
        if value:
            break
    else:
        return None
    exceptions = variables.get("no_proxy", ("", ""))[1] or found.get("no", "")
    if _excepted(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), exceptions):
        return None
    # "proxy.corp:3128" is common, and urlsplit would take "proxy.corp" for the scheme.
    proxy = Proxy(value if "://" in value else f"http://{value}", key)
    if what := _unusable(proxy.url):
        raise ConfigError(
            f"{name}: {proxy} {what}; name an HTTP proxy there, or add {parts.hostname} to NO_PROXY.",
            endpoint=name,
        )
    return proxy


def _unusable(url: str) -> str:
    """Why the proxy at `url` cannot be used; empty if it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "has no usable host and port"
    if parts.scheme.startswith("socks"):
        return "is a SOCKS proxy, which is not supported"
    if parts.scheme not in ("http", "https"):
        return f"has an unknown scheme, {parts.scheme!r}"
    usable = bool(host) and re.fullmatch(r"[A-Za-z0-9._:%\-]+", host or "") is not None
    return "" if usable else "has no usable host and port"


def _excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether `NO_PROXY` names the host: by itself, a parent domain (with or without "*." or "."), its address or
    network, each with or without a port. Entries that are none of these mean nothing."""
    host = host.lower().rstrip(".")
    return any(
        _names(entry.strip().lower(), host, port) for entry in re.split(r"[,\s]+", exceptions) if entry
    )


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    # Some write a whole address there; its host and port count.
    entry = entry.partition("://")[2] or entry
    # "[::1]:8080" or "host:8080". A bare IPv6 address has colons too, and none of them begins a port.
    if found := re.fullmatch(r"\[([^\]]*)\](?::(\d{1,5}))?|([^:]*):(\d{1,5})", entry):
        wanted = found[2] or found[4]
        if wanted and int(wanted) != port:
            return False
        entry = found[1] if found[1] is not None else found[3]
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        # "corp.example", ".corp.example" and "*.corp.example" mean the same here: the domain and all below
        # it.
        domain = entry.removeprefix("*").strip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))

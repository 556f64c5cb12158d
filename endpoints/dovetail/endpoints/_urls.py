"""Addresses of servers: which part of one the user wrote, how it may be shown, whether it is this machine."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import quote, urlsplit

from attrs import define

_VERSION = re.compile(r"/(?:v\d+[a-z0-9]*|beta)$")
_ANY_VERSION = re.compile(r"/(?:v\d+[a-z0-9]*|beta)/")
_DEPLOYMENT = re.compile(r"/openai/deployments/[^/]+$")
"""Azure: the routes stand right below the deployment's name."""
_API_NAME = re.compile(r"/(?:openai|openapi|compat|compatible-mode)$")
"""Gateways that put a name of their own behind the version: Google's /v1beta/openai, Cloudflare's /v1/…/compat."""
_API_ROUTE = re.compile(
    r"/(?:models|chat|(?:chat/|fim/|edit/)?completions|embeddings|responses|messages|(?:re)?rank|reranking)$"
)
_SERVER_ROUTE = re.compile(
    r"/(?:infill|completion|props|slots|tokenize|detokenize|apply-template|health|v1/health|metrics|info|version|"
    r"generate|generate_stream|docs|redoc|openapi\.json|ui|running|api(?:/(?:generate|chat|tags|show|version|ps))?)$"
)
"""Routes of servers' own, and what stands in the address bar of a browser that looks at one (llama-swap's `/ui`)."""
SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|\bsig\b", re.IGNORECASE)
"""Names of headers and of fields of a query whose values are keys."""


@define(frozen=True, slots=True)
class Address:
    """Where a server's routes begin."""

    root: str
    """Of the routes of its own (`/props`, `/api/generate`), without the "/" at the end."""
    api: str
    """Of the routes after OpenAI's (`/v1/completions` is `{api}/completions`)."""
    query: str = ""
    """Sent with every request, such as Azure's "api-version=…"."""

    @classmethod
    def of(cls, url: str) -> Address:
        """Any part of the address may have been written: the server's, the API's with its version, or a route's."""
        # From the sure to the likely: a route that only servers of one's own have; a
        # version; the shapes of services whose routes stand right below the path; and
        # if nothing tells, `/v1` is below what was written.
        parts = urlsplit(url)
        origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        if found := _SERVER_ROUTE.search(path):
            root = origin + path[: found.start()]
            return cls(root, f"{root}/v1", parts.query)
        route = _API_ROUTE.search(path)
        base = path[: route.start()] if route else path
        if version := _VERSION.search(base):
            return cls(origin + base[: version.start()], origin + base, parts.query)
        if route and not base and parts.scheme == "http":
            # `/models`, `/completions`: servers of one's own have these below `/v1` too, and llama.cpp's `/completions`
            # is not OpenAI's. Hosted services, which have no `/v1`, are reached by https.
            return cls(origin, f"{origin}/v1", parts.query)
        # Services without a version in their address, Azure's deployments, and gateways with a version
        # further up.
        if route or _DEPLOYMENT.search(base) or (_ANY_VERSION.search(f"{base}/") and _API_NAME.search(base)):
            return cls(origin + base, origin + base, parts.query)
        return cls(origin + base, f"{origin}{base}/v1", parts.query)

    def route(self, path: str, **fields: str) -> str:
        """The URL of a wire format's path such as "/v1/completions" or "/infill", with `fields` in its query."""
        url = self.api + path.removeprefix("/v1") if path.startswith("/v1/") else self.root + path
        query = "&".join(
            [self.query] * bool(self.query) + [f"{k}={quote(v, safe='')}" for k, v in fields.items()]
        )
        return f"{url}?{query}" if query else url


def where(url: str) -> str:
    """A URL as it may be shown: no user name, no password, no query, whatever else is wrong with it."""
    # By hand: `urlsplit` raises for just those addresses that an error has to show.
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "", url
    authority, slash, path = rest.partition("/")
    # From the last "@" on: a password may hold one itself.
    authority = re.split(r"[?#]", authority.rpartition("@")[2], maxsplit=1)[0]
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    shown = f"{scheme}{mark}{authority}{slash}{path}"
    return "".join(char for char in shown if char.isprintable())


def host_of(url: str) -> str:
    """Host and port as they may be shown: what an endpoint without a name is called."""
    return where(url).partition("://")[2].partition("/")[0]


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine by "localhost" or a loopback address, or by a name below `.localhost` that
    resolves to nothing but loopback addresses."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost":
        return True
    # By RFC 6761 such names are loopback, but not every resolver keeps to it.
    if host.endswith(".localhost"):
        return _resolves_to_loopback(host)
    return _is_loopback_address(host)


def _is_loopback_address(host: str) -> bool:
    try:
        # Without an IPv6 zone, as in "fe80::1%eth0".
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _resolves_to_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_loopback_address(str(address[0])) for *_, address in found)

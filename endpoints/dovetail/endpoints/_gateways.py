"""What answers in a server's place: proxies, gateways, and networks that want a log-in first.

Their answers are web pages and statuses of their own. What the server itself would say is not known then, so what the
user can do is another thing than with an error of the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from . import _errors as errors
from ._errors import EndpointError
from .formats import said

_NO_ANSWER = frozenset({502, 503, 504, *range(520, 528), 530})
"""What a gateway says whose server does not answer it; from 520 on Cloudflare's."""
_PLAIN_HTTP = re.compile(r"HTTP request (?:was sent )?to (?:an )?HTTPS", re.IGNORECASE)


def in_its_place(
    status: int, headers: Mapping[str, str], text: str, place: str, wants: str
) -> tuple[type[EndpointError], str] | None:
    """The error and its sentence if something other than the server at `place` has answered; None if the server
    did. `wants`: what to do about a key, as a part of a sentence."""
    page = is_page(headers, text)
    if 300 <= status < 400:
        # Not followed: the key would go to whatever address is named.
        host = urlsplit(headers.get("location", "")).hostname
        to = f" ({said(host, 60)})" if host else ""
        return errors.NotFound, (
            f"{place} sends on to another address{to}; put the server's final address in url, or log in "
            "if that is this network's log-in page"
        )
    if status == 407:
        return errors.Unreachable, (
            f"the proxy before {place} wants a log-in (407); put user and password into the proxy's address"
        )
    if status == 511:
        return errors.Unreachable, (
            f"this network wants a log-in before it lets requests through to {place} (511); open any page in a browser"
        )
    if status == 400 and _PLAIN_HTTP.search(text):
        return errors.BadRequest, f"{place} speaks https only; write https:// in url"
    if page and status == 403:
        return errors.Unauthorized, (
            f"a gateway before {place} refuses access (403, a web page); check url, whether your network is let "
            f"through (VPN, firewall), and {wants}"
        )
    if page and status in _NO_ANSWER:
        return errors.ServerError, (
            f"a gateway before {place} gets no answer from the server ({status}, a web page); is that server running?"
        )
    return None


def is_page(headers: Mapping[str, str], text: str) -> bool:
    """Whether a body is a web page: nothing in it is the server's own word."""
    return text.lstrip()[:1] == "<" or "html" in headers.get("content-type", "")

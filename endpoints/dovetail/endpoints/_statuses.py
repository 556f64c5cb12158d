"""From what a server or the HTTP library reports to an `EndpointError` with one sentence for the user."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping

from . import _errors as errors
from ._config import Connection
from ._errors import EndpointError
from ._gateways import in_its_place, is_page
from ._proxies import Proxy
from ._retry_after import announced, retry_after
from ._urls import where
from ._words import busy, limit_in, no_model, not_loaded, overflow, too_long
from .formats import said

BUSY_SECONDS = 5.0
"""A `Retry-After` up to this is said by servers that shed load; a longer one by quotas."""
_NO_FIM = re.compile(
    r"does not support (?:insert|infill|fim)|infill is not supported|suffix is (?:not|only)|"
    r"not support(?:ed)? suffix|"
    r"suffix.{0,40}not.{0,10}support|fim is not",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota|billing details",
    re.IGNORECASE,
)


def from_status(
    config: Connection, url: str, status: int, headers: Mapping[str, str], body: bytes, model: str = ""
) -> EndpointError:
    """The error for an answer that is not 200."""
    # A status alone says little: servers use one and the same for a key that is wrong, a model that is not there and a
    # queue that is full. So what the body says is looked at, too, and the order of the questions matters.
    text = body.decode("utf-8", "replace")
    reason, whole = _reason(text, headers)
    tail = f": {reason}" if reason else ""
    name, place = config.name, where(url)
    after = announced(headers, text) if status in (429, 503, 529) else retry_after(headers)

    def make(kind: type[EndpointError], sentence: str) -> EndpointError:
        return kind(f"{name}: {_ended(sentence)}", endpoint=name, retry_after=after)

    # What to look at when the key is the matter.
    named = f"the environment variable {config.key_env}" if config.key_env else "keyEnv or keyCommand"
    # First of all whether the server answered at all: a gateway's 403 or 503 says nothing of key, model or
    # queue.
    if (other := in_its_place(status, headers, text, place, named)) is not None:
        return make(*other)
    if status in (400, 404) and not_loaded(whole):
        return make(errors.NotLoaded, f"{place} has not loaded the model ({status}){tail}; load it there")
    # Before the key: some services answer 403 for a model that this key may not use, and the model is what to
    # change.
    if status in (400, 403, 404, 410) and no_model(whole):
        key = " for this key" if status == 403 else ""
        pull = f', or run "ollama pull {model}"' if url.endswith("/api/generate") else ""
        return make(
            errors.NotFound, f"{place} has no model {model!r}{key} ({status}){tail}; check model{pull}"
        )
    has_key = bool(config.key or config.key_env or config.key_command)
    # A sentence of its own, since "check the key" is no help to someone who never set one.
    if status in (401, 403) and not has_key:
        wants = "set keyEnv to the environment variable that holds it, or keyCommand"
        return make(errors.Unauthorized, f"{place} wants a key ({status}){tail}; {wants}")
    if status in (401, 403):
        may = " and what it may use" if status == 403 else ""
        return make(
            errors.Unauthorized, f"{place} does not accept the key ({status}){tail}; check {named}{may}"
        )
    # Before 429: waiting brings back no credit, so the sentence must not promise another try.
    if status == 402 or (status in (403, 429) and _NO_CREDIT.search(whole)):
        return make(
            errors.RateLimited,
            f"{place} says there is no credit left ({status}){tail}; add some there, or name another endpoint",
        )
    # Said by a server that is up and has a queue; "loading" means that it cannot answer at all yet.
    asked = retry_after(headers)
    briefly = asked is not None and asked <= BUSY_SECONDS
    if (status in (429, 503) and briefly and "loading" not in whole.lower()) or (
        status == 503 and asked is None and busy(whole)
    ):
        return make(
            errors.Busy, f"{place} is busy ({status}){tail}; fewer requests are sent until it has time"
        )
    if status == 429:
        rest = f"; asked again in {max(after, 1):.0f} s" if after else "; asked again in a while"
        return make(errors.RateLimited, f"{place} says there were too many requests (429){tail}{rest}")
    # Only statuses that complain about the request: the words also occur in other errors' texts.
    if status == 413 or (status in (400, 422, 500) and too_long(whole)):
        limit = limit_in(whole)
        error = make(errors.ContextOverflow, overflow(limit))
        assert isinstance(error, errors.ContextOverflow)
        error.limit = limit
        return error
    # llama.cpp says 501 for a model file without FIM tokens: a known answer, and no failure of the server.
    if status == 501 or (status in (400, 404, 422, 500) and _NO_FIM.search(whole)):
        return make(
            errors.NoFim, f"the model there cannot fill in the middle ({status}){tail}; use a FIM model"
        )
    if status in (404, 405):
        or_model = f" or no model {model!r}" if model else ""
        return make(
            errors.NotFound,
            f"{place} has no such route{or_model} ({status}){tail}; check url, format and model",
        )
    # Its own kind: the breaker then looks again every second instead of backing off for longer and longer.
    if status == 503 and "loading" in whole.lower():
        return make(errors.Loading, f"{place} is still loading its model; suggestions come when it is ready")
    # 408: it was too slow; 424: what it asks itself failed.
    if status >= 500 or status in (408, 424):
        request = headers.get("x-request-id", "")
        found = f" for request {said(request, 80)}" if request else ""
        return make(
            errors.ServerError, f"{place} failed with status {status}{tail}; see that server's log{found}"
        )
    return make(
        errors.BadRequest,
        f"{place} refused the request with status {status}{tail}; check url, format, model and extra",
    )


def _reason(text: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """What the server said, short; and the text in which to look for known phrases."""
    stripped = text.strip()
    # Pages of proxies and gateways: nothing in them is the server's own word.
    if not stripped or is_page(headers, stripped):
        return ("it sent a web page" if stripped else ""), ""
    try:
        document = json.loads(stripped)
    except (ValueError, RecursionError):
        return said(stripped), stripped[:4096]
    if isinstance(document, list) and len(document) == 1:
        document = document[0]  # as Google wraps it
    # Either the reason stands below `error`, or the document is the reason.
    if isinstance(document, dict):
        document = document.get("error") or document
    # The second value is all of the text: codes such as `model_not_found` stand beside the message, not in
    # it.
    reason = _fields(document) or said(document)
    return ("" if reason == "no reason" else reason), stripped[:4096]


def _fields(document: object, depth: int = 0) -> str:
    """What a validator says of the request's fields (`prompt: Field required`), '' where `document` is not of one."""
    if not isinstance(document, dict) or depth > 2:
        return ""
    # Gateways put the validator's document into a field of their own.
    for name in ("message", "detail"):
        inner = document.get(name)
        if isinstance(inner, dict) and (found := _fields(inner, depth + 1)):
            return found
    details = document.get("detail")
    if not isinstance(details, list) or not all(isinstance(one, dict) and "msg" in one for one in details):
        return ""
    told = []
    # `loc` begins with "body", which is where everything of ours stands.
    for one in details[:3]:
        place = one.get("loc")
        path = [str(part) for part in place if part != "body"] if isinstance(place, list) else []
        told.append(f"{'.'.join(path)}: {one['msg']}" if path else str(one["msg"]))
    return said(", ".join(told))


def from_exception(
    config: Connection, url: str, error: Exception, proxy: Proxy | None = None
) -> EndpointError:
    """The error for what httpx raises. `proxy` is what stands between here and the server."""
    import httpx

    name, place = config.name, where(url)
    cause = _root(error)

    def make(kind: type[EndpointError], sentence: str) -> EndpointError:
        return kind(f"{name}: {_ended(sentence)}", endpoint=name)

    # Before all else: with a proxy in between, an error of connecting is the proxy's.
    if proxy is not None and _proxys(error, cause):
        return make(
            errors.Unreachable,
            f"{proxy} does not answer ({said(str(error), 80) or type(error).__name__}), so {place} cannot be reached",
        )
    # From the narrow to the wide: `ProxyError` and `ConnectError` are kinds of `TransportError`, and a TLS
    # failure arrives as a `ConnectError` whose cause alone tells what it is.
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return make(errors.Unreachable, f"no connection to {place} within {config.timeouts.connect_ms} ms")
    if isinstance(error, httpx.ProxyError):
        return make(
            errors.Unreachable,
            f"{proxy or 'the proxy'} refused to connect to {place} ({said(str(error), 80)})",
        )
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return make(
            errors.Unreachable,
            f"the certificate of {place} is not trusted ({said(str(cause), 120)}); "
            "name your own CA in caFile",
        )
    if isinstance(cause, ssl.SSLError):
        return make(
            errors.Unreachable, f"no encrypted connection to {place} ({said(str(cause), 80)}); http or https?"
        )
    if isinstance(error, httpx.ConnectError):
        why = str(cause).lower()
        # The resolver's words on Linux ("Name or service not known"), Windows ("getaddrinfo failed") and
        # macOS ("nodename nor servname provided").
        if "name" in why or "getaddrinfo" in why or "nodename" in why:
            return make(errors.Unreachable, f"the host of {place} is not known; check url and the network")
        return make(
            errors.Unreachable, f"nothing answers at {place}; is the server running, and is url right?"
        )
    if isinstance(error, httpx.TransportError):
        return make(errors.Broken, f"the connection to {place} broke ({type(error).__name__})")
    return make(errors.BadAnswer, f"{place} sent what is no valid HTTP ({type(error).__name__})")


def _proxys(error: Exception, cause: BaseException) -> bool:
    """Whether it is the proxy that could not be connected to; errors of TLS come from behind it."""
    import httpx

    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    return connecting and not isinstance(cause, ssl.SSLError)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith("?") else f"{sentence}."


def _root(error: BaseException) -> BaseException:
    seen: set[int] = set()
    while (below := error.__cause__ or error.__context__) is not None and id(below) not in seen:
        # Chains of causes may be circular.
        seen.add(id(below))
        error = below
    return error

"""What the HTTP library and the decoders raise, as an error that names the endpoint and the address."""

from __future__ import annotations

from ._config import Connection
from ._errors import ConfigError, ContextOverflow, EndpointError
from ._http import proxy_of
from ._statuses import from_exception
from ._urls import where


class Caught:
    """Turns what httpx raises, and errors that lack the endpoint's name, into sentences."""

    def __init__(self, config: Connection, url: str, *, sending: bool) -> None:
        """`sending`: a ValueError counts as the library's too."""
        self._config = config
        self._url = url
        self._sending = sending

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        import httpx  # by now this costs nothing: making the client has imported it, off the loop

        config = self._config
        if isinstance(error, EndpointError):
            # A decoder knows neither endpoint nor address: its sentence gets both here.
            if not error.endpoint:
                raise named(error, config.name, where(self._url)) from None
            return
        known = isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError)
        if known or (self._sending and isinstance(error, ValueError)):
            assert isinstance(error, Exception)
            try:
                proxy = proxy_of(config)
            except ConfigError:  # it has become one that cannot be used; the next request says so
                proxy = None
            raise from_exception(config, self._url, error, proxy) from None


def named(error: EndpointError, name: str, place: str) -> EndpointError:
    """A decoder's error with the endpoint's name before it, unless it stands there already."""
    if error.endpoint:
        return error
    found = type(error)(f"{name}: {place} {error}.", endpoint=name, retry_after=error.retry_after)
    if isinstance(error, ContextOverflow) and isinstance(found, ContextOverflow):
        found.limit = error.limit
    return found

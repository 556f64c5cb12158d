"""Which servers run on this machine, for `doctor` to tell. Nothing found here is ever used by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from attrs import define

from ._config import EndpointConfig, Timeouts
from ._endpoint import Endpoint
from ._errors import EndpointError
from ._http import HttpPool
from ._types import Probe

USUAL_PORTS = (11434, 8080, 8012, 8000, 8001, 8888, 1234, 5000, 5001, 3000, 30000)
_CONNECT_SECONDS = 0.5


@define(frozen=True, slots=True)
class Found:
    """A server on this machine."""

    url: str
    probe: Probe | None
    message: str
    """One sentence: what it is, or why it cannot be told."""


async def discover_local(
    ports: tuple[int, ...] = USUAL_PORTS, *, refuses: Callable[[str], str] = lambda url: ""
) -> list[Found]:
    """Servers that answer on `ports` of 127.0.0.1. No other address is asked, no key is sent, no setting
    changed. An address that a policy `refuses` (see `Reach`) is not connected to."""
    ports = tuple(port for port in ports if not refuses(_url(port)))
    # A bare connection first: most ports are closed, and a probe asks several questions.
    open_ports = [
        port for port, is_open in zip(ports, await asyncio.gather(*map(_open, ports)), strict=True) if is_open
    ]
    pool = HttpPool()
    try:
        return list(await asyncio.gather(*(_look(port, pool) for port in open_ports)))
    finally:
        await pool.aclose()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _open(port: int) -> bool:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _look(port: int, pool: HttpPool) -> Found:
    url = _url(port)
    # Short deadlines: what is on this machine answers at once, or is busy with something else.
    config = EndpointConfig(name=f"port {port}", url=url, timeouts=Timeouts(500, 1_500, 5_000))
    try:
        probe = await Endpoint(config, pool).probe()
    except EndpointError as error:
        return Found(url, None, str(error))
    if probe.format is None:
        what = (
            f"{probe.server} server" if probe.server == "OpenAI-compatible" else probe.server or "something"
        )
        problems = "; ".join(problem.removeprefix(f"{config.name}: ") for problem in probe.problems)
        return Found(url, probe, f"{what} answers at {url}: {problems}")
    model = f" with {probe.model}" if probe.model else ""
    return Found(url, probe, f"{probe.server}{model} answers at {url}; to use it, set its url.")

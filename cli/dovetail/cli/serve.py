"""`dovetail serve`: standard input and output, or a socket on loopback."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from .address import Address
from .terminal import say

if TYPE_CHECKING:
    from dovetail.server.app import App
    from dovetail.server.lsp.server import DovetailServer

USAGE = "usage: dovetail serve [--stdio | --tcp HOST:PORT | --socket PATH | --pipe PATH]"
FLUSH_S = 2.0
"""How long the last messages may take to reach the client, in seconds."""
SWITCH_S = 0.0005
"""How long a thread may hold the interpreter while another wants it, in seconds."""
log = logging.getLogger(__name__)


def parse(arguments: list[str]) -> Address | None:
    """Where to serve; None for standard input and output.

    Raises:
        ValueError: the arguments are off, or the address is not on loopback; the text is for the user.
    """
    # Clients add their process's number, which `initialize` says as well.
    rest = [a for a in arguments if not a.startswith("--clientProcessId=")]
    if rest in ([], ["--stdio"]):
        return None
    if len(rest) == 1 and "=" in rest[0]:
        rest = list(rest[0].split("=", 1))
    if len(rest) != 2 or rest[0] not in ("--tcp", "--socket", "--pipe"):
        raise ValueError(USAGE)
    kind, value = rest
    if kind != "--tcp":
        if not value or os.name == "nt":
            raise ValueError(f"{kind} wants the path of a socket file, which this system must have; {USAGE}")
        return Address(kind, path=value)
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"--tcp wants HOST:PORT, such as 127.0.0.1:7123, not {value!r}")
    host = host.strip("[]") or "127.0.0.1"
    # By number, so that no name server decides whether it is this machine.
    if host != "localhost":
        import ipaddress

        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(f"--tcp listens on this machine only: use 127.0.0.1 or localhost, not {host!r}")
    return Address(kind, host=host, port=int(port))


def serve_command(arguments: list[str]) -> int:
    """Run the server until the client leaves. Exit code 2 for wrong arguments."""
    try:
        address = parse(arguments)
    except ValueError as error:
        say(error, err=True)
        return 2
    # Plans and parses run in threads; the event loop must get the interpreter back from them within a moment. At the
    # usual 5 ms a ping took a second while six threads were at work.
    sys.setswitchinterval(SWITCH_S)
    # Thousands of classes are made while the protocol's types are imported, none of them garbage.
    gc.disable()
    from dovetail.server.app import make_server
    from dovetail.server.logs import start_logging, stop_logging
    from dovetail.server.places import Places

    places = Places.of_user()
    start_logging(places.state)
    app = make_server(places)
    try:
        if address is None:
            run_stdio(app, *_take_standard_streams())
        else:
            from .sockets import run_socket

            # Imported only where a socket is asked for: standard streams are what nearly every editor uses.
            run_socket(app, address)
    except OSError as error:
        where = f"cannot serve on {address}" if address else "cannot serve"
        say(f"{where}: {error.strerror or error}", err=True)
        return 1
    except KeyboardInterrupt:
        pass
    stop_logging()
    # Not sys.exit: a thread may still be blocked in a read of standard input that never ends.
    os._exit(0 if app.server.shut_down_in_order else 1)


def _take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's own copies of standard input and output. What remains under the old numbers is harmless:
    a library that prints reaches standard error, and a child process inherits neither pipe."""
    streams = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    if sys.platform == "win32":
        import msvcrt

        for stream in streams:
            msvcrt.setmode(stream.fileno(), os.O_BINARY)
    # A library that reads standard input finds it empty, instead of taking the protocol's bytes.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return streams


def run_stdio(app: App, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Serve one client over a pair of pipes until it leaves."""
    import asyncio

    # Not asyncio.run, which would wait for every thread that still learns.
    asyncio.new_event_loop().run_until_complete(serve_pipes(app, stdin, stdout))


async def serve_pipes(app: App, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """As `run_stdio`, on the event loop that runs; it may be one of many in a process."""
    import asyncio

    from dovetail.server.lsp.defects import watch_loop
    from dovetail.server.lsp.signals import end_in_order
    from dovetail.server.lsp.transport import Inbox, PipeWriter, read_pipe

    server, loop = app.server, asyncio.get_running_loop()
    app.alone = True
    watch_loop(loop)
    end_in_order(loop, server.client_left)
    writer = PipeWriter(stdout, lambda why: _from_thread(loop, server, why))
    server.protocol.set_writer(writer)
    inbox = Inbox(server.protocol, loop)
    read_pipe(stdin, inbox, lambda: server.client_left("the editor has closed the connection"))
    # Set by the end of standard input, by `exit`, by a signal, or when the editor's process is gone.
    await server.left.wait()
    # In this order: what is still to be answered is written before the process goes.
    await app.close()
    writer.flush(FLUSH_S)


def _from_thread(loop: object, server: DovetailServer, why: str) -> None:
    try:
        loop.call_soon_threadsafe(server.client_left, why)  # type: ignore[attr-defined]
    except RuntimeError:  # the loop is closed already
        pass

"""`dovetail serve`: standard input and output, or a socket on loopback."""

from __future__ import annotations

import ipaddress
import logging
import os
import sys

USAGE = "usage: dovetail serve [--stdio | --tcp HOST:PORT]"
log = logging.getLogger(__name__)


def parse(arguments: list[str]) -> tuple[str, int] | None:
    """(host, port) for TCP, None for standard input and output.

    Raises:
        ValueError: the arguments are off, or the address is not on loopback; the text is for the user.
    """
    rest = [a for a in arguments if not a.startswith("--clientProcessId=")]
    if rest in ([], ["--stdio"]):
        return None
    if len(rest) == 1 and rest[0].startswith("--tcp="):
        rest = ["--tcp", rest[0].removeprefix("--tcp=")]
    if len(rest) != 2 or rest[0] != "--tcp":
        raise ValueError(USAGE)
    host, colon, port = rest[1].rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"--tcp wants HOST:PORT, such as 127.0.0.1:7123, not {rest[1]!r}")
    host = host.strip("[]") or "127.0.0.1"
    if host != "localhost":
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(f"--tcp listens on this machine only: use 127.0.0.1 or localhost, not {host!r}")
    return host, int(port)


def serve_command(arguments: list[str]) -> int:
    """Run the server until the client leaves. Exit code 2 for wrong arguments."""
    try:
        address = parse(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    from .logs import start_logging
    from .places import Places
    from .server import DovetailServer

    places = Places.of_user()
    start_logging(places.state)
    server = DovetailServer(places)
    if address is None:
        server.start_io()
    else:
        try:
            server.start_tcp(*address)
        except OSError as error:
            print(f"cannot listen on {address[0]}:{address[1]}: {error.strerror}", file=sys.stderr)
            return 1
    logging.shutdown()
    # Not sys.exit: a thread may still be blocked in a read of standard input that never ends.
    os._exit(0 if server.shut_down_in_order else 1)

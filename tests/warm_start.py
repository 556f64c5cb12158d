"""Runs a command in a fork of `warm_server.py`, and stands for it: `warm_start.py ADDRESS [-P] ARGUMENT …`, with `-P`
as for Python."""

import contextlib
import json
import os
import signal
import socket
import sys

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def as_ever(arguments: list[str]) -> None:
    """In an interpreter of its own."""
    safe = ["-P"] if arguments[:1] == ["-P"] else []
    os.execv(sys.executable, [sys.executable, *safe, "-m", "dovetail.cli", *arguments[len(safe) :]])


def is_its_terminal(stream: int) -> bool:
    """The terminal whose keys are signals to this process: a fork has another session, and none of that."""
    try:
        os.tcgetpgrp(stream)
    except OSError:
        return False
    return True


def main() -> None:
    address, *arguments = sys.argv[1:]
    if any(map(is_its_terminal, (0, 1, 2))):
        as_ever(arguments)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    folder = os.getcwd()  # noqa: PTH109  # pathlib takes longer to import than all else here
    request = {"arguments": arguments, "folder": folder, "environment": dict(os.environ)}
    body = json.dumps(request).encode()
    socket.send_fds(connection, [b"f"], [0, 1, 2])
    connection.sendall(len(body).to_bytes(4, "big") + body)
    if connection.recv(1) != b"y":
        as_ever(arguments)
    # The streams are the command's now: whoever is at the other end of one learns when the command closes it.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda got, frame: connection.sendall(bytes([got])))
    said = b""
    with contextlib.suppress(OSError):
        said = connection.recv(8)
    code = int(said) if said else 255
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


main()

"""A language server without a mind of its own: what the editor says goes to the test, and what the test says
goes to the editor. So a test decides what is answered, and when.

    python scripted_server.py PORT     the test listens on this port of the loopback

Towards the editor it speaks LSP's framing on stdio, towards the test one JSON document a line.
"""

from __future__ import annotations

import json
import socket
import sys
import threading


def main() -> None:
    control = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def to_editor() -> None:
        for line in control.makefile("rb"):
            body = line.rstrip(b"\n")
            stdout.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            stdout.flush()

    threading.Thread(target=to_editor, daemon=True).start()
    while True:
        length = 0
        while (header := stdin.readline().strip()) != b"":
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length == 0:
            return
        message = json.loads(stdin.read(length))
        control.sendall(json.dumps(message).encode() + b"\n")
        if message.get("method") == "exit":
            return


if __name__ == "__main__":
    main()

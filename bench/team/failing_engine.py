"""An engine that can be made ill, or kept busy: llama.cpp's server behind a door.

failing_engine.py FOLDER …   what is asked with POST fails while FOLDER/PID exists, and is never answered while
                             FOLDER/PID.silent does; it says of itself that it is well all the time

A request that holds the words of `HOLDS` is never answered: it keeps its place until its client leaves, which costs no
processor, where a long answer takes all there is.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "deploy" / "ray" / "team" / "engine.py"
HOLDS = "never answer this"
SILENT = ".silent"
ILL = b'{"error": {"message": "no memory"}}'


def start() -> tuple[dict[str, str], subprocess.Popen[bytes]]:
    """The real engine, and what it says of itself."""
    engine = subprocess.Popen(
        [sys.executable, ENGINE, *sys.argv[2:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert engine.stdout is not None
    return json.loads(engine.stdout.readline()), engine


async def main(said: dict[str, str]) -> None:
    sign = Path(sys.argv[1], str(os.getpid()))
    silent = sign.with_suffix(SILENT)
    port = int(said["url"].rpartition(":")[2])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)

        async def back() -> None:
            while data := await inner_reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

        task = asyncio.create_task(back())
        unheard = False
        try:
            while data := await reader.read(65536):
                if data.startswith(b"POST") and sign.exists():
                    task.cancel()
                    head = (
                        f"HTTP/1.1 500 X\r\nContent-Type: application/json\r\nContent-Length: {len(ILL)}\r\n"
                    )
                    writer.write(head.encode() + b"Connection: close\r\n\r\n" + ILL)
                    await writer.drain()
                    break
                # All that follows on the connection is the rest of the request.
                unheard = unheard or (data.startswith(b"POST") and silent.exists())
                if HOLDS.encode() not in data and not unheard:
                    inner_writer.write(data)
                    await inner_writer.drain()
        except OSError:
            pass
        finally:
            task.cancel()
            inner_writer.close()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(json.dumps({**said, "url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    os._exit(0)  # which closes the engine's standard input


if __name__ == "__main__":
    said, engine = start()  # held: its standard input closes with this process
    asyncio.run(main(said))

"""The engine: llama.cpp's server with one model file, as a child process.

Run as a program it prints one line of JSON, `{"url", "key"}` or `{"error"}`, and ends when its standard input closes,
that is when the replica is gone, however that came about. Any program that does the same can be named in its place
(`engine` in the options).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path


class EngineError(RuntimeError):
    """The engine did not start; the text says why."""


class Engine:
    """A running engine, seen from its replica."""

    def __init__(self, command: list[str]) -> None:
        """Start it and wait until the model is loaded. Raises `EngineError`."""
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            said = json.loads(line)
        except ValueError:
            self.stop()
            raise EngineError(f"{Path(command[0]).name} ended without a word") from None
        if "error" in said:
            self.stop()
            raise EngineError(str(said["error"]))
        self.url: str = said["url"]
        self.key: str = said["key"]
        self.pid = self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process.poll() is None

    def when_it_ends(self, do: Callable[[], None]) -> None:
        """Call `do` in a thread as soon as the engine is gone."""

        def watch() -> None:
            self._process.wait()
            do()

        threading.Thread(target=watch, name="engine", daemon=True).start()

    def stop(self) -> None:
        """End it and wait for that."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> int:
    """Serve the model that the arguments name until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", default="", help="the model's name for clients")
    parser.add_argument("--slots", type=int, default=4, help="requests at once")
    parser.add_argument("--context", type=int, default=4096, help="tokens of one slot")
    parser.add_argument(
        "--batch", type=int, default=1024, help="tokens read at once; /infill cuts prompts by it"
    )
    parser.add_argument("--threads", type=int, default=0, help="0: as many as llama.cpp thinks fit")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="-1: all that fit")
    options = parser.parse_args()
    # What the native code prints goes to standard error; our line stays the only one on standard output.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    # With it the engine tells whoever asks for its slots what everybody has asked.
    os.environ.pop("LLAMA_SERVER_SLOTS_DEBUG", None)
    try:
        import xllamacpp

        key = secrets.token_urlsafe(24)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = options.model
        if options.alias:
            parameters.model_alias = {options.alias}
        parameters.n_parallel = options.slots
        parameters.n_ctx = options.context * options.slots
        parameters.n_batch = options.batch
        parameters.n_ubatch = min(options.batch, 512)
        if options.threads:
            parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options.threads
        if options.gpu_layers >= 0:
            parameters.n_gpu_layers = options.gpu_layers
        parameters.endpoint_metrics = True
        parameters.ui = False
        parameters.offline = True
        parameters.cors_origins = ""
        parameters.api_keys = [key]
        server = xllamacpp.Server(parameters)
    except (
        Exception
    ) as error:  # the native code raises plain RuntimeError for all that can be wrong with a file
        print(
            json.dumps({"error": " ".join(str(error).split()) or type(error).__name__}), file=out, flush=True
        )
        return 1
    print(json.dumps({"url": server.listening_address, "key": key}), file=out, flush=True)
    while sys.stdin.buffer.read(4096):
        pass
    # Generations may still run in the native threads; the process ends with all of them at once.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

"""The child process of `local`: serves one GGUF file with llama.cpp's own server on a free loopback port.

Prints one line of JSON, `{"url", "key"}` or `{"error"}`, and ends when its standard input closes, that is
when its parent is gone, however that came about. Run as `python -m dovetail.endpoints.local_server MODEL`.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys


def main() -> int:
    """Serve the model that the arguments name until standard input ends. Returns the exit code."""
    options = _options()
    # What the native code prints goes to standard error, so that our line stays the only one on standard
    # output.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)

    def tell(**what: str) -> None:
        print(json.dumps(what), file=out, flush=True)

    try:
        import xllamacpp

        key = secrets.token_urlsafe(24)
        server = xllamacpp.Server(_parameters(xllamacpp, options, key))
    except (
        Exception
    ) as error:  # the native code raises plain RuntimeError for all that can be wrong with a file
        tell(error=" ".join(str(error).split()) or type(error).__name__)
        return 1
    tell(url=server.listening_address, key=key)
    while sys.stdin.buffer.read(4096):
        pass
    # Generations may still run in the native threads; the process ends with all of them at once.
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dovetail.endpoints.local_server", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--context", type=int, default=4096, help="tokens for each slot")
    parser.add_argument("--batch", type=int, default=1024, help="tokens read at once")
    parser.add_argument("--slots", type=int, default=1, help="requests at once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gpu-layers", type=int, default=None)
    return parser.parse_args()


def _parameters(xllamacpp: object, options: argparse.Namespace, key: str) -> object:
    parameters = xllamacpp.CommonParams()  # type: ignore[attr-defined]
    parameters.model.path = options.model
    # llama.cpp divides the context among the slots.
    parameters.n_ctx = options.context * options.slots
    parameters.n_batch = options.batch
    parameters.n_ubatch = min(options.batch, 512)
    parameters.n_parallel = options.slots
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options.threads
    if options.gpu_layers is not None:
        parameters.n_gpu_layers = options.gpu_layers
    # Nothing but the API: no web page, no download, no call from a page in a browser, nobody without the key.
    parameters.ui = False
    parameters.offline = True
    parameters.cors_origins = ""
    parameters.api_keys = [key]
    return parameters


if __name__ == "__main__":
    sys.exit(main())

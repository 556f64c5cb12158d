"""The `dovetail` command. `serve` starts without importing anything that only the other commands need."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the console script."""
    from .terminal import settle_streams

    settle_streams()
    if sys.argv[1:2] == ["serve"] and not {"--help", "-h"} & set(sys.argv[2:]):
        from .serve import serve_command

        raise SystemExit(serve_command(sys.argv[2:]))
    from .app import app

    app()

"""The `dovetail` command. `serve` starts without importing anything that only the other commands need."""

from __future__ import annotations

import sys

_SERVING = ("serve", "mcp", "acp")


def main() -> None:
    """Entry point of the console script."""
    if len(sys.argv) > 1 and sys.argv[1] in _SERVING:
        # Before anything else: what these import takes long enough for an editor or an agent to think better of it.
        from dovetail.server.lsp.signals import end_early, exit_code

        # For a language server 1 is an end without `shutdown`, whatever brought it.
        end_early((lambda _: 1) if sys.argv[1] == "serve" else exit_code)
    from .terminal import settle_streams, to_its_end

    settle_streams()
    if sys.argv[1:2] == ["serve"] and not {"--help", "-h"} & set(sys.argv[2:]):
        from .serve import serve_command

        raise SystemExit(serve_command(sys.argv[2:]))
    from .app import app

    to_its_end(app)

"""A real server process over real pipes whose models follow a script (`scripted_models`).

Run as `python scripted.py HOME SCRIPT`, SCRIPT a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from scripted_models import ScriptedModels

from dovetail.cli.serve import run_stdio
from dovetail.server.app import make_server
from dovetail.server.logs import start_logging, stop_logging
from dovetail.server.places import Places


def main() -> None:
    home, script = Path(sys.argv[1]), json.loads(sys.argv[2])
    places = Places(home / "config", home / "cache", home / "state")
    start_logging(places.state)
    app = make_server(places, lambda session: ScriptedModels(session, script))
    run_stdio(app, sys.stdin.buffer, sys.stdout.buffer)
    stop_logging()
    os._exit(0 if app.server.shut_down_in_order else 1)


if __name__ == "__main__":
    main()

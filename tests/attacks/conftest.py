"""The raw client on a real server, as `tests/server` has it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "dovetail_server_fixtures", Path(__file__).parents[1] / "server" / "conftest.py"
)
assert _SPEC is not None and _SPEC.loader is not None
_FIXTURES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_FIXTURES)

launch = _FIXTURES.launch_process
workspace = _FIXTURES.workspace

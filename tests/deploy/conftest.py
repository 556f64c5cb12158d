"""What the tests of `deploy` share: the gateway's package, and the scripted servers of the endpoints' tests."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "ray"), str(ROOT / "tests" / "endpoints"), str(Path(__file__).parent)]

from fixtures import pool, serve  # noqa: E402, F401
from gateways import gateway  # noqa: E402, F401

"""What `constraints.txt` pins can be installed under the oldest Python that Dovetail says it runs under, and fits
together."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PINNED = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"))


def test_every_pin_allows_the_oldest_python() -> None:
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert re.fullmatch(r">=3\.\d+", oldest)
    found = {}
    for name, _ in PINNED:
        try:
            found[name] = distribution(name).metadata.get("Requires-Python") or ""
        except PackageNotFoundError:  # of a group that is not installed here, or of another system
            continue
    assert len(found) > 40
    first = f"{oldest.removeprefix('>=')}.0"
    assert {name: wanted for name, wanted in found.items() if not SpecifierSet(wanted).contains(first)} == {}


def test_a_group_of_tests_stays_with_one_worker(tmp_path: Path) -> None:
    """What such a group sets up for all its tests would be set up by each worker, all at once."""
    (tmp_path / "test_group.py").write_text(
        "import pathlib, pytest\n"
        "pytestmark = pytest.mark.xdist_group('one')\n"
        "@pytest.mark.parametrize('number', range(9))\n"
        "def test_it(number, worker_id):\n"
        "    pathlib.Path(worker_id).touch()\n"
    )
    options = "-p xdist -n 3 --dist loadgroup test_group.py"
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", *options.split()]
    subprocess.run(command, cwd=tmp_path, env=alone, check=True, capture_output=True, timeout=120)
    assert len(list(tmp_path.glob("gw*"))) == 1

"""The terminal of the tests leaves nothing behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import Screen


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_program_that_outlives_its_terminal_is_ended(home: Path) -> None:
    screen = Screen(["sh", "-c", "trap '' HUP; echo ready $$; while :; do sleep 0.1; done"], home, home)
    text = screen.wait(r"ready \d+")
    program = Path("/proc", text.split("ready ")[1].split()[0], "stat")
    assert program.exists()
    screen.close()
    for _ in range(200):  # a signal is on its way for a moment
        # At most it is not collected yet by whoever started it.
        if not program.exists() or ") Z " in program.read_text():
            return
        time.sleep(0.05)
    pytest.fail("it still runs")

"""The terminal of the tests leaves nothing behind."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import PATIENCE, Screen


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="only Linux tells when a process ends that is not a child"
)
def test_a_program_that_outlives_its_terminal_is_ended(home: Path) -> None:
    screen = Screen(["sh", "-c", "trap '' HUP; echo ready $$; while :; do sleep 0.1; done"], home, home)
    text = screen.wait(r"ready \d+")
    program = os.pidfd_open(int(text.split("ready ")[1].split()[0]))
    try:
        assert select.select([program], [], [], 0)[0] == []
        screen.close()
        assert select.select([program], [], [], PATIENCE)[0] == [program]
    finally:
        os.close(program)

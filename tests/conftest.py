"""For all tests. How long an example takes says more of the machine than of the code (see CONTRIBUTING.md), so none of
hypothesis' examples has a deadline. Ctrl-C is not ignored, as a shell has it for what it starts in the background: what
tests start would inherit that. And a run has a folder of its own for temporary files, which goes with it: tests kill
servers, and what is killed clears nothing away."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_TEMPORARY = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # a worker of xdist has its starter's
    folder = Path(tempfile.mkdtemp(prefix="dt-"))  # short: a socket's path may have 107 bytes
    config.stash[_TEMPORARY] = folder
    for name in ("TMPDIR", "TEMP", "TMP"):
        os.environ[name] = str(folder)
    tempfile.tempdir = None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if "warm" in sys.modules:
        sys.modules["warm"].end()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Also where a test failed: what pytest would keep of it is asked for by `--basetemp`."""
    if folder := config.stash.get(_TEMPORARY, None):
        shutil.rmtree(folder, ignore_errors=True)

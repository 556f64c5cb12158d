"""Whether the editor that started the server is still there."""

from __future__ import annotations

import os
import sys

CHECK_S = 10.0
"""How often the editor's process is looked for, in seconds. Usually standard input ends long before."""


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs; True where it cannot be told."""
    if pid <= 0:
        return True
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if not handle:
            return bool(ctypes.get_last_error() == 5)  # access denied: it is there
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == 0x102)  # WAIT_TIMEOUT: it runs
        finally:
            kernel.CloseHandle(handle)
    else:
        try:
            # Signal 0 only asks. "Not permitted" means that it is there, and belongs to somebody else.
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True

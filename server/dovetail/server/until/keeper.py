"""The child that runs a command: it ends with all that the command started when its parent is gone, or wants it to.

A script of its own on the standard library: it is run by its path and isolated, so nothing of the folder is imported.
    keeper.py FOLDER COMMAND      its standard input is held open by the parent as long as the command may run
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _end(command: subprocess.Popen[bytes]) -> None:
    """End the command and what it started; its group outlives it where something of it goes on."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(command.pid)], capture_output=True)
    else:
        try:
            os.killpg(command.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _watch(command: subprocess.Popen[bytes]) -> None:
    # Ends when the parent closes its end, or is killed: the system closes it then.
    while os.read(0, 4096):
        pass
    _end(command)
    os._exit(1)


def main() -> None:
    folder, line = sys.argv[1:3]
    command = subprocess.Popen(
        line, shell=True, cwd=folder, stdin=subprocess.DEVNULL, start_new_session=sys.platform != "win32"
    )
    threading.Thread(target=_watch, args=(command,), daemon=True).start()
    code = command.wait()
    # What it left running in its group ends with it.
    if sys.platform != "win32":
        _end(command)
    # A signal as shells tell it. At once, because `_watch` still waits in a read.
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()

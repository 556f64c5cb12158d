"""The log: standard error (never standard output, which is the protocol's) and a rotating file.

A thread writes, from a queue that drops what is too much: neither a full disk nor an editor that does not read
standard error may hold up a keystroke.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import traceback
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
MOST_WAITING = 1000
MOST_LOGGED = 200_000
STOP_S = 1.0

_writer: _Writer | None = None


def log_file(folder: Path) -> Path:
    """Where the log is written."""
    return folder / "dovetail.log"


def fit_for_log(text: str, level: int = logging.INFO) -> str:
    """A text without secrets, and without what a terminal would obey. What is logged for debug is cut to
    `MOST_LOGGED` code points; messages in it are unpacked, so that the lines of a document are seen as lines."""
    if level <= logging.DEBUG:
        text = text[:MOST_LOGGED].replace("\\n", "\n").replace('\\"', '"')
    # Loaded with the first record, on the log's own thread: a start that has nothing to tell does without.
    from dovetail.privacy import printable, redact

    return printable(redact(text))


class _Shown(logging.Formatter):
    """Names of models and files may hold what a terminal obeys; logs are read in terminals."""

    def format(self, record: logging.LogRecord) -> str:
        from dovetail.privacy import printable

        return printable(super().format(record))


class _Writer(logging.Handler):
    """Takes records on any thread, and hands them to the targets on its own."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder
        self._records: queue.Queue[logging.LogRecord | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="dovetail-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:  # of a library's call, say, whose arguments do not fit: logging never raises there
            text = f"{record.msg} {record.args}"
        if record.exc_info and record.exc_info[1] is not None:
            # The text of an error may quote code: its kind and its place are enough above debug.
            kind, frames = type(record.exc_info[1]).__name__, traceback.format_tb(record.exc_info[2])
            text += f"\n{''.join(frames)}{kind}"
        # Filled in on the thread that logs: arguments may change before the writer gets to them.
        record.msg, record.args, record.exc_info, record.exc_text = text, None, None, None
        try:
            self._records.put_nowait(record)
        except queue.Full:
            pass

    def stop(self) -> None:
        try:
            self._records.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(STOP_S)

    def _run(self) -> None:
        # Opened on this thread, since a folder on a slow disk would hold up the start.
        targets = self._targets()
        while (record := self._records.get()) is not None:
            record.msg = fit_for_log(str(record.msg), record.levelno)
            for target in targets:
                if record.levelno >= target.level:
                    target.handle(record)

    def _targets(self) -> list[logging.Handler]:
        targets: list[logging.Handler] = []
        if sys.stderr is not None:
            # Editors show it to people: only what is wrong.
            targets.append(logging.StreamHandler(sys.stderr))
            targets[0].setLevel(logging.WARNING)
        if self.folder is not None:
            from logging.handlers import RotatingFileHandler

            try:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                targets.append(
                    # Four files of a megabyte at the most.
                    RotatingFileHandler(
                        log_file(self.folder),
                        maxBytes=1_000_000,
                        backupCount=3,
                        encoding="utf-8",
                        errors="backslashreplace",
                    )
                )
            except OSError as error:
                logging.getLogger(__name__).warning("no log file: %s", error)
        for target in targets:
            target.setFormatter(_Shown(FORMAT))
        return targets


def start_logging(folder: Path | None, level: str = "info") -> None:
    """Set up both targets. A folder that cannot be written leaves standard error alone."""
    global _writer
    stop_logging()
    logging.raiseExceptions = False  # a full disk must not print a traceback per line
    _writer = _Writer(folder)
    logging.getLogger().handlers[:] = [_writer]
    set_level(level)


def stop_logging() -> None:
    """Write what is left, for a moment at most."""
    global _writer
    if _writer is not None:
        _writer.stop()
        _writer = None


def set_level(level: str) -> None:
    """Dovetail's own level. The protocol library logs whole messages, code and all, up to its errors: nothing
    of it is kept, but for debug, which says that it holds code."""
    # Other packages may only warn.
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("dovetail").setLevel(level.upper())
    logging.getLogger("pygls").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL + 1)

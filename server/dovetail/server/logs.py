"""The log: standard error (never standard output, which is the protocol's) and a rotating file."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LOGGERS = ("dovetail", "pygls")


def log_file(folder: Path) -> Path:
    """Where the log is written."""
    return folder / "dovetail.log"


def start_logging(folder: Path | None, level: str = "info") -> None:
    """Set up both targets. A folder that cannot be written leaves standard error alone."""
    root = logging.getLogger()
    root.handlers[:] = [logging.StreamHandler(sys.stderr)]
    root.handlers[0].setLevel(logging.WARNING)
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            root.addHandler(
                logging.handlers.RotatingFileHandler(
                    log_file(folder), maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
                )
            )
        except OSError as error:
            logging.getLogger(__name__).warning("no log file: %s", error)
    for handler in root.handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
    logging.raiseExceptions = False  # a full disk must not print a traceback per line
    set_level(level)


def set_level(level: str) -> None:
    """Dovetail's own level. The protocol library logs whole messages, code and all: only its warnings are kept,
    but for debug, which says that it holds code."""
    debug = level == "debug"
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("dovetail").setLevel(level.upper())
    logging.getLogger("pygls").setLevel(logging.DEBUG if debug else logging.ERROR)

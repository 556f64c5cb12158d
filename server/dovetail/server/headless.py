"""A session without an editor, for the command line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dovetail.fim import Ask, Flight, Generator
from dovetail.text import Snapshot, TextEdit

from .models.models import WorkspaceModels
from .places import Places
from .session.session import Session
from .settings import Settings

log = logging.getLogger(__name__)


class _Nobody:
    """A client that is not there."""

    def notify(self, method: str, params: Any) -> None:
        pass

    def show_message(self, text: str, *, error: bool = False) -> None:
        pass

    def progress_begin(self, title: str) -> None:
        pass

    def progress_report(self, text: str, percentage: int) -> None:
        pass

    def progress_end(self) -> None:
        pass


class _NoModels:
    """Implements `session.Models` for what reads settings only: nothing is opened, started or asked."""

    def __init__(self, session: Session) -> None:
        pass

    def generators(self, ask: Ask) -> tuple[Generator, ...]:
        return ()

    def delay_ms(self, ask: Ask, generator: Generator) -> float:
        return 0.0

    def landed(self, flight: Flight) -> None:
        pass

    def configure(self, settings: Settings) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def touched(self, path: Path) -> None:
        pass

    def edited(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        pass

    async def restart(self) -> None:
        pass

    def describe(self) -> dict[str, Any]:
        return {}


def root_of(file: Path) -> Path:
    """The folder a file belongs to: the nearest above it with a `.git`, else its own."""
    folder = file.absolute().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def headless_session(
    root: Path, overrides: Mapping[str, Any] | None = None, *, suggests: bool = False
) -> Session:
    """A session over one folder, with the user's and the workspace's settings and then `overrides`.

    One that `suggests` opens its models and endpoints, which takes a running event loop and `Session.close`.
    """
    session = Session(_Nobody(), Places.of_user(), WorkspaceModels if suggests else _NoModels)
    session.folders.add(root)
    session.configure({"statistics": {"enabled": False}, **(overrides or {})})
    return session

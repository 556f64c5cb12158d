"""A session without an editor, for the command line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .client import Nobody
from .models.models import WorkspaceModels
from .places import Places
from .session.generators import Models, NoModels
from .session.session import Session

log = logging.getLogger(__name__)


def root_of(file: Path) -> Path:
    """The folder a file belongs to: the nearest above it with a `.git`, else its own."""
    folder = file.absolute().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def headless_session(
    root: Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    suggests: bool = False,
    places: Places | None = None,
) -> Session:
    """A session over one folder, with the user's and the workspace's settings and then `overrides`.

    One that `suggests` opens its models and endpoints, which takes a running event loop and `Session.close`.
    Whoever opens one does nothing but wait for it, so learning does not step back for others.
    """
    places = places or Places.of_user()

    def models(session: Session) -> Models:
        return WorkspaceModels(session, waits=True) if suggests else NoModels()

    # Not by a setting, which an organisation may have locked.
    session = Session(Nobody(), places, models, counts=False)
    session.folders.add(root)
    session.configure(overrides or {})
    return session

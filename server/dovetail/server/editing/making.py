"""Puts the owner of plans together."""

from __future__ import annotations

from ..client import Client
from ..session.session import Session
from .fixes import FixOffers
from .host import EditHost


def make_host(session: Session, client: Client) -> EditHost:
    """The owner of plans, with what looks after its edits."""
    host = EditHost(session, client)
    host.applied.looks = FixOffers(host)
    return host

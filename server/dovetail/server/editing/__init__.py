"""Edits in the editor: plans, what was applied, the chat, fixes. Loaded with the first of them."""

from ..client import Client
from ..session.session import Session
from .fixes import FixOffers
from .host import EditHost
from .stored import StoredPlan

__all__ = ["EditHost", "StoredPlan", "make_host"]


def make_host(session: Session, client: Client) -> EditHost:
    """The owner of plans, with what looks after its edits."""
    host = EditHost(session, client)
    host.looks = FixOffers(host)
    return host

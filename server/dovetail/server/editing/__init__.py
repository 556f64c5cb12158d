"""Edits between the editor and `dovetail.edits`: open documents in, plans and workspace edits out."""

from .host import EditHost, StoredPlan

__all__ = ["EditHost", "StoredPlan"]

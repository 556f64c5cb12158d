"""Locating: a hunk and the live text become a proof or a refusal."""

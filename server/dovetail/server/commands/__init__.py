"""The command line. Each command has a file of its own and imports what it needs when it runs."""

from ._app import app

__all__ = ["app"]

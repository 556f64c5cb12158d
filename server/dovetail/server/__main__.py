"""`python -m dovetail.server` is the `dovetail` command."""

from .cli import main

main()

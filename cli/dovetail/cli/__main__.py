"""`python -m dovetail.server` is the `dovetail` command."""

from .main import main

main()

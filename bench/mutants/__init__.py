"""Faults planted on purpose, and whether a test notices: `python -m bench.mutants`."""

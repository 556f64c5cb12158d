"""What is measured of edits, and against whom. See bench/README.md for the commands and the figures."""

from ._run import run_bench_edits

__all__ = ["run_bench_edits"]

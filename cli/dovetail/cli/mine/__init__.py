"""`dovetail bench mine`: the user's own history, typed against the built-in model and the endpoints named."""

from .run import Wanted, run_bench_mine

__all__ = ["Wanted", "run_bench_mine"]

"""The built-in model: completes from what this workspace holds, without a network.

Importing this package imports numpy (some 100 ms): a server does so after it has answered `initialize`.
"""

from .learner.learn import Learnt
from .learner.learner import Learner, LearnError
from .model.generator import BuiltinGenerator
from .model.model import BuiltinModel, Proposal, Stats
from .model.ranker import shipped as _ranker
from .model.thresholds import AUTOMATIC, MANUAL
from .replay import replay
from .words.ranker import shipped as _token_ranker

__all__ = [
    "AUTOMATIC",
    "MANUAL",
    "BuiltinGenerator",
    "BuiltinModel",
    "LearnError",
    "Learner",
    "Learnt",
    "Proposal",
    "Stats",
    "replay",
    "warm",
]


def warm() -> None:
    """Read what the model judges with, so that the first question need not. May be called in a thread."""
    _ranker()
    _token_ranker()

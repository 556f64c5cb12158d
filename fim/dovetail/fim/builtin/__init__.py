"""The built-in model: completes from what this workspace holds, asks nobody.

Importing this package imports numpy (some 100 ms): a server does so after it has answered `initialize`.
"""

from .learner.learn import Learnt
from .learner.learner import Learner, LearnError
from .model.gate import AUTOMATIC, MANUAL
from .model.generator import BuiltinGenerator
from .model.model import BuiltinModel, Proposal, Stats
from .replay import replay

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
]

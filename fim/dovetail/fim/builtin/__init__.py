"""The embedded model: completes from what this workspace holds, asks nobody.

Importing this package imports numpy (some 100 ms): a server does so after it has answered `initialize`.
"""

from .gate import AUTOMATIC, MANUAL
from .generator import EmbeddedGenerator
from .learn import Learnt
from .learner import Learner, LearnError
from .model import EmbeddedModel, Proposal, Stats
from .replay import replay

__all__ = [
    "AUTOMATIC",
    "MANUAL",
    "EmbeddedGenerator",
    "EmbeddedModel",
    "LearnError",
    "Learner",
    "Learnt",
    "Proposal",
    "Stats",
    "replay",
]

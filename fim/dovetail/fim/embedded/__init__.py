"""The embedded model: completes from what this workspace holds, asks nobody.

Importing this package imports numpy (some 100 ms): a server does so after it has answered `initialize`.
"""

from ._gate import AUTOMATIC, MANUAL
from ._generator import EmbeddedGenerator
from ._learn import Learnt
from ._learner import Learner, LearnError
from ._model import EmbeddedModel, Proposal, Stats
from ._replay import replay

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

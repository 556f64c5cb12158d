"""The next edit: what follows from edits that were just made, located exactly, checked, and shown as what it is.

    predictor = Predictor()
    for edit in edits_between(uri, before, after):
        predictor.made(edit)
    answer = predictor.propose(texts, here=(uri, line))    # a Proposal, or a Silence with its reason

A proposal follows from a rule with examples: the same rewrite of tokens, the same block, the same insertion (also
beside lines that are only alike, after three), the same argument of a call replaced, a template with its second
instance, an import that lost its last use. A ranker of boosted trees, fitted on recorded
commits, says how likely it is. A model's answer (`Answer`) passes the same refusals, and is located exactly
(`proposals`). Nothing here opens a file or a connection, or knows LSP.
"""

from .answers import Answer, proposals
from .chances import AUTOMATIC, ON_DEMAND
from .changes import edits_between
from .model import Edit, Proposal, Rename, Silence, Text
from .predictor import Predictor
from .ranker import Ranker
from .rules import rules_of
from .settling import Regions, Settling
from .tokens import words_of

__all__ = [
    "AUTOMATIC",
    "ON_DEMAND",
    "Answer",
    "Edit",
    "Predictor",
    "Proposal",
    "Ranker",
    "Regions",
    "Rename",
    "Settling",
    "Silence",
    "Text",
    "edits_between",
    "proposals",
    "rules_of",
    "words_of",
]

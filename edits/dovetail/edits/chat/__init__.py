"""From a request in words to a plan: what the model is shown, what it answers, one retry, one rewrite.

The model is asked through a function that the caller gives, so nothing here opens a connection.
"""

from .exchange import Budget, Exchange, Spent
from .flow import Answerer, make_edit
from .forms import Evidence, Form, Tally, millions_in, suited
from .prompts import FIELDS, Prompt, PromptError, fenced, load_prompt, render
from .request import AROUND, Action, Diagnostic, EditRequest, Region, ShownFile, messages_for
from .stars import in_own_words

__all__ = [
    "AROUND",
    "FIELDS",
    "Action",
    "Answerer",
    "Budget",
    "Diagnostic",
    "EditRequest",
    "Evidence",
    "Exchange",
    "Form",
    "Prompt",
    "PromptError",
    "Region",
    "ShownFile",
    "Spent",
    "Tally",
    "fenced",
    "in_own_words",
    "load_prompt",
    "make_edit",
    "messages_for",
    "millions_in",
    "render",
    "suited",
]

"""What servers say in words, where neither a status nor a code says it: there is no common code for "the prompt is too
long" or "no such model". The same words come with a status, and as a message in a stream that began well.
"""

from __future__ import annotations

import re

_TOO_LONG = re.compile(
    r"exceed_context_size|context[_ ]length|context size|maximum context|max_model_len|too many tokens|"
    r"input tokens|inputs` tokens|prompt is too long|exceeds? the (?:available|maximum)",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"(?:n_ctx\D{1,4}|context length (?:is|of) (?:only )?|max_model_len\D{1,4}|context size \(|"
    r"`max_new_tokens` must be <= )(\d{3,8})"
)
_NO_MODEL = re.compile(
    r"model_not_found|\bmodel\b(?:[^.{}]|\.(?=\w)){0,80}?(?:does not exist|not found|deprecated|retired|no longer)",
    re.IGNORECASE,
)
_NOT_LOADED = re.compile(r"\bmodel is not loaded\b|\bno models? (?:is |are )?loaded\b", re.IGNORECASE)
_BUSY = re.compile(r"\bserver (?:is )?busy\b|maximum pending requests|\bmodel is overloaded\b", re.IGNORECASE)


def too_long(text: str) -> bool:
    """Whether the prompt is said to be longer than the model's context."""
    return _TOO_LONG.search(text) is not None


def limit_in(text: str) -> int | None:
    """The context in tokens, where the text names it."""
    found = _LIMIT.search(text)
    return int(found[1]) if found else None


def overflow(limit: int | None) -> str:
    """What is told of a prompt that is too long, and what to do."""
    return (
        f"the prompt is longer than the model's context{f' of {limit} tokens' if limit else ''}; "
        "set a smaller contextTokens or start the server with a larger context"
    )


def no_model(text: str) -> bool:
    """Whether the model that was named is said not to be there (any more)."""
    return _NO_MODEL.search(text) is not None


def not_loaded(text: str) -> bool:
    """Whether the server is said to have loaded no model, or not this one, and to wait for somebody to load it."""
    return _NOT_LOADED.search(text) is not None


def busy(text: str) -> bool:
    """Whether the server is said to have too much to do."""
    return _BUSY.search(text) is not None

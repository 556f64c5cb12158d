"""From what the engine asks to what an endpoint is sent: within its budget, stable before volatile, no secrets.

The family's template itself is the endpoint's business (`dovetail.endpoints.build_prompt`); here its parts are
cut so that they stay byte-identical from key to key: other files first, the prefix from a fixed grid of lines, the
suffix to one.
"""

from __future__ import annotations

from attrs import define

from dovetail.endpoints import FimRequest, Probe
from dovetail.privacy import Shown, redact

from ..types import GenerationRequest
from .window import CHARS_PER_TOKEN, GRID

TEMPLATE_TOKENS = 48
"""Set aside for the template's control tokens, paths and the like."""
ONE_LINE_TOKENS = 64
MEASURED_SHARE = 0.9
"""Of the characters to a token that were measured: another part of the text may have shorter ones."""
SHORT_SUFFIX = 12
"""Lines behind the cursor where the prefix comes first: the server reads all behind the cursor anew at each key
(measured: share of a prompt unchanged .88 with 64 lines, .95 with 12)."""


@define(frozen=True, slots=True)
class Budget:
    """Characters for each part of a prompt."""

    prefix: int
    suffix: int
    files: int

    @classmethod
    def of(cls, probe: Probe | None, max_tokens: int, text: str = "") -> Budget:
        """What an endpoint takes: of its context half for the prefix, a sixth for the suffix, the rest for other
        files; no more than llama.cpp would leave of it, because what is cut there slides with each key. Without a
        probe nothing is cut beyond the window's own limits. `text` is what is to be cut: wide characters are a token
        each, where no tokenizer was asked."""
        prefix = suffix = files = 1 << 30
        if probe is not None and probe.context_tokens:
            # At least a little, where the answer alone would fill the context.
            room = max(probe.context_tokens - max_tokens - TEMPLATE_TOKENS, 64)
            prefix, suffix = room // 2, room // 6
            files = room - prefix - suffix
        if probe is not None and probe.batch_tokens and probe.format == "llama.cpp":
            # llama.cpp keeps three quarters of a batch for the prefix and one for the suffix, less two
            # tokens, when it cuts by itself.
            prefix = min(prefix, probe.batch_tokens * 3 // 4)
            suffix = min(suffix, probe.batch_tokens // 4 - 2)
            if probe.context_tokens:
                # What llama.cpp leaves for other files of its context: without the batch, and twice the
                # answer.
                files = min(files, max(probe.context_tokens - probe.batch_tokens - 2 * max_tokens, 0))
        per_token = estimated_chars_per_token(text)
        if probe is not None and probe.chars_per_token:
            # Measured with the server's tokenizer, which knows better than any estimate.
            per_token = MEASURED_SHARE * probe.chars_per_token
        return cls(*(int(tokens * per_token) for tokens in (prefix, suffix, files)))


def estimated_chars_per_token(text: str) -> float:
    """Characters to a token in `text`. A character of three bytes in UTF-8 (Chinese, Japanese, Korean) is taken for a
    token, others for a share of one; counted by bytes, since that costs next to nothing."""
    if text.isascii():
        return CHARS_PER_TOKEN
    wide = (len(text.encode("utf-8", "replace")) - len(text)) / 2
    return len(text) / (wide + max(len(text) - wide, 0) / CHARS_PER_TOKEN)


def fim_request(
    request: GenerationRequest,
    probe: Probe | None = None,
    *,
    repo: str = "",
    logprobs: bool = False,
    suffix_first: bool = False,
) -> FimRequest:
    """The question for an endpoint. Unless the suffix comes first in its prompt, it is kept short. On a blank line its
    indentation is left to the model."""
    # Surplus lines go into the cache, so they have to be generated as well.
    one_line = not (request.multiline or request.surplus)
    max_tokens = min(request.max_tokens, ONE_LINE_TOKENS) if one_line else request.max_tokens
    prefix, suffix = request.window.prefix, request.window.suffix
    budget = Budget.of(probe, max_tokens, prefix + suffix)
    prefix = prefix[: len(prefix) - len(own_indentation(request))]
    # With the suffix first, what comes behind it is the prefix, of which only the end changes: it may be
    # long.
    if not suffix_first:
        suffix = suffix[: _end_of_lines(suffix, SHORT_SUFFIX)]
    language = request.snapshot.language
    return FimRequest(
        _from_grid(prefix, budget.prefix),
        _to_grid(suffix, budget.suffix),
        redact(request.path),
        _files(request, budget.files),
        max_tokens,
        single_line=one_line,
        count=request.count,
        repo=redact(repo),
        language=request.snapshot.language_id or (language.ids[0] if language else ""),
        logprobs=logprobs,
    )


def own_indentation(request: GenerationRequest) -> str:
    """The spaces before the cursor on an otherwise blank line: not sent, and taken off the answer (see
    `CandidateStream`)."""
    head = request.window.prefix.rpartition("\n")[2]
    return "" if head.strip(" \t") else head


def _files(request: GenerationRequest, budget: int) -> tuple[tuple[Shown, Shown], ...]:
    kept = []
    for snippet in request.snippets:
        size = len(snippet.path) + len(snippet.text)
        if size <= budget:
            kept.append((redact(snippet.path), snippet.text))
            budget -= size
    return tuple(kept)


def _end_of_lines(text: str, count: int) -> int:
    """Where the first `count` lines of `text` end, their last line end not counted."""
    at = -1
    for _ in range(count):
        at = text.find("\n", at + 1)
        if at < 0:
            return len(text)
    return at


def _from_grid(text: Shown, budget: int) -> Shown:
    """The end of `text`, its start moved by whole steps of the window's grid until it fits."""
    while len(text) > budget:
        at = 0
        for _ in range(GRID):
            at = text.find("\n", at) + 1
            if not at:
                break
        if not at:
            # Fewer lines than a step: move by characters, as rarely.
            step = max(budget // 4, 1)
            return text[-(-(len(text) - budget) // step) * step :]
        text = text[at:]
    return text


def _to_grid(text: Shown, budget: int) -> Shown:
    """The start of `text`, cut behind a line, as far as it fits."""
    if len(text) <= budget:
        return text
    cut = text.rfind("\n", 0, budget)
    return text[: cut + 1] if cut > budget // 2 else text[:budget]

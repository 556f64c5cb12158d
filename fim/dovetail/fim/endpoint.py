"""Endpoints as a generator: what a router streams, as the engine reads it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from attrs import define

from dovetail.endpoints import FAMILIES, Chunk, EndpointError, FimRequest, Probe, Router, Superseded

from .prompt.prompt import fim_request
from .prompt.window import estimate_tokens
from .types import GenerationRequest, GenerationSuperseded, GeneratorError, NothingSure, Piece

_USELESS = frozenset({"no answer", "context overflow", "refused"})
"""Kinds of errors of a server that is well: it is asked again at the next key."""


def _no_repo(uri: str) -> str:
    return ""


def _uncounted(endpoint: str, read: int, written: int, cached: int) -> None: ...


@define(slots=True)
class _Candidate:
    """One candidate on its way."""

    logprob: float | None = 0.0
    """Sum so far; None once a piece came without."""
    ended: bool = False
    given: bool = False
    """Whether any text of it was passed on."""
    unlikely: float | None = None
    """Its chance, where that ended it."""


@define(slots=True, eq=False)
class EndpointGenerator:
    """Implements `Generator` on the user's endpoints, in their order.

    `least_confidence` (0 to 1, 0: off) cuts a candidate before the piece with which the joint probability of its
    tokens falls below it, where the endpoint gives log-probabilities; measured elsewhere, a cut at about 0.7 brings
    the wrong characters shown down to a quarter.
    """

    router: Router
    least_confidence: float = 0.0
    repo_of: Callable[[str], str] = _no_repo
    """The name of the repository that holds the document at a URI, for families that were trained with it."""
    wants_context: bool = True
    on_usage: Callable[[str, int, int, int], None] = _uncounted
    """Told of a request that was answered and is over: the endpoint; tokens read, written, and those read that the
    server knew already. Estimated where the server does not count, or was hung up on before it said so: an answer is
    mostly left as soon as there is enough of it."""

    @property
    def name(self) -> str:
        """The first endpoint's; each piece says which one answered."""
        return self.router.endpoints[0].name if self.router.endpoints else "endpoint"

    @property
    def slots(self) -> int:
        """Requests that may be under way at once."""
        return max((endpoint.config.limit for endpoint in self.router.endpoints[:1]), default=1)

    @property
    def control_tokens(self) -> tuple[str, ...]:
        """What the family of the first endpoint's model is steered with, as far as that is known: other families'
        tokens are ordinary text."""
        known = self.router.endpoints[0].known if self.router.endpoints else None
        family = FAMILIES.get(known.family or "") if known is not None else None
        # A stop with whitespace around it, such as a line end, is ordinary text too, and no control token.
        return tuple(token for token in family.stop if token.strip() == token) if family is not None else ()

    def _suffix_first(self, probe: Probe | None) -> bool:
        """Whether the prompt is known to begin with the suffix."""
        if probe is None or probe.family is None or probe.family not in FAMILIES:
            return False
        family = FAMILIES[probe.family]
        # By the user's setting where the family was trained with both orders; some know no other.
        asked = self.router.endpoints[0].config.order == "suffix first" and family.suffix_first is not None
        return asked or family.suffix_leads

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        """Stream candidates; closing the iterator hangs up.

        Raises:
            GenerationSuperseded: a newer request took its place in the endpoint's queue.
            GeneratorError: no endpoint could answer; its text is the endpoint's own sentence.
        """
        logprobs = self.least_confidence > 0
        repo = self.repo_of(request.snapshot.uri)

        def ask(probe: Probe | None) -> FimRequest:
            """Cut for the endpoint that is about to be asked, as it is known by then."""
            return fim_request(
                request, probe, repo=repo, logprobs=logprobs, suffix_first=self._suffix_first(probe)
            )

        candidates = [_Candidate() for _ in range(max(request.count, 1))]
        last: Chunk | None = None
        name, written = "", 0
        stream = self.router.stream(ask, speculative=request.speculative)
        try:
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    if chunk.prompt_tokens is not None or chunk.completion_tokens is not None:
                        last = chunk
                    name = chunk.endpoint or name
                    written += len(chunk.text)
                    if not 0 <= chunk.candidate < len(candidates):
                        # Servers may send more choices than were asked for.
                        continue
                    piece = self._piece(chunk, candidates[chunk.candidate])
                    if piece is not None:
                        yield piece
                    # Hung up on here: what a server still sends is not waited for, though its usage may be in
                    # it.
                    if all(candidate.ended for candidate in candidates):
                        break
            if unsure := self._unsure(candidates, name):
                raise NothingSure(unsure)
        except Superseded as error:
            raise GenerationSuperseded(str(error)) from None
        except EndpointError as error:
            raise GeneratorError(str(error), useless=error.kind in _USELESS) from None
        finally:
            # Also where the stream was closed early: what was used has to be counted.
            if last is not None:
                self.on_usage(
                    name, last.prompt_tokens or 0, last.completion_tokens or 0, last.cached_tokens or 0
                )
            # Servers that tell no usage: an estimate, three characters a token for what was written.
            elif name:
                shown = [
                    request.window.prefix,
                    request.window.suffix,
                    *(one.text for one in request.snippets),
                ]
                read = sum(estimate_tokens(text) for text in shown)
                self.on_usage(name, read, written // 3 + 1, 0)

    def _unsure(self, candidates: list[_Candidate], name: str) -> str:
        """The sentence where nothing was given because all of it was too unlikely; '' else."""
        if any(one.given or one.unlikely is None for one in candidates):
            return ""
        best = max(one.unlikely or 0.0 for one in candidates)
        return (
            f"{name} answered, with a chance of {best:.0%}, which is under the {self.least_confidence:.0%} of the "
            "setting completion.leastConfidence."
        )

    def _piece(self, chunk: Chunk, candidate: _Candidate) -> Piece | None:
        if candidate.ended:
            return None
        done = chunk.finish is not None
        if chunk.text:
            if chunk.logprob is None or candidate.logprob is None:
                candidate.logprob = None
            else:
                candidate.logprob += chunk.logprob
        # A probability never exceeds 1, whatever a server's rounded numbers add up to.
        confidence = None if candidate.logprob is None else math.exp(min(candidate.logprob, 0.0))
        known = self.least_confidence > 0 and confidence is not None
        if known and chunk.text and confidence is not None and confidence < self.least_confidence:
            candidate.ended, candidate.unlikely = True, confidence
            # The piece that made it unlikely is not shown; what came before stands.
            end = Piece("", chunk.candidate, None, True, chunk.endpoint, chunk.request_id)
            return end if candidate.given else None
        candidate.ended = done
        if not chunk.text and not done:
            return None
        candidate.given = candidate.given or bool(chunk.text)
        shown = confidence if known else None
        bounded = chunk.finish == "length"
        return Piece(chunk.text, chunk.candidate, shown, done, chunk.endpoint, chunk.request_id, bounded)

"""What is at hand for a request before anybody is asked: the cache's answer, a generation that was asked ahead for this
very place, a former answer that what was typed has come back to.
"""

from __future__ import annotations

from collections.abc import Callable

from ..anchor import CursorAnchor
from ..types import Candidate, Suggestion, SuggestionRequest, Trigger
from .cache import Cache
from .finish import Finisher
from .former import FormerAnswers
from .in_flight import InFlightRequest
from .launch import Launcher, stop_rules
from .settings import EngineSettings
from .traffic import Traffic
from .why import Trace


class AtHand:
    """Looks for it; says in the trace what there was."""

    def __init__(
        self,
        settings: Callable[[], EngineSettings],
        cache: Cache,
        former: FormerAnswers,
        traffic: Traffic,
        launcher: Launcher,
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._former = former
        self._traffic = traffic
        self._launcher = launcher

    def asked_ahead(
        self, request: SuggestionRequest, here: CursorAnchor, seed: str, trace: Trace
    ) -> InFlightRequest | None:
        """The in-flight request that was asked ahead for what follows `seed`, as one that answers `request`."""
        found = self._traffic.ahead(here.uri, here.advanced(seed))
        if found is None:
            return None
        running, typed = found
        trace.step("in flight", "joins one asked ahead: a block begins here")
        anchor = CursorAnchor.at(request.snapshot, request.position)
        running.adopt(
            request,
            anchor,
            seed.removesuffix(typed),
            stop_rules(request, self._settings().of(request.snapshot.language_id), multiline=True),
        )
        return running

    def cached(
        self, request: SuggestionRequest, trace: Trace, finish: Finisher, known: tuple[list[Candidate], int]
    ) -> list[Suggestion] | None:
        """What the cache's answer makes; None where a generator should be asked all the same."""
        candidates, typed = known
        detail = f"hit, {typed} character(s) of it typed" if candidates else "known: nothing here"
        trace.step("cache", detail)
        if not candidates and self._cache.reason:
            trace.say(f"{self._cache.reason} So it was a moment ago; asked by hand, it is asked again.")
        # What was decided when it was made holds for what is left of it: no gate, no tree.
        found = finish(candidates, cached=True)
        # Filtered out although known: what stands around has changed, so the answer may be another by now. By
        # the user's own wish there is nothing to ask for.
        if found or not candidates or finish.by_user:
            return found
        return None

    def former(
        self, request: SuggestionRequest, here: CursorAnchor, trace: Trace, finish: Finisher
    ) -> list[Suggestion]:
        """What a former answer has where the one that was shown went wrong, with the endpoint asked anew beside it."""
        if request.trigger is Trigger.MANUAL or not self._settings().speculate:
            return []
        former = self._former.find(here)
        if former is None:
            return []
        found = finish([former], cached=True)
        if not found:
            return []
        # Shown only if the endpoint could be asked as well: a former answer may be wrong here.
        settings = self._settings().of(request.snapshot.language_id)
        if not self._launcher.launch_ahead(request, settings):
            return []
        trace.step("former answer", "what was typed has come back to it; asked anew beside it")
        return found

"""What the user wants: the settings of all places put together, the toggles of this session, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from ..places import Places
from ..settings import (
    ChatSettings,
    ExperimentSettings,
    Gathered,
    LocalSettings,
    Problem,
    Settings,
    gather,
    merge,
)


@define(slots=True, eq=False)
class Preferences:
    """The settings that hold. Later ones win: the machine's file, the user's, the files of the workspace, what the
    client said at the start, what it says now, the toggles of this session; then the organisation's policy."""

    places: Places
    settings: Settings = field(factory=Settings)
    problems: list[Problem] = field(factory=list)
    gathered: Gathered = field(factory=lambda: Gathered(Settings(), []))
    """As they were read, with the policy and the place that each came from."""
    _start: Mapping[str, Any] = field(factory=dict)
    _client: Mapping[str, Any] = field(factory=dict)
    _toggles: dict[str, Any] = field(factory=dict)
    _said: set[str] = field(factory=set)

    def said(self, settings: Mapping[str, Any], *, at_start: bool) -> None:
        """What the client says."""
        if at_start:
            self._start = settings
        else:
            self._client = settings

    def read(self, roots: list[Path], *, trusted: bool) -> None:
        """Read all places again. In an untrusted workspace its own settings do not count, and nothing is sent."""
        said = (self._start, self._client, self._toggles)
        places = self.places
        self.gathered = gather(
            places.config, roots if trusted else [], said, machine=places.machine, managed=places.managed
        )
        self.settings, self.problems = self.gathered.settings, self.gathered.problems
        if not trusted:
            # Done after reading: whichever place named a server, none is left.
            self.settings = evolve(
                self.settings,
                endpoints=(),
                local=LocalSettings(),
                chat=ChatSettings(),
                experiment=ExperimentSettings(),
            )

    def toggle(self, on: bool | None, language: str | None) -> bool:
        """Turn Dovetail, or one language, on or off; None turns it round. To be read afterwards."""
        if language is None:
            # Among the toggles of this session, which go before all files but the policy.
            now = not self.settings.enabled if on is None else on
            self._toggles["enabled"] = now
        else:
            now = not self.settings.completion.languages.get(language, True) if on is None else on
            self._toggles = merge(self._toggles, {"completion": {"languages": {language: now}}})
        return now

    @property
    def withheld(self) -> bool:
        """Whether servers are set that are not asked, because the workspace is not trusted."""
        set_by_user = self.gathered.settings
        return set_by_user is not self.settings and bool(set_by_user.endpoints or set_by_user.local.path)

    def where(self, name: str) -> str:
        """Which setting it is, and where it was set: "setting enabled, from /home/me/dovetail.toml"."""
        if name == "enabled" and "enabled" in self._toggles:
            return "turned off in this session; dovetail.toggle turns it on"
        of, _, key = name.rpartition(".")
        if of == "completion.languages" and key in _languages(self._toggles):
            return "turned off in this session; dovetail.toggle turns it on"
        setting = of if of == "completion.languages" else name
        source = self.gathered.sources.get(name, self.gathered.sources.get(of, ""))
        return f"setting {setting}, from {source}" if source else f"setting {setting}"

    def news(self) -> list[str]:
        """The problems that nobody has been told of; they count as told."""
        new = list(dict.fromkeys(p.text for p in self.problems if p.text not in self._said))
        self._said.update(new)
        return new


def _languages(toggles: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = toggles.get("completion", {}).get("languages", {})
    return found

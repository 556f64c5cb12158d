"""All the places that settings come from, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import define, field

from dovetail.privacy import is_pattern

from ._model import Settings
from ._policy import NO_POLICY, Policy, of_administrator_alone, read_policy, refused
from ._read import Problem, merge, read, read_toml, workspace_part

FILE = "dovetail.toml"
EDITOR = "the editor or the command line"


@define(frozen=True, slots=True)
class Layer:
    """What one place says, under the name that people know it by."""

    source: str
    values: Mapping[str, Any]
    bound: bool = True
    """Whether a policy's locks hold here; those who write policies are not bound."""


@define(frozen=True, slots=True)
class Gathered:
    """The settings that hold, what could not be used, and where each came from."""

    settings: Settings
    problems: list[Problem]
    policy: Policy = NO_POLICY
    sources: Mapping[str, str] = field(factory=dict)
    """The place that set it, by the dotted name of each setting that is not at its default."""


def gather(
    config: Path,
    roots: Iterable[Path],
    said: Iterable[Mapping[str, Any]] = (),
    *,
    machine: Path | None = None,
    managed: Path | None = None,
) -> Gathered:
    """The settings that hold. Later ones win, key by key: the `machine`'s file, the user's file in `config`, the file
    at the top of each workspace folder, what was `said` by the client, and the policy in the `managed` file, which no
    other gets past. What is excluded in one place stays excluded: nobody takes from the list."""
    # From the weakest to the strongest; each of them may name only what it is allowed to.
    policy, problems = read_policy(managed)
    layers = []
    for path in (machine, config / FILE):
        data, wrong = read_toml(path) if path is not None else ({}, [])
        problems += wrong
        values = merge(data)
        if path == machine:
            values, ignored = _not_for_others(values, str(path))
            problems += ignored
        layers.append(Layer(str(path), values, path != machine or _bound(machine, managed)))
    # What comes with a folder is text from anywhere: only harmless settings are taken from it.
    for root in roots:
        data, wrong = read_toml(root / FILE, within=root)
        data, ignored = workspace_part(merge(data), root / FILE)
        problems += wrong + ignored
        layers.append(Layer(str(root / FILE), data))
    layers += [Layer(EDITOR, merge(layer)) for layer in said]
    values, ignored = _not_for_others(policy.settings, str(policy.file))
    problems += ignored
    layers.append(Layer(str(policy.file), values, bound=False))
    # What the policy locks is not taken from bound layers at all: it may be locked at its default, which no layer has.
    merged = merge(*(_unlocked(layer, policy) if layer.bound else layer.values for layer in layers))
    settings, wrong = read(merged)
    problems += wrong
    problems += [problem for layer in layers if layer.bound for problem in _ignored(layer, policy, merged)]
    # Last, on what came out: whichever place named a server, the policy has its say.
    settings, wrong = refused(settings, policy)
    problems += wrong
    # Exclusions are the sum of all layers, whereas every other list is replaced by the last.
    globs = [glob for layer in layers for glob in _globs(layer.values)]
    # One wrong pattern must not open the files that the others close.
    good, bad = _checked(dict.fromkeys(globs))
    # As patterns among the rest, so that one list decides what may be read.
    repositories = [f"repository:{pattern}" for pattern in policy.repositories]
    completion = attrs.evolve(settings.completion, exclude=(*good, *repositories))
    settings = attrs.evolve(settings, completion=completion)
    return Gathered(settings, problems + bad, policy, _sources(layers, policy))


def _bound(machine: Path | None, managed: Path | None) -> bool:
    """Whether the policy binds the machine's file. It does not where the administrator who writes policies wrote it:
    beside the policy's place, which no variable moves, while `DOVETAIL_CONFIG` names any file."""
    if machine is None or managed is None or machine.parent != managed.parent:
        return True
    return not of_administrator_alone(machine)


def _not_for_others(values: Mapping[str, Any], source: str) -> tuple[dict[str, Any], list[Problem]]:
    """What an organisation says without what each person alone can say: that statistics leave the machine."""
    statistics = values.get("statistics")
    if not isinstance(statistics, Mapping) or "share" not in statistics:
        return dict(values), []
    kept = {key: value for key, value in statistics.items() if key != "share"}
    text = f"statistics.share from {source} was ignored: each person alone can set it. A policy can only lock it."
    return {**values, "statistics": kept}, [Problem("statistics.share", text)]


def _unlocked(layer: Layer, policy: Policy) -> dict[str, Any]:
    """What the layer says of settings that are not locked."""

    def of(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in values.items():
            name = f"{prefix}{key}"
            if policy.locks(name):
                continue
            # A table of which some settings are locked: the others in it pass.
            if any(lock.startswith(f"{name}.") for lock in policy.locked):
                if isinstance(value, Mapping):  # anything else would take the place of what is locked in it
                    kept[key] = of(value, f"{name}.")
            else:
                kept[key] = value
        return kept

    return of(layer.values, "")


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _ignored(layer: Layer, policy: Policy, merged: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each setting that the layer would have otherwise, had it not been locked."""
    for name, value in _leaves(layer.values):
        # Adding to what is excluded is always taken, locked or not; and what agrees with the policy is no
        # news.
        if policy.locks(name) and name != "completion.exclude" and value != _at(merged, name):
            text = f"{name} from {layer.source} was ignored: the policy in {policy.file} locks it."
            yield Problem(name, text)


def _at(values: Mapping[str, Any], name: str) -> Any:
    found: Any = values
    for key in name.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _sources(layers: Iterable[Layer], policy: Policy) -> dict[str, str]:
    """Which place has the last word about each setting. The list of what is excluded has several."""
    found: dict[str, list[str]] = {}
    for layer in layers:
        for name, _ in _leaves(_unlocked(layer, policy) if layer.bound else layer.values):
            found[name] = (
                [*found.get(name, ()), layer.source] if name == "completion.exclude" else [layer.source]
            )
    return {name: ", ".join(dict.fromkeys(places)) for name, places in found.items()}


def _globs(layer: Mapping[str, Any]) -> list[str]:
    completion = layer.get("completion")
    globs = completion.get("exclude") if isinstance(completion, Mapping) else None
    return [glob for glob in globs if isinstance(glob, str)] if isinstance(globs, list | tuple) else []


def _checked(globs: Iterable[str]) -> tuple[tuple[str, ...], list[Problem]]:
    good, bad = [], []
    for glob in globs:
        if is_pattern(glob):
            good.append(glob)
        else:
            name = "completion.exclude"
            bad.append(Problem(name, f"{name}: {glob!r} is not a pattern as in .gitignore; the others hold."))
    return tuple(good), bad

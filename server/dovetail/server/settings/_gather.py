"""All the places that settings come from, put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from dovetail.privacy import is_pattern

from ._model import Settings
from ._read import Problem, merge, read, read_toml, workspace_part

FILE = "dovetail.toml"


def gather(
    config: Path, roots: Iterable[Path], said: Iterable[Mapping[str, Any]] = ()
) -> tuple[Settings, list[Problem]]:
    """The settings that hold. Later ones win, key by key: the user's file in `config`, the file at the top of
    each workspace folder, then what was `said` by the client. What is excluded in one place stays excluded: a
    workspace can add to the list, never take from it."""
    user, problems = read_toml(config / FILE)
    layers: list[Mapping[str, Any]] = [merge(user)]
    excluded = [*_globs(layers[0])]
    for root in roots:
        data, wrong = read_toml(root / FILE, within=root)
        data, ignored = workspace_part(merge(data), root / FILE)
        problems += wrong + ignored
        excluded += _globs(data)
        layers.append(data)
    for layer in said:
        layers.append(merge(layer))
        excluded += _globs(layers[-1])
    settings, wrong = read(merge(*layers))
    problems += wrong
    good, bad = _checked(dict.fromkeys([*settings.completion.exclude, *excluded]))
    completion = attrs.evolve(settings.completion, exclude=good)
    return attrs.evolve(settings, completion=completion), problems + bad


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

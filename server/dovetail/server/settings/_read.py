"""Reading settings from what a client or a file says: what is right is used, what is wrong is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import attrs

from ._model import Settings

CLIENT_KEYS = frozenset({"client", "token", "trace", "$schema"})
"""Keys that clients put beside the settings."""
HUGE = 1e15
"""No setting is a number that large; beyond it are infinity, and numbers that no float can hold."""
MAX_FILE = 256 * 1024
"""Bytes of a settings file."""
DEEPEST = 20
MOST_PROBLEMS = 50
"""Problems that are named one by one."""


_MAY_HOLD_A_KEY = ("key", "header", "extra", "secret", "url", "path")
"""Parts of names of settings in which somebody may have written a key, also in the wrong form."""
_LONGEST_NAME = 80


def _line(text: str) -> str:
    # A clone's file chooses its names and values: none of them starts a line of its own, in the voice of ours.
    from dovetail.privacy import printable, redact

    return printable(redact(text), one_line=True)


@attrs.define(frozen=True, slots=True)
class Problem:
    """A setting that could not be used. `text` names it, says what is allowed, and what holds instead: in one line,
    without keys."""

    name: str
    text: str = attrs.field(converter=_line)


def camel(name: str) -> str:
    """`max_lines` -> `maxLines`, as settings are written outside."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def read(data: object) -> tuple[Settings, list[Problem]]:
    """Settings from nested plain values (JSON or TOML). Never raises: what is wrong keeps its default."""
    problems: list[Problem] = []
    value = _structure(Settings, data if data is not None else {}, "", problems)
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        # A file that is not ours at all (a whole tree of other settings) must not fill the screen.
        problems[MOST_PROBLEMS:] = [Problem("", f"{more} more settings could not be used.")]
    return value if isinstance(value, Settings) else Settings(), problems


T = TypeVar("T")


def read_table(cls: type[T], data: object, prefix: str) -> tuple[T, list[Problem]]:
    """One table of settings, an attrs class of `setting`s, from plain values. Never raises."""
    problems: list[Problem] = []
    return _structure(cls, data, prefix, problems), problems


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Later layers win, key by key; lists are replaced whole. Keys may be dotted, as VS Code sends them."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            target = result
            *path, last = key.split(".") if isinstance(key, str) else [key]
            for part in path:
                inner = target.get(part)
                # A copy: layers belong to whoever made them.
                target[part] = inner = dict(inner) if isinstance(inner, Mapping) else {}
                target = inner
            before = target.get(last)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            target[last] = merge(before, value) if both else value  # type: ignore[arg-type]
    return result


def read_toml(path: Path, within: Path | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """A settings file; {} where there is none. A file that cannot be read, that is no regular file or too large, or
    that leads out of the folder `within`, is one problem."""
    from dovetail.privacy import NoFile, ReadRefused, read_careful_text

    try:
        text = read_careful_text(path, MAX_FILE, within=within).text
    except NoFile:
        return {}, []
    except ReadRefused as error:
        return {}, [Problem(str(path), f"{path} was not used: {error}")]
    import tomllib

    try:
        data = tomllib.loads(text)
        if _too_deep(data):
            # The same error as the parser's where it meets its own limit.
            raise RecursionError
        return data, []
    except (ValueError, RecursionError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return {}, [Problem(str(path), f"{path} was not used: {what}.")]


def _too_deep(data: object) -> bool:
    """Whether tables lie more than `DEEPEST` in one another: no setting does, and what reads them recurses."""
    level = [data]
    for _ in range(DEEPEST):
        level = [
            v for one in level for v in (one.values() if isinstance(one, dict) else ()) if isinstance(v, dict)
        ]
        if not level:
            return False
    return True


def workspace_part(data: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """What a file inside the workspace may set, and a problem for each thing that it may not."""
    problems: list[Problem] = []
    return _without_user_scope(Settings, data, "", problems, path), problems


def _without_user_scope(
    cls: type, data: Mapping[str, Any], prefix: str, problems: list[Problem], path: Path
) -> dict[str, Any]:
    known = {camel(field.name): field for field in attrs.fields(cls)}
    types = get_type_hints(cls)
    kept: dict[str, Any] = {}
    for key, value in data.items():
        field = known.get(key)
        if field is not None and field.metadata.get("scope") == "user":
            name = prefix + key
            problems.append(
                Problem(
                    name,
                    f"{name} in {path} was ignored: a workspace cannot set it. Endpoints, keys and what is "
                    "recorded are set by the user alone.",
                )
            )
        # Off is harmless; on would override a user who turned it off.
        elif not prefix and key == "enabled" and value is not False:
            problems.append(
                Problem(key, f"{key} in {path} was ignored: a workspace can only turn Dovetail off.")
            )
        elif field is not None and attrs.has(types[field.name]) and isinstance(value, Mapping):
            kept[key] = _without_user_scope(types[field.name], value, f"{prefix}{key}.", problems, path)
        else:
            # Unknown names and values of the wrong kind pass here; `read` names them later, with those of all
            # other places.
            kept[key] = value
    return kept


def _structure(cls: type, data: object, prefix: str, problems: list[Problem]) -> Any:
    if not isinstance(data, Mapping):
        name = prefix.rstrip(".") or "the settings"
        problems.append(Problem(name, f"{name} must be an object, not {_said(data)}. Using the defaults."))
        return cls()
    known = {camel(field.name): field for field in attrs.fields(cls)}
    types = get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = prefix + (str(key) if len(str(key)) <= _LONGEST_NAME else f"{str(key)[:_LONGEST_NAME]}…")
        # Named with what was probably meant: a setting with a typing error does nothing, and nobody notices.
        if key not in known:
            if not prefix and key in CLIENT_KEYS:
                continue
            if len(problems) >= MOST_PROBLEMS:  # to look for what was meant takes its time
                problems.append(Problem(name, f"{name} is not a setting."))
                continue
            import difflib

            close = difflib.get_close_matches(str(key), known, 1)
            hint = (
                f"did you mean {prefix}{close[0]}?" if close else f"known here: {', '.join(sorted(known))}."
            )
            problems.append(Problem(name, f"{name} is not a setting; {hint}"))
            continue
        # `null` is how some clients send a setting that is not set.
        if value is None:
            continue
        field = known[key]
        try:
            values[field.name] = _value(types[field.name], value, name, field.metadata, problems)
        except ValueError as error:
            default = getattr(cls(), field.name)
            # A key is never repeated, in whatever form it was written.
            may_be_key = isinstance(value, str) and any(one in key.lower() for one in _MAY_HOLD_A_KEY)
            said = "a string" if may_be_key else _said(value)
            problems.append(
                Problem(name, f"{name} must be {error}, not {said}. Using the default, {_said(default)}.")
            )
    return cls(**values)


def _value(kind: Any, value: object, name: str, metadata: Mapping[str, Any], problems: list[Problem]) -> Any:
    # The errors raised here are what was expected, in words: the caller makes the sentence around them.
    origin, arguments = get_origin(kind), get_args(kind)
    # A table within a table reports its own problems, by its full name.
    if attrs.has(kind):
        return _structure(kind, value, f"{name}.", problems)
    if origin is Literal:
        if isinstance(value, str) and value in arguments:
            return value
        raise ValueError("one of " + ", ".join(arguments))
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError("a list")
        inner = arguments[0]
        if attrs.has(inner):
            # Each item by itself, so that one bad endpoint does not cost the others.
            return tuple(_structure(inner, item, f"{name}[{i}].", problems) for i, item in enumerate(value))
        if not all(isinstance(item, inner) for item in value):
            raise ValueError("a list of strings")
        return tuple(value)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ValueError("an object")
        if arguments[1] is bool and not all(isinstance(v, bool) for v in value.values()):
            raise ValueError("an object of true and false")
        return dict(value)
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value
    if kind in (int, float):
        if (
            # `true` is an int in Python, and 1.0 is a whole number in JSON; infinities of TOML are neither.
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not -HUGE < value < HUGE
            or (kind is int and value != int(value))
        ):
            raise ValueError("a whole number" if kind is int else "a number")
        low, high = metadata.get("minimum"), metadata.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(f"a number from {low:g}" + (f" to {high:g}" if high is not None else " up"))
        return kind(value)
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def _said(value: object) -> str:
    if isinstance(value, bool | NoneType):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple | Mapping):
        what = "object" if isinstance(value, Mapping) else "list"
        return f"an empty {what}" if not value else "an object" if what == "object" else "a list"
    try:
        text = repr(value) if isinstance(value, str | int | float) else type(value).__name__
    except ValueError:  # Python writes no number of more than 4,300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."

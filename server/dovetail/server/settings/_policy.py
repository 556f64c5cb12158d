"""What an organisation allows: `managed.toml`, which an administrator alone can write, and which wins over all.

A policy that cannot be read, or that says something we do not understand, lets nothing leave: what it was meant to
forbid is not known.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import define, field

from dovetail.privacy import is_pattern

from ..version import VERSION
from ._field import setting
from ._read import Problem, merge, read_table, read_toml

if TYPE_CHECKING:
    from dovetail.endpoints import Reach

_VERSION = re.compile(r"\d+(?:\.\d+)*")


@define(frozen=True, slots=True)
class PolicySettings:
    """The table `[policy]` of managed.toml."""

    endpoints: tuple[str, ...] = setting(
        lambda: ("*://*:*",),
        'The only servers that may be asked, such as "https://*.corp.example" or "http://127.0.0.1:*"; an empty list '
        "allows none.",
    )
    denied_endpoints: tuple[str, ...] = setting(
        tuple, "Servers that may not be asked, also if they are allowed above."
    )
    locked: tuple[str, ...] = setting(
        tuple,
        'Settings that users, editors and workspaces cannot change, such as "endpoints" or "completion.mode"; a name '
        "takes all below it. What managed.toml itself sets is locked anyway.",
    )
    minimum_version: str = setting("", "Older versions of Dovetail use no server.")
    exclude_repositories: tuple[str, ...] = setting(
        tuple,
        "Repositories whose files get no suggestions and are read into nothing, by the address of a remote: "
        '"github.com/corp/secret-*", "git.corp.example/hr".',
    )


@define(frozen=True, slots=True)
class Policy:
    """What holds on this machine, whatever its users say."""

    file: Path | None = None
    """Where it is written; None where there is none."""
    settings: Mapping[str, Any] = field(factory=dict)
    """Settings that win over all others."""
    reach: Reach | None = None
    locked: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    closed: str = ""
    """Why nothing may leave this machine, as a sentence; '' if servers may be used."""

    def refuses(self, url: str) -> str:
        """Why the server may not be asked, as a sentence that names the file; '' if it may."""
        if self.closed:
            return self.closed
        why = self.reach.refuses(url) if self.reach is not None else ""
        return f"{why} by the policy in {self.file}." if why else ""

    def locks(self, name: str) -> bool:
        """Whether the setting (by its dotted name), or one that holds it, is locked."""
        return any(name == lock or name.startswith(f"{lock}.") for lock in self.locked)


NO_POLICY = Policy()


def read_policy(path: Path | None) -> tuple[Policy, list[Problem]]:
    """The policy in the file at `path`. A file that anyone but an administrator could have made is not one."""
    if path is None:
        return NO_POLICY, []
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return NO_POLICY, []
    except OSError:  # a folder that we may not look into: whether it holds a policy is not known
        return _closed(path, ["its folder cannot be read"])
    # Ignored rather than obeyed: anybody could have put it there.
    if not _of_administrator(path):
        return NO_POLICY, [Problem(str(path), f"{path} is not used: it does not belong to an administrator.")]
    try:
        others = _writable_by_others(path)
    except OSError:
        return _closed(path, ["it is a link that leads nowhere"])
    if others:
        return _closed(path, [f"others than an administrator can write {others}"])
    # Unreadable is not empty: an empty file forbids nothing.
    data, problems = read_toml(path)
    if problems or (not data and not os.access(path, os.R_OK)):
        prefix = f"{path} was not used: "
        return _closed(path, [problem.text.removeprefix(prefix).rstrip(".") for problem in problems])
    return _understood(path, merge(data))


def _understood(path: Path, data: dict[str, Any]) -> tuple[Policy, list[Problem]]:
    from dovetail.endpoints import Reach

    table, problems = read_table(PolicySettings, data.pop("policy", {}), "policy.")
    wrong = [problem.text.rstrip(".") for problem in problems]
    reach = None
    try:
        reach = Reach.of(table.endpoints, table.denied_endpoints)
    except ValueError as error:
        wrong.append(str(error))
    # Judged before it is compared: a version that cannot be read would let everything through.
    if table.minimum_version and not _VERSION.fullmatch(table.minimum_version):
        wrong.append(f"policy.minimumVersion {table.minimum_version!r} is no version such as 1.2")
    wrong += [
        f"policy.excludeRepositories: {one!r} is no address such as github.com/corp/secret-*"
        for one in table.exclude_repositories
        if not is_pattern(f"repository:{one}")
    ]
    # Understood in part is not understood: the part that was not may be the one that forbids.
    if wrong:
        return _closed(path, wrong)
    closed = ""
    if _older(VERSION, table.minimum_version):
        closed = (
            f"No server is used: {path} asks for Dovetail {table.minimum_version} or later, and this is {VERSION}. "
            "Update Dovetail."
        )
    # What it sets is locked too, or each user could set it back.
    locked = (*table.locked, *_leaves(data))
    policy = Policy(path, data, reach, locked, table.exclude_repositories, closed)
    return policy, [Problem(str(path), closed)] if closed else []


def _closed(path: Path, why: list[str]) -> tuple[Policy, list[Problem]]:
    what = "; ".join(why) or "it cannot be read"
    text = (
        f"No server is used: the policy in {path} does not hold as it is ({what}). Tell your administrator."
    )
    return Policy(path, closed=text), [Problem(str(path), text)]


def _leaves(data: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The dotted names of all that is set. Lists of patterns to exclude only ever grow, so they are not locked."""
    names: list[str] = []
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            names += _leaves(value, f"{name}.")
        elif name != "completion.exclude":
            names.append(name)
    return names


def _older(version: str, least: str) -> bool:
    def numbers(text: str) -> list[int]:
        found = _VERSION.match(text)
        parts = [int(part) for part in found[0].split(".")] if found else []
        while parts and parts[-1] == 0:
            # 1.2.0 is 1.2.
            parts.pop()
        return parts

    return bool(least) and numbers(version) < numbers(least)


def _of_administrator(path: Path) -> bool:
    if sys.platform == "win32":
        return True  # asked by `_writable_by_others`: an owner can always write
    else:
        return os.lstat(path).st_uid == 0


def _writable_by_others(path: Path) -> str:
    """The file, or the folder above it, that others than an administrator can write; '' if none."""
    if sys.platform == "win32":
        import ctypes

        if ctypes.windll.shell32.IsUserAnAdmin():
            return ""  # who asks is one, and can write everything
        try:
            with path.open("r+b"):
                return str(path)
        except OSError:
            return ""
    else:
        # Whoever can write a folder above can put another file in this one's place: another of root's, too.
        for at in _on_the_way(path):
            found = os.lstat(at)
            # In a sticky folder (/tmp) only its owner can replace a file. The mode of a link says nothing.
            sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            open_to_others = found.st_mode & 0o022 and not sticky and not stat.S_ISLNK(found.st_mode)
            if found.st_uid != 0 or open_to_others:
                return str(at)
        return ""


LINKS = 40
"""As many as Linux follows on the way to one file."""


def _on_the_way(path: Path) -> Iterator[Path]:
    """Every folder, link and file that is passed when `path` is opened, each by a path without links above it.

    Raises:
        OSError: it leads nowhere.
    """
    at, links = Path(path.anchor), 0
    todo = list(reversed(path.parts[1:]))
    yield at
    while todo:
        name = todo.pop()
        at = at.parent if name == ".." else at / name
        yield at
        if at.is_symlink():
            links += 1
            if links > LINKS:
                raise OSError(f"too many links on the way to {path}")
            target = at.readlink()
            at = Path(target.anchor) if target.is_absolute() else at.parent
            todo += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def of_administrator_alone(path: Path) -> bool:
    """Whether nobody but an administrator can have written the file at `path`."""
    try:
        return _of_administrator(path) and not _writable_by_others(path)
    except OSError:
        return False


def _refused_at(settings: Any, url: str, policy: Policy) -> str:
    """Why the server may not be asked; a header Host names another at the same address, which must be allowed too."""
    hosts = [
        value
        for name, value in (getattr(settings, "headers", None) or {}).items()
        if str(name).lower() in ("host", ":authority")
    ]
    scheme, _, rest = url.partition("://")
    path = rest[len(rest.partition("/")[0]) :]
    return next(filter(None, map(policy.refuses, [url, *(f"{scheme}://{host}{path}" for host in hosts)])), "")


def refused(settings: Any, policy: Policy, prefix: str = "") -> tuple[Any, list[Problem]]:
    """The settings without each server that the policy refuses, wherever a `url` is set, with a problem for each."""
    problems: list[Problem] = []
    changes: dict[str, Any] = {}
    for one in attrs.fields(type(settings)):
        value, name = getattr(settings, one.name), f"{prefix}{one.name}"
        # The whole table is dropped, not only its address: the rest of it belongs to that server.
        why = _refused_at(settings, value, policy) if one.name == "url" and value else ""
        if why:
            where = prefix.rstrip(".")
            return type(settings)(), [Problem(where, f"{where} is not used: {why}")]
        if attrs.has(type(value)):
            changes[one.name], wrong = refused(value, policy, f"{name}.")
            problems += wrong
        elif isinstance(value, tuple) and value and attrs.has(type(value[0])):
            kept = []
            # Of a list only those that are refused: the others are allowed.
            for index, item in enumerate(value):
                good, wrong = refused(item, policy, f"{name}[{index}].")
                problems += wrong
                if not wrong:
                    kept.append(good)
            changes[one.name] = tuple(kept)
    return attrs.evolve(settings, **changes), problems

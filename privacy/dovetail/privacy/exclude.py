"""What is never read into a prompt, an index or the embedded model: ignored files, secret files, secrets.

Three questions, each answered with a reason that a person can read: may this file be looked at
(`Exclusions`), does this text hold keys (`find_secrets`), and what is left of it without them (`redact`).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pathspec
from attrs import define, field

_SECRET_PATTERNS = """
.env
.env.*
*.env
!.env.example
!.env.sample
!.env.template
.envrc
*.pem
*.key
*.p12
*.pfx
*.jks
*.keystore
*.kdbx
*.ppk
*.asc
*.gpg
id_rsa*
id_dsa*
id_ecdsa*
id_ed25519*
!*.pub
.netrc
_netrc
.pgpass
.htpasswd
.npmrc
.pypirc
.git-credentials
.aws/
.ssh/
.gnupg/
.kube/config
.docker/config.json
credentials
credentials.json
secrets.json
secrets.y*ml
service-account*.json
*.tfstate
*.tfstate.*
*.tfvars
"""
_SECRET_NAMES = pathspec.GitIgnoreSpec.from_lines(_SECRET_PATTERNS.split())
_HISTORY_FOLDERS = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
_FOLD_CASE = os.name == "nt"


@define(frozen=True, slots=True)
class Verdict:
    """Whether a file may be looked at; if not, why, in words for the log."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


@define(slots=True)
class _Rules:
    stamp: tuple[int, int] | None
    spec: pathspec.GitIgnoreSpec | None


def _real(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


def _patterns(globs: Iterable[str]) -> tuple[str, ...]:
    return tuple(globs)


@define(slots=True)
class Exclusions:
    """The exclusion rules of one workspace folder.

    Ignore files follow git: `.gitignore` in every folder from the repository's top down to the file, the
    deeper one having the last word, then `.git/info/exclude`; what lies in an ignored folder stays ignored.
    Rule files are read again when they change on disk.
    """

    root: Path = field(converter=_real)
    extra_globs: tuple[str, ...] = field(default=(), converter=_patterns)
    """More patterns in the syntax of `.gitignore`, from the settings. They cannot be negated by a file."""
    _top: Path = field(init=False)
    _extra: pathspec.GitIgnoreSpec = field(init=False)
    _rules: dict[Path, _Rules] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._extra = pathspec.GitIgnoreSpec.from_lines(self.extra_globs)
        self._top = self.root
        for folder in (self.root, *self.root.parents):
            if (folder / ".git").exists():
                self._top = folder
                break

    def allows(self, path: str | os.PathLike[str], *, folder: bool = False) -> Verdict:
        """Whether the file (or folder) at `path`, absolute or relative to the root, may be looked at.

        Links are followed first: what lies outside the root in truth is refused. The file need not exist.
        """
        named = self.root / path
        real = Path(os.path.realpath(named))
        try:
            relative = real.relative_to(self.root)
            shown = Path(os.path.abspath(named)).relative_to(self.root)
        except ValueError:
            # The root itself may be reached by a link: then only the real path tells.
            if not real.is_relative_to(self.root):
                return Verdict(False, "outside the workspace folder")
            shown = relative = real.relative_to(self.root)
        for each in {relative, shown}:
            verdict = self._judge(PurePosixPath(each.as_posix()), folder)
            if not verdict:
                return verdict
        return ALLOWED

    def _judge(self, relative: PurePosixPath, folder: bool) -> Verdict:
        if not relative.parts:
            return ALLOWED
        if not _HISTORY_FOLDERS.isdisjoint(relative.parts):
            return Verdict(False, "inside a version control folder")
        text = str(relative) + ("/" if folder else "")
        if _SECRET_NAMES.match_file(text.lower()):
            return Verdict(False, "named like a file of secrets")
        if self._extra.match_file(text.lower() if _FOLD_CASE else text):
            return Verdict(False, "excluded by the settings")
        below_top = PurePosixPath(self.root.relative_to(self._top).as_posix()) / relative
        parts = below_top.parts
        for depth in range(1, len(parts) + 1):
            last = depth == len(parts)
            rule = self._ignored(parts[:depth], folder or not last)
            if rule:
                return Verdict(False, rule)
        return ALLOWED

    def _ignored(self, parts: tuple[str, ...], folder: bool) -> str:
        """The rule file that ignores the path `parts` below the top, or ''."""
        for depth in range(len(parts) - 1, -1, -1):
            base = self._top.joinpath(*parts[:depth])
            spec = self._spec(base / ".gitignore")
            if spec is not None:
                answer = spec.check_file("/".join(parts[depth:]) + ("/" if folder else "")).include
                if answer is not None:
                    return f"ignored by {'/'.join((*parts[:depth], '.gitignore'))}" if answer else ""
        spec = self._spec(self._top / ".git" / "info" / "exclude")
        if spec is not None and spec.check_file("/".join(parts) + ("/" if folder else "")).include:
            return "ignored by .git/info/exclude"
        return ""

    def _spec(self, path: Path) -> pathspec.GitIgnoreSpec | None:
        try:
            stat = path.stat()
            stamp: tuple[int, int] | None = (stat.st_mtime_ns, stat.st_size)
        except (OSError, ValueError):
            stamp = None
        known = self._rules.get(path)
        if known is None or known.stamp != stamp:
            known = self._rules[path] = _Rules(stamp, _read_spec(path) if stamp else None)
        return known.spec


def _read_spec(path: Path) -> pathspec.GitIgnoreSpec | None:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    good = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except ValueError:  # one broken pattern must not undo the others
            continue
        good.append(line)
    return pathspec.GitIgnoreSpec.from_lines(good) if good else None


@define(frozen=True, slots=True)
class Secret:
    """A key found in a text: code points `start` to `end`, and what kind of key it looks like."""

    start: int
    end: int
    kind: str


_PATTERNS: tuple[tuple[str, re.Pattern[str], int], ...] = tuple(
    (kind, re.compile(pattern), group)
    for kind, pattern, group in (
        (
            "private key",
            r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?"
            r"(?:-----END (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            0,
        ),
        ("AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", 0),
        ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})", 0),
        ("GitLab token", r"\bglpat-[A-Za-z0-9_\-]{20,}", 0),
        ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}", 0),
        ("Google key", r"\bAIza[0-9A-Za-z_\-]{35}", 0),
        ("Stripe key", r"\b[rs]k_live_[0-9A-Za-z]{16,}", 0),
        ("API key", r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_\-]{20,}", 0),
        ("npm token", r"\bnpm_[A-Za-z0-9]{30,}", 0),
        ("PyPI token", r"\bpypi-[A-Za-z0-9_\-]{30,}", 0),
        ("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}", 0),
        ("web token", r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}", 0),
        ("password in a URL", r"\b[a-z][a-z0-9+.\-]*://[^\s/:@'\"<>{}$]+:([^\s/@'\"<>{}$]{6,})@", 1),
    )
)
_ASSIGNED = re.compile(
    r"(?i)\b[\w.\-]*(?:passw(?:or)?d|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|auth[_\-]?key)[\w\-]*"
    r"[\"']?\s*(?:=|:|=>|:=)\s*[\"']([^\"'\s]{16,512})[\"']"
)
_MARKS = ("-----BEGIN", "AKIA", "ASIA", "_", "-", "AIza", "eyJ", "://")


def find_secrets(text: str) -> list[Secret]:
    """The keys in `text`, by known shapes and by high-entropy values assigned to telling names, in order."""
    found = []
    if any(mark in text for mark in _MARKS):
        for kind, pattern, group in _PATTERNS:
            found += [Secret(*match.span(group), kind) for match in pattern.finditer(text)]
    for match in _ASSIGNED.finditer(text):
        if _random_looking(match[1]):
            found.append(Secret(*match.span(1), "assigned secret"))
    return list(_disjoint(sorted(found, key=lambda secret: (secret.start, -secret.end))))


def redact(text: str) -> str:
    """`text` with every found secret overwritten by `*`. Length and line ends stay, so positions hold."""
    secrets = find_secrets(text)
    if not secrets:
        return text
    parts, done = [], 0
    for secret in secrets:
        parts.append(text[done : secret.start])
        parts.append(re.sub(r"[^\r\n]", "*", text[secret.start : secret.end]))
        done = secret.end
    return "".join([*parts, text[done:]])


def _random_looking(value: str) -> bool:
    """Keys mix letters and digits and use many different characters; names and sentences do not."""
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    counts = [value.count(character) for character in set(value)]
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts) >= 3.3


def _disjoint(secrets: Iterable[Secret]) -> Iterator[Secret]:
    end = 0
    for secret in secrets:
        if secret.start >= end:
            yield secret
        elif secret.end > end:
            yield Secret(end, secret.end, secret.kind)
        end = max(end, secret.end)

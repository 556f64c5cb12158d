"""Where the packages lie that a workspace imports: what is installed is learnt below what is written here.

Looked for, never asked for: nothing is run and nothing is downloaded. Python's from the `site-packages` of the
workspace's own environment (or the active one), TypeScript's declarations from `node_modules`, Go's from the module
cache, Rust's from Cargo's registry.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define

from dovetail.privacy import Exclusions, ReadRefused, read_careful_text
from dovetail.text import language_of_path

from ...types import INSTALLED
from .walk import SourceFile

LIMIT = 32 << 20
"""Bytes of installed source that are read at most."""
_A_PACKAGE = 6 << 20
_A_FILE = 1 << 20
# Files of the workspace whose imports are read, and characters of each: imports stand at the top.
_READ = 2_000
_HEAD = 16_000
_MOST_PACKAGES = 64
_ENVIRONMENTS = (".venv", "venv", "env")
_NOT_FOR_USE_NAMES = """
    test tests testing _vendor vendor __pycache__ testdata examples node_modules internal benches
"""
_NOT_FOR_USE = frozenset(_NOT_FOR_USE_NAMES.split())
_IMPORTS = {
    "python": re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.M),
    "typescript": re.compile(r"(?:from|import|require\()[ \t(]*['\"]([@\w][\w@./\-]*)['\"]"),
    "go": re.compile(r"^(?:import)?[ \t]+(?:\w+[ \t]+)?\"([\w\-]+\.[\w.\-/]+)\"", re.M),
    "rust": re.compile(r"^[ \t]*(?:pub[ \t]+)?use[ \t]+([a-z_]\w*)(?:::|;)", re.M),
}
_GIVEN_ON = re.compile(r"^from \.(_\w+) import ", re.M)
_LIKE = {"javascript": "typescript", "tsx": "typescript"}


@define(frozen=True, slots=True)
class Package:
    """A package as it lies on the disk."""

    language: str
    name: str
    folder: Path
    """It, or the folder of its one file."""
    file: Path | None = None
    """Its one file, where it has no folder of its own."""


def imported(files: Sequence[SourceFile], near: Path | None) -> list[tuple[str, str]]:
    """What these files import, as (language, name): what the file `near` imports first, then what most do."""
    found: Counter[tuple[str, str]] = Counter()
    for source in files[:_READ]:
        language = language_of_path(source.path.name)
        kind = _LIKE.get(language.name, language.name) if language is not None else ""
        if kind not in _IMPORTS:
            continue
        text = _text(source.path)[:_HEAD]
        # So much that no other file outweighs the one that is being edited.
        weight = 1_000_000 if near is not None and source.path == near else 1
        for name in set(_IMPORTS[kind].findall(text)):
            found[kind, name] += weight
    return [each for each, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def packages(
    wanted: Iterable[tuple[str, str]], roots: Sequence[Path], environment: Mapping[str, str]
) -> Iterator[Package]:
    """Those of the imports that are installed, in their order."""
    places = _Places(roots, environment)
    seen: set[Path] = set()
    for language, name in wanted:
        package = places.find(language, name)
        if package is None:
            continue
        here = package.file or package.folder
        if here not in seen:
            seen.add(here)
            yield package
        if len(seen) == _MOST_PACKAGES:
            return


def installed(
    files: Sequence[SourceFile],
    roots: Sequence[Path],
    *,
    near: Path | None,
    extra_globs: Sequence[str],
    limit: int = LIMIT,
    environment: Mapping[str, str] = os.environ,
) -> list[SourceFile]:
    """The installed files to learn from, nearest imports first, up to `limit` bytes."""
    found: list[SourceFile] = []
    size = 0
    for package in packages(imported(files, near), roots, environment):
        # Of each package its own, since what the settings exclude is excluded wherever it lies.
        exclusions = Exclusions(package.folder, tuple(extra_globs), ignore_files=False)
        own = 0
        for path in _files(package):
            try:
                stat = path.stat()
            except OSError:
                continue
            # One package, or one file, may not use up what all share.
            if stat.st_size > _A_FILE or own + stat.st_size > _A_PACKAGE or not exclusions.allows(path):
                continue
            # The imports come in the order of their weight: what no longer fits, and all behind it, counts
            # least.
            if size + stat.st_size > limit:
                return found
            own += stat.st_size
            size += stat.st_size
            inside = path.relative_to(package.folder).as_posix()
            key = f"{INSTALLED}{package.language}/{package.name}/{inside}"
            found.append(SourceFile(key, path, stat.st_size, stat.st_mtime_ns))
    return found


class _Places:
    """The folders in which packages may lie."""

    def __init__(self, roots: Sequence[Path], environment: Mapping[str, str]) -> None:
        self._roots = [root for root in roots if root.is_dir()]
        self._environment = environment
        self._python = list(self._site_packages())
        self._go = list(self._go_modules())
        self._cargo = self._cargo_sources()

    def find(self, language: str, name: str) -> Package | None:
        return getattr(self, f"_find_{language}")(name)  # type: ignore[no-any-return]

    def _site_packages(self) -> Iterator[Path]:
        bases = [root / name for root in self._roots for name in _ENVIRONMENTS]
        bases += [
            Path(self._environment[name])
            for name in ("VIRTUAL_ENV", "CONDA_PREFIX")
            if self._environment.get(name)
        ]
        for base in bases:
            yield from sorted(base.glob("lib/python3*/site-packages"))
            if (base / "Lib" / "site-packages").is_dir():
                yield base / "Lib" / "site-packages"

    def _find_python(self, name: str) -> Package | None:
        # Stubs before the package: they say what it takes and gives.
        for base in self._python:
            for folder in (base / f"{name}-stubs", base / name):
                if folder.is_dir():
                    return Package("python", name, folder)
            if (base / f"{name}.py").is_file():
                return Package("python", name, base, base / f"{name}.py")
        return None

    def _find_typescript(self, name: str) -> Package | None:
        parts = name.split("/")
        package = "/".join(parts[:2]) if name.startswith("@") else parts[0]
        # DefinitelyTyped writes `@scope/name` as `scope__name`.
        flat = package.removeprefix("@").replace("/", "__")
        for root in self._roots:
            for folder in (root / "node_modules" / package, root / "node_modules" / "@types" / flat):
                if folder.is_dir() and next(folder.rglob("*.d.ts"), None):
                    return Package("typescript", package, folder)
        return None

    def _go_modules(self) -> Iterator[tuple[str, Path]]:
        """Module paths with their folders in the cache."""
        cache = self._environment.get("GOMODCACHE")
        home = self._environment.get("GOPATH") or str(Path.home() / "go")
        base = Path(cache) if cache else Path(home.split(os.pathsep)[0], "pkg", "mod")
        for root in self._roots:
            for module, version in re.findall(
                r"^(?:require)?[ \t]*([\w.\-/]+) (v[\w.+\-]+)", _text(root / "go.mod"), re.M
            ):
                # The module cache writes capitals as `!` and the small letter, for file systems that ignore
                # case.
                escaped = re.sub(r"[A-Z]", lambda letter: "!" + letter[0].lower(), module)
                if (base / f"{escaped}@{version}").is_dir():
                    yield module, base / f"{escaped}@{version}"

    def _find_go(self, name: str) -> Package | None:
        for module, folder in self._go:
            if name == module or name.startswith(module + "/"):
                inside = folder / name[len(module) :].lstrip("/")
                return Package("go", name, inside) if inside.is_dir() else None
        return None

    def _cargo_sources(self) -> dict[str, Path]:
        home = self._environment.get("CARGO_HOME") or str(Path.home() / ".cargo")
        wanted = {
            f"{name}-{version}": name
            for root in self._roots
            for name, version in re.findall(
                r'^name = "([\w\-]+)"\nversion = "([\w.+\-]+)"', _text(root / "Cargo.lock"), re.M
            )
        }
        found: dict[str, Path] = {}
        if wanted:
            for registry in sorted(Path(home, "registry", "src").glob("*")):
                for folder, name in wanted.items():
                    # Crates are imported with underscores where their names have hyphens.
                    if (registry / folder / "src").is_dir():
                        found.setdefault(name.replace("-", "_"), registry / folder / "src")
        return found

    def _find_rust(self, name: str) -> Package | None:
        folder = self._cargo.get(name)
        return Package("rust", name, folder) if folder is not None else None


_ENDINGS = {"python": (".py", ".pyi"), "typescript": (".d.ts",), "go": (".go",), "rust": (".rs",)}


def _files(package: Package) -> Iterator[Path]:
    """The files of a package that others use, those nearest to its top first."""
    if package.file is not None:
        yield package.file
        return
    endings = _ENDINGS[package.language]
    # Level by level: what stands at the top of a package is what others import.
    level = [package.folder]
    while level:
        below: list[Path] = []
        for folder in level:
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            given = _given_on(folder) if package.language == "python" else frozenset()
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name.lower() not in _NOT_FOR_USE and not name.startswith((".", "_")):
                        below.append(Path(entry.path))
                elif (_is_public(name, endings) or name.partition(".")[0] in given) and entry.is_file():
                    yield Path(entry.path)
        # Go's packages are single folders.
        level = [] if package.language == "go" else below


def _given_on(folder: str | Path) -> frozenset[str]:
    """The private modules whose names a Python package gives on as its own, as many do with all that they have."""
    for name in ("__init__.pyi", "__init__.py"):
        if found := _GIVEN_ON.findall(_text(Path(folder, name))):
            return frozenset(found)
    return frozenset()


def _is_public(name: str, endings: tuple[str, ...]) -> bool:
    shown = not name.startswith("_") or name.startswith("__init__")
    return shown and name.endswith(endings) and not name.endswith("_test.go")


def _text(path: Path) -> str:
    try:
        return read_careful_text(path, _A_FILE).text
    except ReadRefused:
        return ""

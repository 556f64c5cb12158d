"""The import graph of a source tree, read off the sources: also what `TYPE_CHECKING`, a function or `import_module`
hides."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import define, field


@cache
def _written(source: str) -> tuple[tuple[int, str, str], ...]:
    """(level, module, name) of each import of a source; the name is '' where a module is imported."""
    found: list[tuple[int, str, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += ((0, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += ((node.level, node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).rpartition(".")[2]
            # Also where it is handed to a thread: to_thread(import_module, "…").
            handed = any("import_module" in ast.unparse(argument) for argument in node.args)
            if called in ("import_module", "__import__") or handed:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        found.append((0, argument.value, ""))
    return tuple(found)


@define
class Tree:
    """The modules of `root/X/dovetail/X` for each package X, and the arrows between them."""

    root: Path
    packages: tuple[str, ...]
    files: dict[str, Path] = field(init=False)
    """By full name; a package by the name of its folder."""
    arrows: dict[str, set[str]] = field(init=False)
    names: dict[str, set[tuple[str, str]]] = field(init=False)
    """By module: (module, name) of each name that is taken from another module of ours."""

    def __attrs_post_init__(self) -> None:
        self.files = {}
        for package in self.packages:
            for path in sorted((self.root / package / "dovetail" / package).rglob("*.py")):
                parts = path.relative_to(self.root / package).with_suffix("").parts
                self.files[".".join(parts).removesuffix(".__init__")] = path
        self.arrows, self.names = {}, {}
        for name, path in self.files.items():
            self.arrows[name], self.names[name] = set(), set()
            for target, taken in self._imports(name, path):
                self._add(name, target, taken)

    def _add(self, name: str, target: str, taken: str) -> None:
        if taken and f"{target}.{taken}" in self.files:
            target, taken = f"{target}.{taken}", ""
        while target not in self.files and "." in target:
            target, _, taken = target.rpartition(".")
        if target in self.files and target != name:
            self.arrows[name].add(target)
            self.names[name].add((target, taken))

    def _imports(self, name: str, path: Path) -> Iterator[tuple[str, str]]:
        """(module, name) of each import; the name is '' where a module is imported."""
        is_package = path.name == "__init__.py"
        for level, module, taken in _written(path.read_text(encoding="utf-8")):
            base = module
            if level:
                above = name.split(".") if is_package else name.split(".")[:-1]
                base = ".".join([*above[: len(above) - level + 1], *([module] if module else [])])
            yield base, taken

    def circles(self) -> list[tuple[str, ...]]:
        """The modules that reach themselves, by strongly connected component (Tarjan 1972)."""
        number: dict[str, int] = {}
        low: dict[str, int] = {}
        stack: list[str] = []
        found: list[tuple[str, ...]] = []

        def visit(one: str) -> None:
            number[one] = low[one] = len(number)
            stack.append(one)
            for other in sorted(self.arrows[one]):
                if other not in number:
                    visit(other)
                    low[one] = min(low[one], low[other])
                elif other in stack:
                    low[one] = min(low[one], number[other])
            if low[one] == number[one]:
                component = []
                while (last := stack.pop()) != one:
                    component.append(last)
                if component:
                    found.append(tuple(sorted([one, *component])))

        for one in sorted(self.files):
            if one not in number:
                visit(one)
        return found

    def package(self, module: str) -> str:
        """`edits` of `dovetail.edits.model`."""
        return module.split(".")[1]

    def upward(self, may_import: dict[str, set[str]]) -> list[str]:
        """Imports of packages that a package may not know."""
        return [
            f"{one} -> {other}"
            for one, targets in sorted(self.arrows.items())
            for other in sorted(targets)
            if self.package(other) not in may_import[self.package(one)] | {self.package(one)}
        ]

    def floors(self, package: str, order: tuple[tuple[str, ...], ...]) -> list[str]:
        """Arrows inside a package that run up: `order` names its modules and folders from the ground up; what it does
        not name (settings, places, the version) lies below and imports nothing of it."""
        floor = {name: level for level, names in enumerate(order, 1) for name in names}

        def level(module: str) -> int:
            parts = module.split(".")
            return floor.get(parts[2], 0) if len(parts) > 2 else 0

        return [
            f"{one} -> {other}"
            for one, targets in sorted(self.arrows.items())
            for other in sorted(targets)
            if self.package(one) == self.package(other) == package and level(one) < level(other)
        ]

    def private(self) -> list[str]:
        """What is taken from another package though it is that package's own: a name with an underscore, or anything
        of a module with one."""
        found = []
        for one, taken in sorted(self.names.items()):
            for module, name in sorted(taken):
                if self.package(one) == self.package(module):
                    continue
                parts = [*module.split("."), name]
                if any(part.startswith("_") and not part.startswith("__") for part in parts):
                    found.append(f"{one} -> {module}: {name}")
        return found

    def past_the_face(self, faces: dict[str, set[str]]) -> list[str]:
        """What other packages take past a package's face: from modules of it that are not named in `faces`."""
        found = []
        for one, taken in sorted(self.names.items()):
            for module, _ in sorted(taken):
                package = self.package(module)
                if package != self.package(one) and package in faces and module not in faces[package]:
                    found.append(f"{one} -> {module}")
        return sorted(set(found))

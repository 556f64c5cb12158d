"""What `chat_real` holds the files against that a model edited."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[dict[str, str]], bool]


def python(files: dict[str, str], path: str = "shapes.py") -> dict[str, Any]:
    """The names that a Python file defines when it is run; {} where it does not run."""
    scope: dict[str, Any] = {}
    try:
        exec(compile(files[path], path, "exec"), scope)
    except Exception:
        return {}
    return scope


def functions(text: str) -> list[str]:
    try:
        return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return []


def shapes(files: dict[str, str], *, names: tuple[str, ...] = ("area", "double", "label")) -> bool:
    """Whether all functions are there, once, and the untouched ones do what they did."""
    text = files["shapes.py"]
    scope = python(files)
    if any(functions(text).count(name) != 1 for name in names) or "area" not in scope:
        return False
    try:
        return abs(scope["area"](2) - 12.566370614) < 1e-6
    except Exception:
        return False


def calls(name: str, *arguments: Any, gives: Any) -> Check:
    def check(files: dict[str, str]) -> bool:
        try:
            return bool(python(files)[name](*arguments) == gives)
        except Exception:
            return False

    return lambda files: check(files)


def holds(path: str, *parts: str, once: tuple[str, ...] = ()) -> Check:
    """Whether a file holds all parts; those of `once` exactly once; its brackets in balance."""

    def check(files: dict[str, str]) -> bool:
        text = files.get(path, "")
        balanced = all(text.count(a) == text.count(b) for a, b in ("()", "{}", "[]"))
        return (
            balanced and all(part in text for part in parts) and all(text.count(part) == 1 for part in once)
        )

    return check


def both(*checks: Check) -> Check:
    return lambda files: all(check(files) for check in checks)


def undamaged(before: dict[str, str], after: dict[str, str], words: str) -> str:
    """What an edit damaged that nobody asked about; '' where it damaged nothing: a definition doubled, or gone though
    the request does not name it; Python that no longer compiles; brackets out of balance."""
    spoken_of = set(re.findall(r"\w+", words))
    for path, text in after.items():
        if path.endswith(".py"):
            try:
                ast.parse(text)
            except SyntaxError:
                return f"{path} does not parse"
        if any(text.count(a) != text.count(b) for a, b in ("()", "{}", "[]")):
            return f"{path}: brackets"
        for name in re.findall(r"^(?:def|function|func) (\w+)", before.get(path, ""), re.MULTILINE):
            count = len(re.findall(rf"^(?:def|function|func) {name}\b", text, re.MULTILINE))
            if count > 1:
                return f"{path}: {name} stands {count} times"
            if not count and name not in spoken_of:
                return f"{path}: {name} is gone"
    return ""

"""What is asked of a chat model: a few narrow actions, each with its own prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from attrs import define, evolve

from dovetail.text import split_lines, without_end

from .prompts import fenced, load_prompt, render

AROUND = 200
"""Lines of the file shown on either side of a region, for orientation."""


class Action(StrEnum):
    """What a person asks for."""

    REGION = "edit-region"
    """Rewrite one region; the answer is the whole region, so nothing has to be located."""
    FILES = "edit-files"
    DOCUMENT = "document"
    TESTS = "tests"
    FIX = "fix"
    EXPLAIN = "explain"


@define(frozen=True, slots=True)
class Shown:
    """A file as the model is shown it: the base of a later merge."""

    path: str
    text: str
    language: str = ""


@define(frozen=True, slots=True)
class Region:
    """Whole lines of a file, from 0, the end exclusive."""

    first: int
    end: int


@define(frozen=True, slots=True)
class Diagnostic:
    """A problem that a tool reported. Lines and column from 0."""

    path: str
    line: int
    column: int
    message: str
    source: str = ""
    severity: str = "error"
    last: int = -1
    """The last line that it marks; -1 where it is one line."""

    def touches(self, region: Region) -> bool:
        """Whether it marks a line of the region."""
        return self.line < region.end and max(self.line, self.last) >= region.first


@define(frozen=True, slots=True)
class EditRequest:
    """One request. `files[0]` is the file at hand."""

    action: Action
    instruction: str
    files: tuple[Shown, ...]
    region: Region | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    format: str = "search-replace"
    """The format asked for where several places may change: search-replace, unified-diff, apply-patch,
    whole-file."""

    @property
    def shown(self) -> Shown:
        return self.files[0]

    @property
    def answers_with_region(self) -> bool:
        """Whether the answer is the new text of the region."""
        return self.action in (Action.REGION, Action.DOCUMENT) and self.region is not None

    def region_text(self) -> str:
        """The region's lines with their ends; the whole file where no region is set."""
        lines = split_lines(self.shown.text)
        region = self.region or Region(0, len(lines))
        return "".join(lines[region.first : region.end])


def prompt_name(request: EditRequest) -> str:
    """Which prompt file a request uses."""
    if request.action is Action.FILES and request.format != "search-replace":
        return f"edit-files-{request.format}"
    return request.action.value


def messages_for(
    request: EditRequest, overrides: Path | None = None, redact: Callable[[str], str] = lambda text: text
) -> list[dict[str, str]]:
    """The chat's messages.

    Args:
        overrides: the folder of the user's own prompt files.
        redact: overwrites secrets in a text, keeping its length.

    Raises:
        PromptError: the user's own prompt file cannot be used.
    """
    files = tuple(evolve(shown, text=redact(shown.text)) for shown in request.files)
    request = evolve(request, files=files)
    shown, region = request.shown, request.region
    lines = split_lines(shown.text)
    region = region or Region(0, len(lines))
    around = "".join(lines[max(0, region.first - AROUND) : region.end + AROUND])
    values = {
        "path": shown.path,
        "language": shown.language or "text",
        "file": fenced(around, shown.language),
        "files": files_block(request.files),
        "context": ""
        if len(request.files) == 1
        else "Other files:\n" + files_block(request.files[1:]) + "\n",
        "first": region.first + 1,
        "last": region.end,
        "region": fenced(request.region_text(), shown.language),
        "diagnostics": diagnostics_block(request.diagnostics, request.files),
        "instruction": request.instruction,
    }
    return render(load_prompt(prompt_name(request), overrides), values)


def files_block(files: Sequence[Shown]) -> str:
    """Files with their paths, each in a fence that its own text cannot end."""
    return "\n".join(f"{shown.path}\n{fenced(shown.text, shown.language)}" for shown in files)


def diagnostics_block(diagnostics: Sequence[Diagnostic], files: Sequence[Shown]) -> str:
    """The problems, each with its line as it stands."""
    texts = {shown.path: split_lines(shown.text) for shown in files}
    rows = []
    for one in diagnostics:
        lines = texts.get(one.path, [])
        quoted = f"\n    {without_end(lines[one.line]).strip()}" if 0 <= one.line < len(lines) else ""
        source = f" ({one.source})" if one.source else ""
        rows.append(
            f"{one.path}:{one.line + 1}:{one.column + 1}: {one.severity}: {one.message}{source}{quoted}"
        )
    return "Reported:\n" + "\n".join(rows) + "\n\n" if rows else ""

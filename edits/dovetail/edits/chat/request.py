"""What is asked of a chat model: a few narrow actions, each with its own prompt."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from attrs import define, field

from dovetail.endpoints import ChatMessage
from dovetail.privacy import NOTHING, Shown, join, redact, secrets_of

from .prompts import fenced, load_prompt, render

AROUND = 200
"""Lines of the file shown on either side of a region, for orientation."""

NO_WORD = 12
"""Code points from which on a secret of a file is covered at each of its places."""


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
class ShownFile:
    """A file that a request is about."""

    path: str
    source: str
    """Its text as it stands: what the answer is fitted to. It is sent nowhere."""
    language: str = ""
    text: Shown = field(init=False)
    """As the model is shown it: each secret overwritten by stars, found in the whole text."""

    def __attrs_post_init__(self) -> None:
        # A key also stands where nothing says that it is one: what is long enough to be no word is covered there too.
        known = {secret for secret in self.secrets if len(secret) >= NO_WORD}
        # The class is frozen, and this is worked out from what it is made of.
        object.__setattr__(self, "text", redact(self.source, known))

    @property
    def secrets(self) -> frozenset[str]:
        """What was overwritten."""
        return secrets_of(self.source)


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
    files: tuple[ShownFile, ...]
    region: Region | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    format: str = "search-replace"
    """The format asked for where several places may change: search-replace, unified-diff, apply-patch,
    whole-file."""
    plain: bool = False
    """Whether the model is shown nothing but the text to change, and asked for all of it: small models do best so."""
    look_first: bool = False
    """Whether the model is known to miss what is meant: a person looks at all that it writes before it is applied."""

    @property
    def shown(self) -> ShownFile:
        return self.files[0]

    @property
    def answers_with_region(self) -> bool:
        """Whether the answer is the new text of the region."""
        return self.action in (Action.REGION, Action.DOCUMENT) and self.region is not None

    def region_text(self) -> Shown:
        """The region's lines with their ends, as they are shown; the whole file where no region is set."""
        lines = self.shown.text.lines()
        region = self.region or Region(0, len(lines))
        return join(lines[region.first : region.end])

    def may_be_shown(self, text: str) -> Shown:
        """A text about these files (a report, a quotation) without their secrets, also where one is only a word of
        it."""
        known = frozenset[str]().union(*(file.secrets for file in self.files))
        return redact(text, known)


def prompt_name(request: EditRequest) -> str:
    """Which prompt file a request uses."""
    if request.plain:
        return "plain"
    if request.action is Action.FILES and request.format != "search-replace":
        return f"edit-files-{request.format}"
    return request.action.value


def messages_for(request: EditRequest, overrides: Path | None = None) -> list[ChatMessage]:
    """The chat's messages.

    Args:
        overrides: the folder of the user's own prompt files.

    Raises:
        PromptError: the user's own prompt file cannot be used.
    """
    shown, region = request.shown, request.region
    lines = shown.text.lines()
    # The prompts for regions work on whole files too.
    region = region or Region(0, len(lines))
    # Cut from the text as it is shown: secrets were found in the whole of it.
    around = join(lines[max(0, region.first - AROUND) : region.end + AROUND])
    others = join([redact("Other files:\n"), files_block(request.files[1:]), redact("\n")])
    values = {
        "path": redact(shown.path),
        "language": redact(shown.language or "text"),
        "file": fenced(around, shown.language),
        "files": files_block(request.files),
        "context": NOTHING if len(request.files) == 1 else others,
        "first": redact(str(region.first + 1)),
        "last": redact(str(region.end)),
        "region": fenced(request.region_text(), shown.language),
        "diagnostics": diagnostics_block(request),
        "instruction": request.may_be_shown(request.instruction),
    }
    return render(load_prompt(prompt_name(request), overrides), values)


def files_block(files: Sequence[ShownFile]) -> Shown:
    """Files with their paths, each in a fence that its own text cannot end."""
    return join(
        (join([redact(f"{shown.path}\n"), fenced(shown.text, shown.language)]) for shown in files), "\n"
    )


def diagnostics_block(request: EditRequest) -> Shown:
    """The problems, each with its line as it stands."""
    texts = {shown.path: shown.text.lines() for shown in request.files}
    rows: list[Shown] = []
    for one in request.diagnostics:
        lines = texts.get(one.path, [])
        source = f" ({one.source})" if one.source else ""
        place = f"{one.path}:{one.line + 1}:{one.column + 1}: {one.severity}: "
        # A tool quotes what it complains of: a message may hold a key of the file, as a word of its own.
        rows.append(request.may_be_shown(f"{place}{one.message}{source}"))
        if 0 <= one.line < len(lines):
            rows.append(redact("    ") + lines[one.line].stripped())
    if not rows:
        return NOTHING
    return join([redact("Reported:\n"), join(rows, "\n"), redact("\n\n")])

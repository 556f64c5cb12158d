"""The output schemas of the MCP tools: docs/apply.md as types. Values are made elsewhere and pass through unchanged."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Lines = Annotated[list[int], Field(description="First and last line, from 1, both included.")]


class ChangedFile(TypedDict):
    path: str
    op: Literal["edit", "create", "delete", "rename"]
    newPath: NotRequired[str]
    executable: NotRequired[bool]
    diff: Annotated[str, Field(description="The git diff of this file.")]


class Hunk(TypedDict):
    id: Annotated[int, Field(description="Its number in the edit, from 1; `only` takes it.")]
    path: str
    proof: Annotated[
        str,
        Field(
            description="exact, shifted, merged, definition, rewritten, whole file, new file, deleted, renamed, "
            "already applied, or refused"
        ),
    ]
    kind: Annotated[
        str | None,
        Field(
            description="Of a refusal: not found, ambiguous, conflict, syntax, stale, outside, malformed, elided."
        ),
    ]
    reason: str | None
    sign: dict[str, Any]
    lines: Annotated[
        Lines | None, Field(description="In the file as it was; null where a refusal is near nothing.")
    ]
    replyLines: Lines
    note: NotRequired[str]
    places: NotRequired[list[Lines]]
    repaired: NotRequired[str]
    quoted: NotRequired[Annotated[str, Field(description="Of a refusal: the lines that the edit quotes.")]]
    wanted: NotRequired[Annotated[str, Field(description="Of a refusal: what it wants there.")]]
    found: NotRequired[Annotated[str, Field(description="Of a refusal: the lines that stand there.")]]


class Mark(TypedDict):
    path: str
    kind: str
    message: str


class Edited(TypedDict):
    """What became of an edit."""

    schema: int
    ok: Annotated[bool, Field(description="Whether every hunk is proved, and there is one.")]
    applied: Annotated[bool, Field(description="Whether it was written.")]
    message: Annotated[str, Field(description="One sentence.")]
    error: NotRequired[Annotated[str, Field(description="Why nothing was written although all is proved.")]]
    edit: NotRequired[Annotated[str, Field(description="The name by which undo_edit takes it back.")]]
    files: list[ChangedFile]
    hunks: list[Hunk]
    repaired: list[str]
    marks: Annotated[list[Mark], Field(description="What a person should look at first.")]
    diff: Annotated[str, Field(description="All that changes, as one git diff.")]
    retry: Annotated[
        str,
        Field(
            description="What to put right in a second edit, with the lines as they stand; empty if nothing."
        ),
    ]
    unsaved: NotRequired[
        Annotated[
            list[str], Field(description="Changed in an editor and not saved: programs see the old file.")
        ]
    ]
    notes: NotRequired[list[str]]


class ShownText(TypedDict):
    """A file, or some lines of it."""

    schema: int
    path: str
    version: Annotated[str, Field(description="The name of this version; apply_edit takes it as base.")]
    text: str
    first: int
    last: int
    lines: Annotated[int, Field(description="How many lines the file has.")]
    complete: Annotated[bool, Field(description="Whether this is all of the file.")]
    unsaved: Annotated[bool, Field(description="Whether an editor holds changes that are not on the disk.")]


class Undone(TypedDict):
    """What was taken back."""

    schema: int
    applied: Annotated[bool, Field(description="Whether it was taken back.")]
    message: str
    files: list[str]
    merged: Annotated[list[str], Field(description="Files whose later changes were kept.")]


class EditedFile(TypedDict):
    path: str
    op: str


class ListedEdit(TypedDict):
    edit: str
    at: str
    own: Annotated[bool, Field(description="Whether you applied it in this session.")]
    files: list[EditedFile]


class EditList(TypedDict):
    """Applied edits, newest first."""

    schema: int
    edits: list[ListedEdit]


class Place(TypedDict):
    line: int
    column: int


class Range(TypedDict):
    start: Place
    end: Place


class Suggestion(TypedDict):
    text: str
    range: Range


class Completed(TypedDict):
    """Suggestions for a place."""

    suggestions: list[Suggestion]
    source: str
    elapsed_ms: float
    why: list[dict[str, Any]]
    learning: NotRequired[
        Annotated[bool, Field(description="The folder is still being learnt; ask again later for more.")]
    ]

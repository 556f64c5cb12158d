"""What is asked a second and a third time: the same in another form, what did not fit, the region around it."""

from __future__ import annotations

from pathlib import Path

from dovetail.endpoints import ChatMessage
from dovetail.privacy import Shown, join, redact
from dovetail.text import Point, Snapshot, enclosing_node_range, language_of_path, without_end

from ..files import FileState, Workspace
from ..model import Outcome
from .prompts import fenced, load_prompt, render
from .request import EditRequest, ShownFile

MAX_REGION = 400
"""Lines of a region that is asked for anew."""
EXAMPLE_LINES = 3
"""Lines of the file that show how its whole text begins."""


def with_form(
    messages: list[ChatMessage], text: str, request: EditRequest, overrides: Path | None
) -> list[ChatMessage]:
    """The chat so far, and the request for the same answer in a form that can be read, shown on the user's own file."""
    example = next((line for line in request.shown.text.lines() if line.strip()), redact("\n"))
    values = {
        "path": redact(request.shown.path),
        "line": redact(without_end(example)),
        "instruction": request.may_be_shown(request.instruction),
    }
    # Of the prompt only what the user says: the system message stands at the head of the chat already.
    form = [one for one in render(load_prompt("form", overrides), values) if one["role"] == "user"]
    return [*messages, {"role": "assistant", "content": request.may_be_shown(text)}, *form]


def with_whole_form(
    messages: list[ChatMessage], text: str, request: EditRequest, overrides: Path | None
) -> list[ChatMessage]:
    """The chat so far, and the request for the whole new text of the region, or of the one file."""
    shown, region = request.shown, request.region
    what = f"lines {region.first + 1} to {region.end} of {shown.path}" if region else shown.path
    example = request.region_text().lines()[:EXAMPLE_LINES]
    values = {
        "what": redact(what),
        "example": fenced(join(example), shown.language),
        "instruction": request.may_be_shown(request.instruction),
    }
    form = [one for one in render(load_prompt("form-whole", overrides), values) if one["role"] == "user"]
    return [*messages, {"role": "assistant", "content": request.may_be_shown(text)}, *form]


def with_refusals(
    messages: list[ChatMessage],
    text: str,
    request: EditRequest,
    refused: list[Outcome],
    workspace: Workspace,
    overrides: Path | None,
) -> list[ChatMessage]:
    """The chat so far, and the refused changes of its last answer, each with its reason and the live text."""
    prompt = load_prompt("retry", overrides)
    blocks = (_refusal_block(outcome, request, workspace) for outcome in refused)
    again = render(prompt, {"refusals": join(blocks, "\n")})
    return [
        *messages,
        {"role": "assistant", "content": request.may_be_shown(text)},
        {"role": "user", "content": join((message["content"] for message in again), "\n\n")},
    ]


def region_of(outcome: Outcome, workspace: Workspace) -> tuple[ShownFile, int, int, Shown] | None:
    """The file of a refusal, and the region around its nearest place: first line, end, text. None where there is none
    that could be asked for."""
    state = workspace.read(outcome.path) if outcome.path and _has_place(outcome) else None
    if not isinstance(state, FileState):
        return None
    first, end = _region_around(outcome, state)
    language = language_of_path(outcome.path)
    shown = ShownFile(outcome.path, state.text, language.name if language else "")
    region = join(shown.text.lines()[first:end])
    return (shown, first, end, region) if region.strip() and end - first <= MAX_REGION else None


def _has_place(outcome: Outcome) -> bool:
    """Whether a refusal names a place of the file that is at least alike."""
    return outcome.lines != (0, 0)


def _region_around(outcome: Outcome, state: FileState) -> tuple[int, int]:
    snapshot = state.snapshot or Snapshot.open(f"file:///{outcome.path}", state.text)
    low, high = outcome.lines
    # An insertion has no lines of its own: the line that it stands before is taken.
    high = max(low + 1, min(high, len(snapshot.lines)))
    found = enclosing_node_range(snapshot, Point(low, 0), snapshot.lines.clamp(Point(high - 1, 1 << 30)))
    return found[0].line, found[1].line + (1 if found[1].column else 0)


def _refusal_block(outcome: Outcome, request: EditRequest, workspace: Workspace) -> Shown:
    """One refused change of a file of the request: why, what it was, and the text as it stands there."""
    parts = [request.may_be_shown(f"{outcome.path}: {outcome.kind}: {outcome.reason}.")]
    if outcome.before or outcome.after:
        parts.append(redact("The change:\n") + fenced(as_diff(outcome, request), "diff"))
    state = workspace.read(outcome.path) if outcome.path else None
    if isinstance(state, FileState):
        text = redact(state.text)
        lines = text.lines()
        low, high = outcome.lines
        # Eight lines to either side, so that the model can quote more than what it missed.
        near = join(lines[max(0, low - 8) : max(high, low + 1) + 8]) if _has_place(outcome) else text
        parts.append(redact(f"{outcome.path} there, as it stands now:\n") + fenced(near))
    return join(parts, "\n")


def as_diff(outcome: Outcome, request: EditRequest) -> Shown:
    before = "".join(f"-{line}\n" for line in outcome.before.split("\n")) if outcome.before else ""
    after = "".join(f"+{line}\n" for line in outcome.after.split("\n")) if outcome.after else ""
    return request.may_be_shown(before + after)

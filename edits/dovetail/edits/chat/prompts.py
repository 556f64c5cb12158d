"""The prompts: files that a person can read and override.

A prompt is a Markdown file: the system message, a line `=== user`, the user message. `{{name}}` stands for a
value; values are put in once, so that text which happens to hold `{{…}}` stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from attrs import define

from dovetail.endpoints import ChatMessage
from dovetail.privacy import NOTHING, Shown, join, redact

SEPARATOR = "=== user"
_FIELD = re.compile(r"\{\{(\w+)\}\}")

FIELDS = {
    "edit-region": {
        "path",
        "language",
        "file",
        "context",
        "first",
        "last",
        "region",
        "diagnostics",
        "instruction",
    },
    "edit-files": {"files", "diagnostics", "instruction"},
    "edit-files-unified-diff": {"files", "diagnostics", "instruction"},
    "edit-files-apply-patch": {"files", "diagnostics", "instruction"},
    "edit-files-whole-file": {"files", "diagnostics", "instruction"},
    "document": {"path", "language", "file", "first", "last", "region", "instruction"},
    "tests": {"files", "path", "first", "last", "region", "instruction"},
    "explain": {"path", "language", "file", "first", "last", "region", "instruction"},
    "fix": {"files", "diagnostics", "instruction"},
    "retry": {"refusals"},
    "form": {"path", "line", "instruction"},
    "form-whole": {"what", "example", "instruction"},
    "plain": {"region", "diagnostics", "instruction"},
    "until": {"instruction", "command", "how", "output", "changes", "refused"},
    "rewrite": {"path", "language", "first", "last", "region", "change", "instruction"},
}
"""Every prompt, and the values that it may use."""


class PromptError(ValueError):
    """A prompt file that cannot be used; the text says which and why."""


@define(frozen=True, slots=True)
class Prompt:
    """A prompt's text, and where it is from (None: it came with Dovetail)."""

    name: str
    text: str
    path: Path | None = None


def load_prompt(name: str, overrides: Path | None = None) -> Prompt:
    """The prompt `name`: the user's `<overrides>/<name>.md` where there is one.

    Raises:
        PromptError: the user's file cannot be read, or uses a value that this prompt does not have.
    """
    path = overrides / f"{name}.md" if overrides else None
    if path is not None and path.is_file():
        try:
            prompt = Prompt(name, path.read_text(encoding="utf-8"), path)
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"The prompt {path} cannot be read: {error}.") from None
    else:
        prompt = Prompt(
            name, files("dovetail.edits").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
        )
    # Said when the prompt is loaded: an unknown value would be sent as its braces.
    unknown = set(_FIELD.findall(prompt.text)) - FIELDS[name]
    if unknown:
        raise PromptError(
            f"The prompt {prompt.path or name} uses {{{{{sorted(unknown)[0]}}}}}, which is not known here; "
            f"known are {', '.join(sorted(FIELDS[name]))}."
        )
    return prompt


def render(prompt: Prompt, values: Mapping[str, Shown]) -> list[ChatMessage]:
    """The messages of a chat, made of text that may be shown. A value that is absent is empty."""
    system, separator, user = prompt.text.partition(f"\n{SEPARATOR}\n")
    # A prompt of one part is the user's.
    if not separator:
        system, user = "", prompt.text

    def fill(text: str) -> Shown:
        parts: list[Shown] = []
        done = 0
        # In one pass, so that a value which holds `{{…}}` is not filled in again.
        for match in _FIELD.finditer(text):
            parts += [redact(text[done : match.start()]), values.get(match[1], NOTHING)]
            done = match.end()
        return join([*parts, redact(text[done:])]).stripped()

    messages: list[ChatMessage] = []
    if system.strip():
        messages.append({"role": "system", "content": fill(system)})
    return [*messages, {"role": "user", "content": fill(user)}]


def fenced(text: Shown, info: str = "") -> Shown:
    """`text` in a fence that is longer than any fence inside it."""
    longest = max((len(match) for match in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return join([redact(f"{fence}{info}\n"), text, redact(f"{end}{fence}\n")])

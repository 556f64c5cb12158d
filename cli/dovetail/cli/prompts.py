"""`dovetail prompts`: what the chat model is told, to read and to override."""

from __future__ import annotations

from pathlib import Path

from dovetail.edits.chat import FIELDS, PromptError, load_prompt
from dovetail.server.places import Places

from .terminal import say, say_prose


def run_prompts(name: str, *, edit: bool) -> int:
    """List the prompts, print one, or put a copy where the user's own is read from. Exit code 2 for a wrong name."""
    folder = Places.of_user().config / "prompts"
    # The list says which are the user's own, since those no longer follow a new version.
    if not name:
        for each in FIELDS:
            own = folder / f"{each}.md"
            say(f"{each:<26} {own if own.is_file() else 'as it came'}")
        say_prose(
            f"\nA file {folder}/NAME.md takes the place of a prompt; `dovetail prompts NAME --copy` begins one."
        )
        return 0
    if name not in FIELDS:
        say(f"dovetail: there is no prompt {name!r}; known are {', '.join(FIELDS)}.", err=True)
        return 2
    if edit:
        return _copy(name, folder / f"{name}.md")
    try:
        say(load_prompt(name, folder).text, end="")
    except PromptError as error:
        say(f"dovetail: {error}", err=True)
        return 1
    return 0


def _copy(name: str, target: Path) -> int:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # "x": a prompt that the user has written is never lost.
        with open(target, "x", encoding="utf-8", newline="\n") as file:
            file.write(load_prompt(name).text)
    except FileExistsError:
        say(f"dovetail: {target} exists already; it was left as it is.", err=True)
        return 1
    except OSError as error:
        say(f"dovetail: {target}: {error.strerror or error}.", err=True)
        return 1
    say(f"{target}\nValues it may use: {', '.join('{{' + field + '}}' for field in sorted(FIELDS[name]))}")
    return 0

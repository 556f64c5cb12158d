"""Situations in which a person sees nothing, or something else than expected: how each is made, and what is said then.

A situation is one buffer of a real server: what stands in it (`‸` is the cursor), what was set, whom it asks. `told` is
what the sentence of `dovetail.why` has to hold: the cause by its name, and what to do where anything can be done.
`status` likewise for the status: its state, its message, its details.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field
from small_server import Answer, Answers

Step = Callable[[Any, str], None]
NOWHERE = {"url": "http://127.0.0.1:1"}
"""An endpoint at which nobody listens."""
ALONE = {"embedded": {"enabled": False}}
"""The endpoint without the built-in model."""


@define(frozen=True, kw_only=True)
class Situation:
    name: str
    told: tuple[str, ...]
    status: tuple[str, ...] = ()
    text: str = "def area(width, height):\n    return ‸\n"
    file: str = "src/a.py"
    uri: str = ""
    """Where it is no file of the workspace; `{}` in it is the workspace's path."""
    settings: Mapping[str, Any] = field(factory=lambda: ALONE)
    endpoint: Mapping[str, Any] = field(factory=dict)
    """More settings of the endpoint; `{port}` in its url is that of `answers`."""
    answers: Answers | None = None
    """What the endpoint answers. Without them, and without `endpoint`, none is set."""
    missing: Any = None
    """What it answers on all other routes; None: 404."""
    others: Mapping[str, str] = field(factory=dict)
    """Files of the workspace, by path."""
    options: Mapping[str, Any] = field(factory=dict)
    """Of the client."""
    environment: Mapping[str, str] = field(factory=dict)
    policy: str = ""
    """The organisation's managed.toml."""
    before: Step | None = None
    """Done with the client and the document's uri after it was opened."""
    asked: int = 1
    """How often it is asked before `why` is read."""
    at: tuple[int, int] | None = None
    """Where it is asked, if not at the cursor."""
    popup: str = ""
    """What the editor's own menu has selected."""
    shown: bool = False
    """Whether something is suggested all the same."""

    @property
    def start(self) -> tuple[str, int, int]:
        """The text without the cursor, and where that is."""
        before, _, after = self.text.partition("‸")
        line, column = self.at or (before.count("\n"), len(before.rpartition("\n")[2]))
        return before + after, line, column

    def all_settings(self, url: str) -> dict[str, Any]:
        """What the client says at the start, `url` being the address of the small server."""
        if self.answers is None and not self.endpoint:
            return dict(self.settings)
        port = url.rpartition(":")[2]
        endpoint = {"name": "mine", "url": url, **self.endpoint}
        endpoint["url"] = endpoint["url"].replace("{port}", port)
        return {**self.settings, "endpoints": [endpoint]}

    def lay_out(self, workspace: Path) -> str:
        """Write the workspace's files; the document's uri."""
        for name, text in self.others.items():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / name).write_text(text, encoding="utf-8")
        return self.uri.replace("{}", workspace.as_posix()) or (workspace / self.file).as_uri()


def refuses(status: int, said: str, headers: Mapping[str, str] | None = None) -> Answers:
    """A server of completions that lists its model, and refuses whatever it is asked."""
    refusal = Answer({"error": {"message": said}}, status, headers or {})
    return {"/v1/models": {"data": [{"id": "qwen2.5-coder"}]}, "/v1/completions": refusal}


def streams(*events: dict[str, Any]) -> Answer:
    """A stream that ends behind these events without saying so."""
    return Answer(events=tuple(f"data: {json.dumps(event)}\n\n" for event in events))


def piece(text: str, **more: Any) -> dict[str, Any]:
    """One event of a stream of completions."""
    return {"choices": [{"index": 0, "text": text, "finish_reason": None, **more}]}


def command(name: str, argument: Any) -> Step:
    """Runs a command of the server."""
    return lambda client, uri: client.command(name, argument)


def dismiss(client: Any, uri: str) -> None:
    """What is suggested at the end of line 1 is dismissed."""
    (found,) = client.inline(uri, 1, 11)
    client.notify("dovetail/didReject", {"id": found["command"]["arguments"][0]["id"]})


def out_of_order(client: Any, uri: str) -> None:
    """A change arrives that was made before one that is there already, and fits nowhere."""
    client.change(uri, 5, (0, 0, 0, 0, "\n"))
    client.change(uri, 2, (1, 0, 1, 0, "x"))

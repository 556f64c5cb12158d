"""What `dovetail.why` and the status say where a person sees nothing, or something else than expected."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import raw_client
from situations import Situation
from situations_endpoints import ENDPOINTS
from situations_here import HERE
from small_server import small_server

from dovetail.server.settings import _policy

SITUATIONS = [*HERE, *ENDPOINTS]


@pytest.mark.parametrize("here", SITUATIONS, ids=lambda one: one.name)
def test_it_is_true_names_the_cause_and_says_what_to_do(
    here: Situation,
    launch: Callable[..., Any],
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)
    if here.policy:
        file = tmp_path / "managed.toml"
        file.write_text(here.policy, encoding="utf-8")
        monkeypatch.setattr(raw_client, "Places", partial(raw_client.Places, managed=file))
        # Only an administrator can make a policy; who runs these tests need not be one.
        monkeypatch.setattr(_policy, "_of_administrator", lambda path: True)
        monkeypatch.setattr(_policy, "_writable_by_others", lambda path: "")
    uri = here.lay_out(workspace)
    text, line, column = here.start
    with ExitStack() as stack:
        small = stack.enter_context(small_server(here.answers or {}, here.missing))
        server = launch()
        options = {"client": {"events": True, **here.options}, **here.all_settings(small.url)}
        server.start(options=options, folders=(workspace,))
        server.open(uri, text)
        if here.before is not None:
            here.before(server, uri)
        place = {"line": line, "character": column}
        context: dict[str, Any] = {"triggerKind": 2}
        if here.popup:
            context["selectedCompletionInfo"] = {"range": {"start": place, "end": place}, "text": here.popup}
        found = [server.inline(uri, line, column, context=context) for _ in range(here.asked)][-1]
        assert bool(found) == here.shown
        decision = server.command("dovetail.why", {"uri": uri})["decisions"][0]
        status = server.command("dovetail.status", {})
    sentence = decision["sentence"]
    assert not [words for words in here.told if words not in sentence], sentence
    said = f"{status['state']}: {status['message']}\n{status.get('detail', '')}"
    assert not [words for words in here.status if words not in said], said
    for one in (sentence, status["message"]):
        # A whole sentence, ended once, without what stands for nothing.
        assert not [sign for sign in ("..", "?.", "None", "Traceback", "''") if sign in one], one
    assert sentence[-1] in ".?!"

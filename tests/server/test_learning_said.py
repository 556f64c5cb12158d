"""While the workspace is being learnt, a guess that is not sure enough says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dovetail.fim import GenerationRequest, NothingSure, Trigger
from dovetail.fim.prompt.window import window_at
from dovetail.server.models.built_in import BuiltInModel
from dovetail.text import Point, Snapshot


@pytest.mark.parametrize("learning", ["", "Learning this workspace: 20 of 300 files."])
async def test_nothing_sure_says_whether_all_is_learnt(learning: str) -> None:
    session: Any = SimpleNamespace(
        status=SimpleNamespace(learning=learning),
        view=SimpleNamespace(open_documents=list),
        settings=SimpleNamespace(embedded=SimpleNamespace(confidence=0.0)),
        problems=[],
        preferences=SimpleNamespace(withheld=False),
    )
    snapshot = Snapshot.open("file:///a.py", "")
    position = Point(0, 0)
    request = GenerationRequest(
        snapshot=snapshot,
        position=position,
        path="a.py",
        window=window_at(snapshot, position),
        trigger=Trigger.AUTOMATIC,
    )
    with pytest.raises(NothingSure) as said:
        async for _ in BuiltInModel(session).generate(request):
            pass
    nothing = "The built-in model knows nothing that goes on from here."
    assert str(said.value) == f"{nothing} {learning}".rstrip()

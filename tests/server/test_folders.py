"""Two workspace folders, asked about at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dovetail.fim import SuggestionRequest, window_at
from dovetail.fim.prompt.context import ImportedSignatures
from dovetail.server.app import make_server
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels
from dovetail.text import Point


async def test_each_question_reads_the_files_of_its_own_folder(tmp_path: Path) -> None:
    """Both folders have a file of the same name: what one imports is not shown for the other."""
    app = make_server(Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
    session = app.session
    asks = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "util.py").write_text(f"def of_{name}(x): ...\n")
        session.folders.add(folder)
        uri = (folder / "main.py").as_uri()
        session.opened(uri, "python", 1, "from util import *\n\n")
        snapshot = session.documents.get(uri)
        assert snapshot is not None
        asks.append(SuggestionRequest(snapshot, Point(1, 0), "main.py"))
    source = ImportedSignatures()
    found = await asyncio.gather(
        *(
            source.snippets(request, window_at(request.snapshot, request.position), session.view)
            for request in asks
        )
    )
    assert [[str(one.text) for one in snippets] for snippets in found] == [
        ["def of_one(x)"],
        ["def of_two(x)"],
    ]
    await session.close()

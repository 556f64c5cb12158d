"""Context from elsewhere: what comes, in which order, how long it may take, what never comes."""

import asyncio
import threading

from dovetail.fim import Snippet, window_at
from dovetail.fim.prompt.context import (
    Gatherer,
    ImportedSignatures,
    OpenFiles,
    OwnDefinitions,
    RecentEdits,
    gather,
)
from dovetail.text import Point, Snapshot, TextEdit


class Workspace:
    """Documents and files; what was read is noted."""

    def __init__(self, files=None, opened=()):
        self.files = files or {}
        self.opened = [(path, Snapshot.open(f"file:///{path}", text)) for path, text in opened]
        self.asked = []

    def open_documents(self):
        return self.opened

    def read(self, path, asked):
        self.asked.append(path)
        return self.files.get(path)


class Fixed:
    """A source that brings given texts after `ms`."""

    def __init__(self, name, *texts, ms=0, error=None):
        self.name, self.texts, self.ms, self.error, self.calls = name, texts, ms, error, 0

    async def snippets(self, request, window, documents):
        self.calls += 1
        if self.ms:
            await asyncio.sleep(self.ms / 1000)
        if self.error:
            raise self.error
        return [Snippet(f"{self.name}.py", text, self.name) for text in self.texts]


def texts(gathered):
    return [snippet.text for snippet in gathered.snippets]


def run_gather(tools, sources, text="x = $0\n", workspace=None, **values):
    request = tools.ask_at(text)
    return tools.run(
        gather(
            sources,
            request,
            window_at(request.snapshot, request.position),
            workspace or Workspace(),
            **values,
        )
    )


def test_own_definitions_outside_the_window(tools):
    """Headers of functions that the window does not show; not of those it shows."""
    body = (
        "def far_away(alpha: int) -> str:\n    return 'a'\n\n"
        + "value = 1\n" * 600
        + "def near():\n    pass\n$0\n"
    )
    found = run_gather(tools, [OwnDefinitions()], body)
    assert texts(found) == ["def far_away(alpha: int) -> str"]


def test_files_are_not_read_on_the_event_loop(tools):
    """Reading takes the disk's time, and looking for secrets in it grows with the file."""

    class Noting(Workspace):
        def __init__(self, files):
            super().__init__(files)
            self.threads = []

        def read(self, path, asked):
            self.threads.append(threading.current_thread())
            return super().read(path, asked)

    workspace = Noting({"pkg/shop.py": "def price(item):\n    return 1\n"})
    found = run_gather(tools, [ImportedSignatures()], "from pkg.shop import price\n\n$0\n", workspace)
    assert texts(found) and workspace.threads
    assert threading.main_thread() not in workspace.threads


def test_imports_of_the_workspace(tools):
    """Signatures of what the file imports from its own workspace, the imported names only."""
    files = {
        "pkg/shop.py": "class Cart:\n    def add(self, item): ...\n\ndef price(item, tax=0.2):\n    return 1\n"
    }
    workspace = Workspace(files)
    found = run_gather(
        tools, [ImportedSignatures()], "from pkg.shop import price\nimport os\n\n$0\n", workspace
    )
    assert texts(found) == ["def price(item, tax=0.2)"]
    assert found.snippets[0].path == "pkg/shop.py"


def test_open_files_by_likeness(tools):
    """The chunk of the other open files that shares most words with the place comes first."""
    opened = [
        ("a.py", "def paint(canvas, brush):\n    canvas.draw(brush)\n"),
        ("b.py", "def total(invoice, discount):\n    return invoice.amount - discount\n"),
        ("file.py", "never itself"),
    ]
    found = run_gather(tools, [OpenFiles()], "invoice = load()\ndiscount = $0\n", Workspace(opened=opened))
    assert found.snippets[0].path == "b.py"
    assert all(s.path != "file.py" for s in found.snippets)


def test_recent_edits(tools):
    """Where something was changed a moment ago, in another file."""
    workspace = Workspace(opened=[("other.py", "a = 1\nb = changed_just_now\n")])
    edits = RecentEdits()
    snapshot = workspace.opened[0][1]
    edits.record("other.py", snapshot, TextEdit(Point(1, 4), Point(1, 4), "c"))
    edits.record("other.py", snapshot, TextEdit(Point(1, 5), Point(1, 5), "h"))
    found = run_gather(tools, [edits], "x = $0\n", workspace)
    assert len(found.snippets) == 1
    assert "changed_just_now" in found.snippets[0].text


def test_files_with_a_giant_line_are_not_read(tools):
    """Searching one for secrets takes seconds, on the event loop even, and nothing in it is of use."""
    text = "def paint_canvas(order):\n    pass\n"
    edits = RecentEdits()
    for giant, found in ((0, 1), (30_000, 0)):
        workspace = Workspace(opened=[("min.py", text + "x" * giant + "\n")])
        edits.record("min.py", workspace.opened[0][1], TextEdit(Point(0, 0), Point(0, 0), "def"))
        for source in (edits, OpenFiles()):
            gathered = run_gather(tools, [source], "paint_canvas($0)\n", workspace)
            assert len(gathered.snippets) == found, source.name


def test_order_is_the_sources(tools):
    """Stable sources first, whatever came first; two runs give the same."""
    sources = [Fixed("imports", "alpha beta", ms=50), Fixed("edits", "gamma delta")]
    assert texts(run_gather(tools, sources)) == ["alpha beta", "gamma delta"]


def test_duplicates_are_dropped(tools):
    """What repeats another snippet, or the text around the cursor, does not come."""
    words = "one two three four five six seven eight nine ten"
    sources = [Fixed("a", words), Fixed("b", words + " "), Fixed("c", "x = here_is_the_text")]
    assert texts(run_gather(tools, sources, "x = here_is_the_text $0\n")) == [words]


def test_budget(tools):
    """What does not fit is left out; what fits behind it still comes."""
    sources = [Fixed("a", "word " * 1000), Fixed("b", "small one")]
    assert texts(run_gather(tools, sources, max_tokens=100)) == ["small one"]


def test_hanging_source(tools):
    """A source that hangs costs the deadline once, not at each key, and is said; the others come."""

    async def work():
        loop = asyncio.get_running_loop()
        hanging, quick = Fixed("hanging", "late", ms=10**7), Fixed("quick", "alpha beta")
        generator = tools.Scripted(["1\n"])
        engine = tools.engine_of(generator, sources=(hanging, quick))
        began = loop.time()
        request = tools.ask_at("x = $0\n")
        await engine.suggest(request)
        assert round(loop.time() - began, 3) == 0.15
        assert [s.text for s in generator.requests[0].snippets] == ["alpha beta"]
        assert "hanging: not within 150 ms" in engine.why.last()[0].steps[1].detail
        began = loop.time()
        await engine.suggest(tools.typed(request, "zz"))
        assert loop.time() == began
        assert generator.requests[1].snippets == generator.requests[0].snippets
        assert hanging.calls == 1
        await asyncio.sleep(10)
        engine.stop()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    tools.run(work())


def test_late_source_serves_the_next_key(tools):
    """What came after the deadline is in the next prompt, and no source is asked twice for one visit."""

    async def work():
        slow, quick = Fixed("slow", "gamma delta", ms=400), Fixed("quick", "alpha beta")
        gatherer = Gatherer()
        request = tools.ask_at("x = $0\n")
        window = window_at(request.snapshot, request.position)
        first = await gatherer.start((slow, quick), request, window, Workspace())
        assert texts(first) == ["alpha beta"]
        await asyncio.sleep(0.5)
        second = gatherer.start((slow, quick), request, window, Workspace())
        assert texts(second) == ["gamma delta", "alpha beta"]
        assert (slow.calls, quick.calls) == (1, 1)

    tools.run(work())


def test_a_source_at_work_is_not_asked_again(tools):
    """Not even for another place: each key would pile up one more question that nobody waits for."""

    async def work():
        slow, quick = Fixed("slow", "gamma delta", ms=1000), Fixed("quick", "alpha beta")
        gatherer = Gatherer()
        found = []
        for line in (0, 100, 200):
            request = tools.ask_at("\n" * line + "x = $0\n" + "\n" * (300 - line))
            found.append(
                await gatherer.start(
                    (slow, quick), request, window_at(request.snapshot, request.position), Workspace()
                )
            )
        assert [texts(one) for one in found] == [["alpha beta"]] * 3
        assert (slow.calls, quick.calls) == (1, 3)
        assert "slow: still at work" in found[2].notes
        await asyncio.sleep(1)
        request = tools.ask_at("x = $0\n" + "\n" * 300)
        gatherer.start((slow, quick), request, window_at(request.snapshot, request.position), Workspace())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert slow.calls == 2, "one that has come to an end is asked again"
        gatherer.stop()
        await asyncio.sleep(0)

    tools.run(work())


def test_failing_source(tools):
    """A source that fails is said and does not take the others with it."""
    found = run_gather(tools, [Fixed("bad", error=OSError("disk")), Fixed("good", "alpha beta")])
    assert texts(found) == ["alpha beta"]
    assert found.notes == ("bad: failed (OSError)", "good: 1")


def test_frozen_per_visit(tools):
    """Keys at about the same place share one gathering; a jump gathers anew."""

    async def work():
        source = Fixed("a", "alpha beta")
        generator = tools.Scripted(["zz\n"])
        engine = tools.engine_of(generator, sources=(source,))
        body = "x = $0\n" + "y = 1\n" * 100
        request = tools.ask_at(body)
        for count in range(4):
            await engine.suggest(tools.typed(request, "abcd"[:count]))
        assert source.calls == 1
        await engine.suggest(tools.ask_at("y = 1\n" * 100 + "x = $0\n"))
        assert source.calls == 2

    tools.run(work())


def test_only_the_document_set_is_read(tools, tmp_path, monkeypatch):
    """Sources read nothing but what the document set gives: what it leaves out (excluded) cannot come."""

    def refuse(*args, **kwargs):
        raise AssertionError("a source opened a file by itself")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("pathlib.Path.read_text", refuse)
    workspace = Workspace({}, opened=[("a.py", "alpha beta\n")])
    sources = [ImportedSignatures(), OwnDefinitions(), OpenFiles(), RecentEdits()]
    run_gather(tools, sources, "from secrets_of_mine import key\nalpha = $0\n", workspace)
    assert "secrets_of_mine.py" in workspace.asked


def test_secrets_in_snippets(tools):
    """A key in another open document is overwritten before it can enter a prompt."""
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    workspace = Workspace(opened=[("b.py", f"invoice = 1\naws = '{key}'\n")])
    found = run_gather(tools, [OpenFiles()], "invoice = $0\n", workspace)
    assert found.snippets
    assert key not in found.snippets[0].text


def test_source_that_is_no_source(tools):
    """A source that fails before it begins, or brings what cannot be read, does not stop the suggestion."""

    class Broken:
        name = "broken"

        def snippets(self, request, window, documents):
            raise RuntimeError("not even a coroutine")

    class Odd:
        name = "odd"

        async def snippets(self, request, window, documents):
            return [None]

    async def work():
        for source in (Broken(), Odd()):
            engine = tools.engine_of(tools.Scripted(["1\n"]), sources=(source,))
            assert (await engine.suggest(tools.ask_at("x = $0\n")))[0].text == "1"
            assert any("failed" in s.detail for s in engine.why.last()[0].steps)

    tools.run(work())

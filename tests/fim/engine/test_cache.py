"""Suggestions found again."""

import pytest

from dovetail.fim import Cache, Candidate, CursorAnchor
from dovetail.text import Point, TextEdit


def put(cache, request, *texts):
    cache.put(CursorAnchor.at(request.snapshot, request.position), [Candidate(text, "g") for text in texts])


def get(cache, request):
    found = cache.get(request.snapshot, request.position)
    return None if found is None else ([c.text for c in found[0]], found[1])


@pytest.fixture
def cache():
    return Cache()


def test_type_through(tools, cache):
    """Each key of the suggestion finds what is left of it; a wrong key finds nothing."""
    request = tools.ask_at("a = 1\nb = $0\nc = 3\n")
    put(cache, request, "foo(a, 2)")
    text = "foo(a, 2)"
    for count in range(len(text)):
        assert get(cache, tools.typed(request, text[:count])) == ([text[count:]], count)
    assert get(cache, tools.typed(request, text)) is None
    assert get(cache, tools.typed(request, "fox")) is None


def test_two_sided(tools, cache):
    """The text behind the cursor must be the same; the text before it too."""
    request = tools.ask_at("a = 1\nb = $0\nc = 3\n")
    put(cache, request, "foo")
    assert get(cache, tools.ask_at("a = 1\nb = $0\nc = 4\n")) is None
    assert get(cache, tools.ask_at("a = 2\nb = $0\nc = 3\n")) is None
    assert get(cache, tools.ask_at("a = 1\nb = $0\nc = 3\n", "other.py")) is None
    assert get(cache, request) == (["foo"], 0)


def test_scroll_tolerance(tools, cache):
    """Lines added far above or below change nothing."""
    body = "".join(f"line_{n} = {n}\n" for n in range(60))
    request = tools.ask_at(body + "b = $0\n" + body)
    put(cache, request, "foo")
    moved = tools.ask_at("# new\n# lines\n" + body + "b = $0\n" + body + "# end\n")
    assert get(cache, moved) == (["foo"], 0)


def test_start_of_document_is_a_place_of_its_own(tools, cache):
    """What was proposed in an empty document is not proposed at the end of a full one."""
    put(cache, tools.ask_at("$0"), "import os")
    assert get(cache, tools.ask_at("$0")) == (["import os"], 0)
    assert get(cache, tools.ask_at("im$0")) == (["port os"], 2)
    assert get(cache, tools.ask_at("x = 1\n$0")) is None
    assert get(cache, tools.ask_at("x = 1\nim$0")) is None


def test_backspace(tools, cache):
    """Deleting what was typed of a suggestion finds it whole again."""
    request = tools.ask_at("b = $0\n")
    put(cache, request, "foo(1)")
    longer = tools.typed(request, "foo")
    assert get(cache, longer) == (["(1)"], 3)
    end = longer.position
    shorter = longer.snapshot.edit(TextEdit(Point(0, end.column - 2), end, ""))
    assert cache.get(shorter, Point(0, end.column - 2)) is not None
    assert cache.get(shorter, Point(0, end.column - 2))[0][0].text == "oo(1)"


def test_pairs_that_the_editor_closes(tools, cache):
    """The user types `(`, the editor adds `)`: still the same suggestion. A `)` from nowhere is not."""
    request = tools.ask_at("b = $0\nc = 1\n")
    put(cache, request, "foo(a)")
    assert get(cache, tools.ask_at("b = foo($0)\nc = 1\n")) == (["a)"], 4)
    assert get(cache, tools.ask_at("b = fo$0)\nc = 1\n")) is None


def test_crlf_and_multiline(tools, cache):
    """Type-through over a line end, whatever the document's line end is."""
    request = tools.ask_at("def f():$0\r\nx = 1\r\n")
    put(cache, request, "\n    return 1")
    assert get(cache, tools.ask_at("def f():\r\n    ret$0\r\nx = 1\r\n")) == (["urn 1"], 8)


def test_least_recently_used_of_250_go(tools):
    """The 251st entry drops the one that was not used for longest."""
    cache = Cache()
    asks = [tools.ask_at(f"b_{n} = $0\n", f"{n}.py") for n in range(251)]
    for request in asks[:250]:
        put(cache, request, "foo")
    assert get(cache, asks[0])
    put(cache, asks[250], "foo")
    assert len(cache) == 250
    assert get(cache, asks[0])
    assert get(cache, asks[1]) is None


def test_time_to_live(tools):
    """Old entries are not used; that there is nothing is believed for a shorter time."""
    now = 0.0
    cache = Cache(ttl=100, ttl_nothing=10, clock=lambda: now)
    some, none = tools.ask_at("a = $0\n"), tools.ask_at("b = $0\n")
    put(cache, some, "1")
    put(cache, none)
    assert get(cache, none) == ([], 0)
    now = 11.0
    assert get(cache, none) is None
    assert get(cache, some)
    now = 101.0
    assert get(cache, some) is None
    assert len(cache) == 0


def test_nothing_is_known_at_its_place_only(tools, cache):
    """That there is nothing here says nothing of the next key."""
    request = tools.ask_at("a = $0\n")
    put(cache, request)
    assert get(cache, request) == ([], 0)
    assert get(cache, tools.typed(request, "b")) is None


def test_newest_counts(tools, cache):
    """A later answer for the same place replaces the former, also where it is nothing."""
    request = tools.ask_at("a = $0\n")
    put(cache, request, "old")
    put(cache, request, "new")
    assert get(cache, request) == (["new"], 0)
    assert len(cache) == 1


def test_repetitive_text(tools, cache):
    """Where the text before the cursor repeats itself, what was typed is still found."""
    request = tools.ask_at("x" * 600 + "$0\n")
    put(cache, request, "xxxy")
    assert get(cache, tools.typed(request, "xxx")) is not None


def test_forget(tools, cache):
    """A closed document leaves nothing behind."""
    put(cache, tools.ask_at("a = $0\n"), "1")
    put(cache, tools.ask_at("a = $0\n", "b.py"), "1")
    cache.forget("file:///b.py")
    assert len(cache) == 1
    cache.forget()
    assert len(cache) == 0

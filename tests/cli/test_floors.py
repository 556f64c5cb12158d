"""The completers that the keystroke benchmark measures beside the server."""

from __future__ import annotations

from dovetail.cli.floors import Keywords, NestedNgrams


def test_keyword_completion_takes_the_nearest_word() -> None:
    floor = Keywords()
    floor.learn("a.py", "elsewhere = 1\nelse_ = 2\n")
    floor.open("b.py", ["value_one = 1\n", "value_two = 2\n"], ["value_three = 3\n"])
    assert floor.suggest("x = val") == "ue_two"
    assert floor.suggest("value_one = value") == "_one"
    assert floor.suggest("x = elsew") == "here"
    assert floor.suggest("x = ") == floor.suggest("zzz") == ""


def test_nested_ngrams_go_on_while_they_are_sure() -> None:
    floor = NestedNgrams()
    floor.learn("a.py", "return frame.pop()\n" * 5)
    floor.open("b.py", ["x = 1\n"], [])
    assert floor.suggest("return fr") == "ame.pop()"
    floor.learn("a.py", None)
    floor.open("b.py", ["x = 1\n"], [])
    assert floor.suggest("return fr") == ""

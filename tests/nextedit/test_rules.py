"""What edits teach, and where it applies."""

from __future__ import annotations

import pytest

from dovetail.nextedit import (
    AUTOMATIC,
    ON_DEMAND,
    Edit,
    Predictor,
    Proposal,
    Ranker,
    Silence,
    Text,
    edits_between,
)

ALWAYS = Ranker(9.0, ())
"""A gate that finds everything likely: what is proposed then is up to rules and refusals."""


def after(
    before: str, *edits: tuple[str, str], others: dict[str, str] | None = None, uri: str = "a.py"
) -> list[str]:
    """Make edits (old part, new part) one by one, then list what would be proposed as `file:line old -> new`."""
    predictor = Predictor(ALWAYS)
    lines = tuple(before.split("\n"))
    here = 0
    for old, new in edits:
        text = "\n".join(lines)
        assert old in text, old
        now = tuple(text.replace(old, new, 1).split("\n"))
        for edit in edits_between(uri, lines, now):
            predictor.made(edit)
            here = edit.line
        lines = now
    texts = {uri: Text(uri, lines)} | {
        name: Text(name, tuple(t.split("\n"))) for name, t in (others or {}).items()
    }
    found, _ = predictor.candidates(texts, (uri, here))
    return [
        f"{c.location.uri}:{c.location.line + 1} {' / '.join(c.location.old)} -> {' / '.join(c.location.new)}"
        for c in found
    ]


def test_the_same_rewrite_of_tokens_is_found_at_other_lines() -> None:
    found = after("a = load(path)\nb = 1\nc = load(name)\n", ("load(path)", "read(path)"))
    assert "a.py:3 c = load(name) -> c = read(name)" in found


def test_an_argument_that_was_added_is_added_where_the_same_call_stands() -> None:
    found = after(
        "x = get(url, headers=headers)\ny = post(url, headers=headers)\n",
        ("x = get(url, headers=headers)", "x = get(url, headers=headers, request=request)"),
    )
    assert "a.py:2 y = post(url, headers=headers) -> y = post(url, headers=headers, request=request)" in found


def test_what_was_rewritten_already_is_not_rewritten_again() -> None:
    found = after("f(a)\ng(a)\n", ("f(a)", "f(a, b)"), ("g(a)", "g(a, b)"))
    assert found == []


def test_the_same_block_is_replaced_in_its_own_indentation() -> None:
    found = after(
        "def one():\n    log.debug('x')\n    return 1\n\n"
        "class A:\n    def two(self):\n        log.debug('x')\n        return 2\n",
        ("    log.debug('x')\n    return 1", "    log.info('x')\n    return 1"),
    )
    assert "a.py:7         log.debug('x') ->         log.info('x')" in found


def test_a_template_waits_for_its_second_example() -> None:
    text = "move(one, into=uno)\nmove(two, into=due)\nmove(six, into=sei)\n"
    first = ("move(one, into=uno)", "uno.take(one, now)")
    assert not any("sei.take(six, now)" in each for each in after(text, first))
    twice = after(text, first, ("move(two, into=due)", "due.take(two, now)"))
    assert "a.py:3 move(six, into=sei) -> sei.take(six, now)" in twice


def test_an_import_that_lost_its_last_use_may_go() -> None:
    found = after("import os\nimport re\n\nx = os.getcwd()\ny = re.escape(x)\n", ("os.getcwd()", "'.'"))
    assert "a.py:1 import os -> " in found


def test_a_name_leaves_a_list_of_imports_with_one_comma() -> None:
    found = after("from a import b, c, d\n\nx = c()\ny = b + d\n", ("c()", "1"))
    assert "a.py:1 from a import b, c, d -> from a import b, d" in found


def test_an_import_that_is_still_used_stays() -> None:
    assert not any("import" in each for each in after("import os\nx = os.a\ny = os.b\n", ("os.a", "1")))


def test_places_in_other_files_are_found() -> None:
    found = after(
        "timeout_seconds = 3\n", ("timeout_seconds", "timeout_s"), others={"b.py": "use(timeout_seconds)\n"}
    )
    assert "b.py:1 use(timeout_seconds) -> use(timeout_s)" in found


@pytest.mark.parametrize(
    ("text", "edit", "why"),
    [
        ("a = v(1)\nb = v(1)\nc = v(1)\n", ("v(1)", "v(2)"), "a number alone is a counter"),
        (
            "class Old: pass\nclass New: pass\nclass Old: pass\n",
            ("class Old", "class New"),
            "New is there already",
        ),
        (
            "async def a():\n    x = go()\n\ndef b():\n    y = go()\n",
            ("x = go()", "x = await go()"),
            "b is not async",
        ),
        (
            "def answer(x):\n    return dd(x)\n\nz = dd(1)\n",
            ("z = dd(1)", "z = answer(1)"),
            "inside answer itself",
        ),
    ],
)
def test_what_is_refused(text: str, edit: tuple[str, str], why: str) -> None:
    assert after(text, edit) == [], why


def test_a_proposal_that_would_bring_a_syntax_error_is_refused() -> None:
    before = "if (a and\n    b):\n    pass\ndef f(a,\n    b):\n    pass\n"
    now = before.replace("def f(a,\n    b):", "def f(a,\n    b) -> None:")
    predictor = Predictor(ALWAYS)
    for edit in edits_between("a.py", before.split("\n"), now.split("\n")):
        predictor.made(edit)
    answer = predictor.propose({"a.py": Text("a.py", tuple(now.split("\n")))}, ("a.py", 4))
    assert isinstance(answer, Silence)
    assert any("syntax" in reason for _, reason in answer.refused)


def test_a_rejected_proposal_does_not_come_back_also_not_further_down() -> None:
    before, now = ("load(a)", "x", "load(b)"), ("read(a)", "x", "load(b)")
    predictor = Predictor(ALWAYS)
    for edit in edits_between("a.py", before, now):
        predictor.made(edit)
    answer = predictor.propose({"a.py": Text("a.py", now)}, ("a.py", 0))
    assert isinstance(answer, Proposal)
    predictor.rejected(answer)
    moved = ("read(a)", "new", "lines", "x", "load(b)")
    assert isinstance(predictor.propose({"a.py": Text("a.py", moved)}, ("a.py", 0)), Silence)


def test_a_rule_that_was_rejected_twice_is_silent() -> None:
    now = ("read(a)", "load(b)", "load(c)", "load(d)")
    predictor = Predictor(ALWAYS)
    predictor.made(Edit("a.py", 0, ("load(a)",), ("read(a)",)))
    for _ in range(2):
        answer = predictor.propose({"a.py": Text("a.py", now)}, ("a.py", 0))
        assert isinstance(answer, Proposal)
        predictor.rejected(answer)
    assert isinstance(predictor.propose({"a.py": Text("a.py", now)}, ("a.py", 0)), Silence)


def test_what_was_just_changed_is_not_changed_back() -> None:
    found = after("a = on(1)\nb = off(2)\n", ("on(1)", "off(1)"), ("off(2)", "on(2)"))
    assert found == []


def test_silence_says_why_and_what_was_held_back() -> None:
    predictor = Predictor(Ranker(-2.0, ()))
    assert predictor.propose({}, ("a.py", 0)) == Silence("no edit was made yet")
    predictor.made(Edit("a.py", 0, ("load(a)",), ("read(a)",)))
    answer = predictor.propose({"a.py": Text("a.py", ("read(a)", "load(b)"))}, ("a.py", 0))
    assert isinstance(answer, Silence)
    assert "under the bar" in answer.reason
    assert answer.best is not None
    assert answer.best.new == ("read(b)",)


def test_a_file_that_is_excluded_now_gives_no_places() -> None:
    predictor = Predictor(ALWAYS)
    predictor.made(Edit("secret.py", 0, ("load(a)",), ("read(a)",)))
    predictor.forget_file("secret.py")
    assert predictor.propose({"a.py": Text("a.py", ("load(b)",))}, ("a.py", 0)) == Silence(
        "no edit was made yet"
    )


RENAMED = "def total_of(cart):\n    return cart.sum\n\n\na = total_of(one)\nb = total_of(two)"


def test_a_definition_that_was_renamed_is_for_the_editors_own_rename() -> None:
    predictor, texts = _renamed(RENAMED)
    answer = predictor.propose(texts, ("a.py", 0), ON_DEMAND)
    assert isinstance(answer, Silence)
    assert answer.rename is not None
    assert (answer.rename.old, answer.rename.new, answer.rename.uses) == ("total_of", "total", 2)
    assert (answer.rename.line, answer.rename.column) == (0, 4)
    assert "editor's rename" in answer.reason
    predictor.keep_name(answer.rename)
    again = predictor.propose(texts, ("a.py", 0), ON_DEMAND)
    assert isinstance(again, Silence)  # never by tokens either
    assert again.rename is None


@pytest.mark.parametrize(
    "text",
    [
        RENAMED + "\n\n\ndef total_of(till):\n    pass",  # the uses may mean that one
        "def total_of(cart):\n    return cart.sum",  # nothing is left
        "# total_of\ndef total_of(cart, total_of=1):\n    return cart.sum",  # the parameter has another name too
    ],
)
def test_where_no_rename_is_offered(text: str) -> None:
    predictor, texts = _renamed(text)
    answer = predictor.propose(texts, ("a.py", 0), ON_DEMAND)
    assert isinstance(answer, Silence)
    assert answer.rename is None


def _renamed(text: str) -> tuple[Predictor, dict[str, Text]]:
    before = tuple(text.split("\n"))
    after = tuple(text.replace("def total_of(cart", "def total(cart").split("\n"))
    predictor = Predictor()
    for edit in edits_between("a.py", before, after):
        predictor.made(edit)
    return predictor, {"a.py": Text("a.py", after, "python")}


def test_a_part_of_what_was_done_is_not_done_where_all_of_it_can_be() -> None:
    """Both edits turned a call round; one run of their tokens alone would leave half of it."""
    found = after(
        "equals(alpha, read(alpha_path))\nequals(beta, read(beta_path))\nequals(gamma, read(gamma_path))\n",
        ("equals(alpha, read(alpha_path))", "that(read(alpha_path)).is_equal(alpha)"),
        ("equals(beta, read(beta_path))", "that(read(beta_path)).is_equal(beta)"),
    )
    third = [each for each in found if each.startswith("a.py:3 ")]
    assert third == ["a.py:3 equals(gamma, read(gamma_path)) -> that(read(gamma_path)).is_equal(gamma)"]


def calls(call: str) -> str:
    functions = ("one", "two", "three", "four")
    return "\n\n".join(
        f'def {name}(cart):\n    {call}("{name} %s", cart)\n    return cart\n' for name in functions
    )


def test_what_is_left_in_another_file_does_not_lead_away_from_what_follows_here() -> None:
    predictor, texts = Predictor(), {}
    for uri, old, new, names in (
        ("shop.py", "log.debug", "logger.debug", ("one", "two", "three")),
        ("again.py", "app.warn", "app.info", ("one", "two")),
    ):
        lines = tuple(calls(old).split("\n"))
        for name in names:
            now = tuple("\n".join(lines).replace(f'{old}("{name}', f'{new}("{name}').split("\n"))
            for edit in edits_between(uri, lines, now):
                predictor.made(edit)
            lines = now
        texts[uri] = Text(uri, lines)
    for here, line in (("again.py", 11), ("shop.py", 16)):
        proposal = predictor.propose(texts, (here, 0), ON_DEMAND)
        assert isinstance(proposal, Proposal)
        assert (proposal.uri, proposal.line) == (here, line)


def test_other_arguments_may_differ_and_the_call_may_stand_anywhere() -> None:
    found = after(
        "a = send(x, None)\nb = send(y, None)\nif ready: return wait(send(get(z, None), None))\n",
        ("send(x, None)", "send(x, policy)"),
        ("send(y, None)", "send(y, policy)"),
    )
    line = "if ready: return wait(send(get(z, None), {}))"
    assert found == [f"a.py:3 {line.format('None')} -> {line.format('policy')}"]


def test_after_one_edit_an_argument_is_a_value() -> None:
    found = after(
        "a = send(x, None)\nreturn wait(send(get(z, None), None))\n", ("send(x, None)", "send(x, policy)")
    )
    assert not any("send(get(z, None), policy)" in each for each in found)


FIELDS = "".join(
    f"def {name}(self):\n    log.info('{name}')\n    return self.{name}\n\n"
    for name in ("width", "height", "depth", "weight")
)


def test_an_insertion_is_made_where_the_lines_beside_are_like_those_of_three_others() -> None:
    made = [
        (f"def {name}(self):\n", f"def {name}(self):\n    check(self)\n")
        for name in ("width", "height", "depth")
    ]
    assert not any(":11 " in each or ":12 " in each for each in after(FIELDS, *made[:2]))
    assert "a.py:17  ->     check(self)" in after(FIELDS, *made)


def test_both_sides_say_where_if_both_say_anything() -> None:
    text = FIELDS + "def colour(self):\n    raise NotImplementedError\n"
    made = [
        (f"def {name}(self):\n", f"def {name}(self):\n    check(self)\n")
        for name in ("width", "height", "depth")
    ]
    found = after(text, *made)
    assert [each.partition(" ")[0] for each in found] == ["a.py:17"]


@pytest.mark.parametrize(
    ("files", "edited", "least", "shown"),
    [
        (12, 1, AUTOMATIC, True),
        (13, 1, AUTOMATIC, False),
        (40, 1, AUTOMATIC, False),
        (40, 2, AUTOMATIC, True),
        (40, 1, ON_DEMAND, True),
    ],
)
def test_of_a_line_that_stands_in_many_files_a_second_edit_is_waited_for(
    files: int, edited: int, least: float, shown: bool
) -> None:
    """A slip of the pen in a licence's header would be offered in every file that has one."""
    old, new = "# Copyright of the authors", "# Copyright of the maintainers"
    texts = {f"{n}.py": Text(f"{n}.py", (old, "", f"x{n} = {n}")) for n in range(files + edited)}
    predictor = Predictor(ALWAYS)
    for n in range(edited):
        uri = f"{n}.py"
        now = (new, *texts[uri].lines[1:])
        for edit in edits_between(uri, texts[uri].lines, now):
            predictor.made(edit)
        texts[uri] = Text(uri, now)
    found = predictor.propose(texts, (f"{edited - 1}.py", 0), least)
    assert isinstance(found, Proposal) is shown
    if isinstance(found, Proposal):
        assert found.new == (new,)


def test_a_rename_that_was_taken_back_keeps_no_rule_quiet() -> None:
    """What spreads a renamed definition's name is left to the editor's rename; once it is undone there is none."""
    lines = ("def fetch(x):", "    return x", "", "a = fetch(1)", "b = fetch(2)", "c = fetch(3)", "")
    predictor = Predictor(ALWAYS)
    named = tuple("\n".join(lines).replace("def fetch", "def load").split("\n"))
    (rename,) = edits_between("a.py", lines, named)
    for forget in (predictor.undone, lambda edit: predictor.forget_file("a.py")):
        predictor.made(rename)
        now = lines
        for number in (1, 2):
            after = tuple("\n".join(now).replace(f"= fetch({number})", f"= load({number})").split("\n"))
            if number == 1:
                forget(rename)
            for edit in edits_between("a.py", now, after):
                predictor.made(edit)
            now = after
        found, _ = predictor.candidates({"a.py": Text("a.py", now)}, ("a.py", 4))
        assert 5 in [each.location.line for each in found]
        predictor.forget_file("a.py")

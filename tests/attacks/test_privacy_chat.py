"""What a chat server is sent, and what its answer may do to a key that it was not shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dovetail.edits import MemoryWorkspace, make_plan, read_reply, retry_text
from dovetail.edits.chat import (
    Action,
    Diagnostic,
    EditRequest,
    Exchange,
    Region,
    ShownFile,
    make_edit,
    messages_for,
)

KEY = "q7Zp2Lx9" + "Vb4Tn8Rk3Mw6Yd1H"
CODE = (
    f'API_KEY = "{KEY}"\n\n\ndef total(items):\n    return sum(items)\n\n\n'
    "def mean(items):\n    return total(items) / 2\n"
)
LINES = [f"pTyGJMuHbEL31IeL2HPcHyGcFRl1SPnXNYvMIHa/2o76umfXfKm/r5kJP1VrT+{n:02d}F" for n in range(12)]
PEM = "\n".join(["-----BEGIN RSA " + "PRIVATE KEY-----", *LINES, "-----END RSA " + "PRIVATE KEY-----"])
STARS = "*" * len(KEY)


def exchange(
    request: EditRequest, answers: list[str], files: dict[str, str]
) -> tuple[Exchange, list[str], MemoryWorkspace]:
    """The exchange, and every text that was sent."""
    sent: list[str] = []
    left = list(answers)

    async def answer(
        messages: list, prediction: str | None
    ) -> AsyncIterator[tuple[str, int | None, str | None]]:
        sent.append("\n".join([*(message["content"] for message in messages), prediction or ""]))
        yield (left.pop(0) if left else "I cannot."), None, "stop"

    workspace = MemoryWorkspace(files, {path: [text] for path, text in files.items()})
    return asyncio.run(make_edit(request, messages_for(request), workspace, answer)), sent, workspace


def files_request(text: str, form: str = "search-replace", **rest: object) -> EditRequest:
    return EditRequest(Action.FILES, "use fsum", (ShownFile("app.py", text, "python"),), format=form, **rest)  # type: ignore[arg-type]


def block(old: str, new: str, path: str = "app.py") -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


NEW = CODE.replace("return sum(items)", "return math.fsum(items)")
SHOWN = CODE.replace(KEY, STARS)
ANSWERS = {
    "a block that quotes the line with stars": block(
        f'API_KEY = "{STARS}"\n\n\ndef total(items):\n    return sum(items)\n',
        f'API_KEY = "{STARS}"\n\n\ndef total(items):\n    return math.fsum(items)\n',
    ),
    "the whole file": "app.py\n```python\n" + NEW.replace(KEY, STARS) + "```\n",
    "the whole file, the stars miscounted": "app.py\n```python\n" + NEW.replace(KEY, "*" * 19) + "```\n",
    "a diff with the line as context": (
        f'```diff\n--- a/app.py\n+++ b/app.py\n@@ -1,5 +1,5 @@\n API_KEY = "{STARS}"\n \n \n def total(items):\n'
        "-    return sum(items)\n+    return math.fsum(items)\n```\n"
    ),
    "apply_patch": (
        f'*** Begin Patch\n*** Update File: app.py\n@@\n API_KEY = "{STARS}"\n \n \n def total(items):\n'
        "-    return sum(items)\n+    return math.fsum(items)\n*** End Patch\n"
    ),
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_key_that_the_answer_repeats_as_stars_stays(name: str) -> None:
    found, sent, _ = exchange(files_request(CODE), [ANSWERS[name]], {"app.py": CODE})
    assert found.plan is not None and found.plan.ok, found.plan
    assert found.plan.files[0].after == NEW
    assert not any(KEY in text for text in sent)


@pytest.mark.parametrize(
    "line",
    [
        f'API_KEY = os.environ.get("API_KEY", "{STARS}")\n',
        f'API_KEY = "{STARS}"  # rotated\n',
        'KEY = "' + STARS + '"\n',
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_stars_are_never_written_over_a_key(line: str, whole: bool) -> None:
    answer = block(f'API_KEY = "{STARS}"\n', line)
    if whole:
        answer = "app.py\n```python\n" + NEW.replace(f'API_KEY = "{KEY}"\n', line) + "```\n"
    found, _, _ = exchange(files_request(CODE), [answer], {"app.py": CODE})
    assert found.plan is not None and not found.plan.ok
    assert not found.plan.files or KEY in (found.plan.files[0].after or "")
    assert "overwrite" in " ".join(outcome.reason for outcome in found.plan.refused)


def test_the_line_of_a_key_can_be_moved_and_deleted() -> None:
    gone, _, _ = exchange(files_request(CODE), [block(f'API_KEY = "{STARS}"\n\n\n', "")], {"app.py": CODE})
    assert gone.plan is not None and gone.plan.ok
    assert (gone.plan.files[0].after or "").startswith("def total")
    moved = block(f'API_KEY = "{STARS}"\n', f'class Config:\n    API_KEY = "{STARS}"\n')
    found, _, _ = exchange(files_request(CODE), [moved], {"app.py": CODE})
    assert found.plan is not None and found.plan.ok
    assert (found.plan.files[0].after or "").startswith(f'class Config:\n    API_KEY = "{KEY}"\n')


def test_stars_of_the_files_own_are_no_secret() -> None:
    text = CODE + "\n# ************************\n# end\n"
    answer = "app.py\n```python\n" + text.replace(KEY, STARS).replace("# end", "# over") + "```\n"
    found, _, _ = exchange(files_request(text), [answer], {"app.py": text})
    assert found.plan is not None and found.plan.ok
    assert found.plan.files[0].after == text.replace("# end", "# over")


def test_a_private_key_is_kept_line_by_line() -> None:
    text = f'KEY = """{PEM}\n"""\n\n\ndef size(x):\n    return len(x)\n'
    request = files_request(text)
    assert not any(line in request.files[0].text for line in LINES)
    answer = "app.py\n```python\n" + request.files[0].text.replace("len(x)", "len(x) + 1") + "```\n"
    found, sent, _ = exchange(request, [answer], {"app.py": text})
    assert found.plan is not None and found.plan.ok, found.plan
    assert found.plan.files[0].after == text.replace("len(x)", "len(x) + 1")
    assert not any(line in one for one in sent for line in LINES)


UNFIT = block("    return added(items)\n", "    return math.fsum(items)\n")
NEAR = block(
    f'API_KEY = "{STARS}"\n\n\ndef total(item):\n    return sum(item)\n', "def total(items):\n    return 0\n"
)


@pytest.mark.parametrize("answers", [[UNFIT, UNFIT, "I cannot."], [NEAR, NEAR, NEAR], [UNFIT, NEAR, UNFIT]])
def test_the_second_and_third_question_hold_no_key(answers: list[str]) -> None:
    _, sent, _ = exchange(files_request(CODE), answers, {"app.py": CODE})
    assert len(sent) > 1
    assert not any(KEY in text for text in sent)


def test_an_answer_that_quotes_a_key_by_chance_does_not_send_it_on() -> None:
    _, sent, _ = exchange(files_request(CODE), [f"Is it {KEY}?\n" + UNFIT, UNFIT], {"app.py": CODE})
    assert len(sent) > 1 and not any(KEY in text for text in sent)


OTHERS = {
    "other.py": "def f():\n    return internal_price_table\n",
    "secrets.yml": "internal_price_table: 1\n",
    "terraform.tfstate": '{"internal_price_table": 1}\n',
    ".kube/config": "internal_price_table: 1\n",
    "docs/x.md": "internal_price_table\n",
}


@pytest.mark.parametrize("path", sorted(OTHERS))
@pytest.mark.parametrize("old", ["nothing such\n", "def f():\n    return external_price_table\n"])
def test_nothing_of_a_file_that_only_the_answer_names_is_sent(path: str, old: str) -> None:
    answer = block(old, "x\n", path)
    found, sent, _ = exchange(files_request(CODE), [answer, answer, answer], {"app.py": CODE} | OTHERS)
    assert not any("internal_price_table" in text for text in sent)
    assert found.plan is not None and not found.plan.ok
    assert path in " ".join([*found.notes, *(outcome.reason for outcome in found.plan.refused)])


def test_a_report_that_quotes_a_key_is_sent_without_it() -> None:
    text = f'x = "{KEY}"\ntoken = "{KEY}"\n'
    request = EditRequest(
        Action.FIX,
        "",
        (ShownFile("app.py", text),),
        None,
        (
            Diagnostic("app.py", 0, 4, f"Type \"Literal['{KEY}']\" has no attribute"),
            Diagnostic("app.py", 1, 0, "bad"),
        ),
    )
    sent = "".join(message["content"] for message in messages_for(request))
    assert KEY not in sent and "has no attribute" in sent


def test_a_prediction_inside_a_private_key_holds_nothing_of_it() -> None:
    text = f"a = 1\n{PEM}\nb = 2\n"
    request = EditRequest(Action.REGION, "shorter", (ShownFile("app.py", text),), Region(5, 9))
    _, sent, _ = exchange(request, ["I cannot."], {"app.py": text})
    assert sent and not any(line in one for one in sent for line in LINES)


def test_an_instruction_that_repeats_a_key_of_the_file_is_sent_without_it() -> None:
    request = EditRequest(Action.FILES, f"why is {KEY} refused?", (ShownFile("app.py", CODE),))
    assert KEY not in "".join(message["content"] for message in messages_for(request))


def test_what_to_tell_the_model_holds_no_key_of_the_file() -> None:
    """Its reasons quote the lines that stand there."""
    text = f'import os\nAPI_KEY = "{KEY}"\nTIMEOUT = 3\nRETRIES = 5\n'
    reply = read_reply(block('import os\nAPI_KEY = os.environ["KEY"]\nTIMEOUT = 3\n', "import os\n", "a.py"))
    plan = make_plan(reply, MemoryWorkspace({"a.py": text}))
    assert not plan.ok and KEY in plan.refused[0].reason
    told = retry_text(plan)
    assert "TIMEOUT = 3" in told and "API_KEY = " in told and KEY not in told


def test_stars_are_never_added_by_a_weaker_reading_either() -> None:
    """A diff in which a line lost its sign is read in several ways; those that would write stars are none."""
    text = f'x = 1\ny = 2\nAPI_KEY = "{KEY}"\n'
    for sign in ("+", ""):
        answer = (
            "```diff\n--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,4 @@\n x = 1\n"
            f'{sign}SECRET_KEY = "{STARS}"\n+z = 3\n y = 2\n```\n'
        )
        found, _, _ = exchange(files_request(text), [answer, answer], {"app.py": text})
        assert found.plan is not None and not found.plan.ok

"""A reply without an edit: what was seen instead, and what to do about it."""

from __future__ import annotations

import pytest

from dovetail.edits import MemoryWorkspace, make_plan, read_reply
from dovetail.edits.report.report import message


@pytest.mark.parametrize(
    ("reply", "seen", "advice"),
    [
        ("", "it is empty", "Copy the whole answer"),
        ("\n \n", "it is empty", "Copy the whole answer"),
        (
            "I raised the rate in a.py.\nAll done.\n",
            "nothing but prose (2 lines)",
            "Ask the model for a diff",
        ),
        ("Which file?\n", "a question ('Which file?')", "Answer it"),
        ("要改哪个文件？\n", "a question", "Answer it"),
        ("pip install attrs\n", "a command of the shell ('pip install attrs')", "run it yourself"),
        ("Run:\n```bash\npip install attrs\n```\n", "a command or output in a code block", "run it yourself"),
        ("```\n$ ls\n```\n```\n$ ls\n```\n", "a command or output in 2 code blocks", "run it yourself"),
        ("```python\nx = 1\n```\n", "1 code block that names no file", "Write the path"),
        (
            "```python\nx = 1\n```\n```bash\nmake\n```\n",
            "in a code block; 1 code block that names no file",
            "run it yourself",
        ),
        ("<think>\nI should\n", "thinking that does not end", "more tokens"),
        ("<html><head><title>502 Bad Gateway</title>\n", "a page of HTML ('502 Bad Gateway')", "address"),
        ('{"error": {"message": "no model"}}', "an error of a server ('no model')", "gave no answer"),
        ('{"error": "no model"}', "an error of a server ('no model')", "gave no answer"),
        ('{"name": "read_file", "arguments": {"path": "a.py"}}', "a call of 'read_file'", "changes no file"),
        (
            '{"method": "tools/call", "params": {"name": "list", "arguments": {}}}',
            "a call of 'list'",
            "changes no file",
        ),
        ('{"a": 1, "b": 2}', "JSON without an edit of a file (its keys: a, b)", "Ask the model"),
        ('{"a": ', "JSON that does not parse", "may be cut"),
        ('data: {"choices": []}\n\ndata: [DONE]\n', "events of a stream", "text of the answer"),
        (" a.py | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n", "the summary of a diff", "Paste"),
        (
            "Traceback (most recent call last):\n  x\nValueError\n",
            "output of a program",
            "Give it to the model",
        ),
        ("def f(x):\n    return x\n", "2 lines of code, and no file is named", "Write the path"),
    ],
)
def test_what_is_there_instead_of_an_edit_is_said_and_what_to_do(reply: str, seen: str, advice: str) -> None:
    plan = make_plan(read_reply(reply), MemoryWorkspace({"a.py": "x = 1\n"}))
    said = message(plan)
    assert not plan.outcomes
    assert said.startswith("The reply holds no edit of a file: ")
    assert seen in said
    assert advice in said


def test_a_reply_with_an_edit_is_said_to_hold_nothing_else() -> None:
    reply = read_reply("Which one?\n\na.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n")
    assert reply.changes and reply.seen == ()

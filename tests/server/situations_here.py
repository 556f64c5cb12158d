"""Situations whose cause is the place: the file, the settings, the text around the cursor, what a model wrote."""

from __future__ import annotations

from situations import ALONE, Situation, command, dismiss, out_of_order, piece, streams
from small_server import completions

from dovetail.fim.builtin import AUTOMATIC

ANSWERS = completions("width * height\n")
LATER = ("asked by hand",)

OFF = [
    Situation(
        name="a folder that git ignores",
        others={".gitignore": "src/\n"},
        answers=ANSWERS,
        told=("Off in this file: ignored by .gitignore.",),
        status=("off: ", "ignored by .gitignore"),
    ),
    Situation(
        name="excluded by the settings",
        settings={"completion": {"exclude": ["src/**"]}},
        answers=ANSWERS,
        told=("Off in this file", "completion.exclude"),
        status=("off: ", "completion.exclude"),
    ),
    Situation(
        name="a file of secrets",
        file=".env",
        answers=ANSWERS,
        told=("Off in this file: named like a file of secrets.",),
        status=("off: ",),
    ),
    Situation(
        name="an unsaved file called like one of secrets",
        uri="untitled:.env",
        answers=ANSWERS,
        told=("Off in this file: named like a file of secrets.",),
    ),
    Situation(
        name="a cell of an ignored notebook",
        others={".gitignore": "private/\n"},
        uri="vscode-notebook-cell:{}/private/n.ipynb#W0",
        answers=ANSWERS,
        told=("Off in this file: ignored by .gitignore.",),
    ),
    Situation(
        name="binary data", text="a\0b‸\n", answers=ANSWERS, told=("Off here: the file holds binary data.",)
    ),
    Situation(
        name="a very long line near the cursor",
        text="x = 1‸\ny = '" + "a" * 21_000 + "'\n",
        answers=ANSWERS,
        told=("line 2 is 21,006 characters long", "at most 20,000"),
        status=("off: ", "line 2"),
    ),
    Situation(
        name="changes out of order",
        before=out_of_order,
        answers=ANSWERS,
        told=("changes came out of order", "close and open the file again."),
        status=("off: ",),
    ),
    Situation(
        name="snoozed",
        before=command("dovetail.snooze", {"minutes": 5}),
        answers=ANSWERS,
        told=("Snoozed until ",),
        status=("off: Snoozed until ",),
    ),
    Situation(
        name="turned off in this session",
        before=command("dovetail.toggle", {"on": False}),
        answers=ANSWERS,
        told=("Dovetail is off", "in this session", "dovetail.toggle"),
        status=("off: Dovetail is off", "dovetail.toggle"),
    ),
    Situation(
        name="turned off by a file of the workspace",
        others={"dovetail.toml": "enabled = false\n"},
        answers=ANSWERS,
        told=("Dovetail is off", "setting enabled", "dovetail.toml"),
        status=("off: Dovetail is off", "dovetail.toml"),
    ),
    Situation(
        name="by hand only",
        settings={"completion": {"mode": "manual"}},
        answers=ANSWERS,
        told=("only when asked for", "setting completion.mode"),
        status=("off: ", "completion.mode"),
    ),
    Situation(
        name="by hand only, by the older setting",
        settings={"completion": {"automatic": False}},
        answers=ANSWERS,
        told=("only when asked for", "setting completion.automatic"),
    ),
    Situation(
        name="a language that is off",
        settings={"completion": {"languages": {"python": False}}},
        answers=ANSWERS,
        told=("Off for python", "setting completion.languages"),
        status=("off: Off for python",),
    ),
    Situation(
        name="a language that was turned off in this session",
        before=command("dovetail.toggle", {"language": "python", "on": False}),
        answers=ANSWERS,
        told=("Off for python", "in this session", "dovetail.toggle"),
    ),
]

PLACE = [
    Situation(
        name="a line of data",
        text="x = '" + "a" * 2_500 + "‸'\n",
        answers=ANSWERS,
        told=("Nothing is asked for here: the line is longer than 2,000 characters.",),
    ),
    Situation(
        name="in a word", text="ret‸urn\n", answers=ANSWERS, told=("the cursor is in the middle of a word.",)
    ),
    Situation(
        name="text behind the cursor",
        text="x = ‸ foo + bar\n",
        answers=ANSWERS,
        told=("more than closing brackets to the right of the cursor", *LATER),
    ),
    Situation(
        name="a place that is not there",
        at=(99, 0),
        answers=ANSWERS,
        told=("The position lies outside the document.",),
    ),
    Situation(
        name="nothing to learn from",
        settings={},
        text="‸",
        told=("The built-in model knows nothing that goes on from here.",),
    ),
    Situation(
        name="the built-in model is not sure",
        settings={},
        told=("The built-in model's best guess, ", f"under its bar of {AUTOMATIC:.0%}", *LATER),
    ),
    Situation(
        name="only for as long as a key is held",
        settings={"completion": {"mode": "subtle"}},
        answers=ANSWERS,
        told=("Suggested by mine.",),
        shown=True,
    ),
    Situation(
        name="kept from before",
        answers=ANSWERS,
        asked=2,
        told=("Suggested by an answer that was kept from before.",),
        shown=True,
    ),
]

ANSWERED = [
    Situation(
        name="an empty answer",
        answers=completions(""),
        told=("mine answered with an empty text.",),
        status=("idle: mine (http://127.0.0.1:",),
    ),
    Situation(
        name="an empty answer, a moment ago",
        answers=completions(""),
        asked=2,
        told=("mine answered with an empty text.", "a moment ago", *LATER),
    ),
    Situation(
        name="an empty answer in an unsaved file",
        uri="untitled:Untitled-1",
        answers=completions(""),
        told=("mine answered with an empty text.",),
    ),
    Situation(name="blanks", answers=completions("   \n\n"), told=("mine answered", "only blanks")),
    Situation(
        name="a sentence",
        answers=completions("Here is the code you asked for:\n\n"),
        told=("mine answered", "with a sentence instead of code."),
    ),
    Situation(
        name="the same again and again",
        answers=completions(" + ".join("a" * 20) + "\n"),
        told=("mine answered", "the text repeats itself."),
    ),
    Situation(
        name="the lines above",
        text="x = 1\ny = 2\nz = 3\n‸\n",
        answers=completions("x = 1\ny = 2\nz = 3\n"),
        told=("mine sent no text to insert", "what stands before the cursor."),
    ),
    Situation(
        name="what stands behind the cursor",
        text="print(‸)\n",
        answers=completions(")"),
        told=("mine answered", "it stands behind the cursor already."),
    ),
    Situation(
        name="the line below",
        text="def f():\n    ‸\n    return 1\n",
        answers=completions("return 1\n"),
        told=("mine answered", "it is the line that already follows."),
    ),
    Situation(
        name="another family's control token",
        answers=completions("<fim_middle>"),
        told=("mine answered", "control token <fim_middle>."),
    ),
    Situation(
        name="a sign that nobody sees",
        answers=completions("wid\u202eth\n"),
        told=("mine answered", "invisible character (U+202E)."),
    ),
    Situation(
        name="a stop string of the user's",
        settings={**ALONE, "completion": {"stop": ["width"]}},
        answers=ANSWERS,
        told=("mine answered", "'width'", "setting completion.stop"),
    ),
    Situation(
        name="too unlikely for the user",
        settings={**ALONE, "completion": {"leastConfidence": 0.9}},
        answers=completions(
            streams(piece("width", logprobs={"token_logprobs": [-1.5]}), piece("", finish_reason="stop"))
        ),
        told=("mine answered", "22%", "90%", "completion.leastConfidence."),
    ),
    Situation(
        name="dismissed a moment ago",
        answers=ANSWERS,
        before=dismiss,
        told=("There was an answer", "it was dismissed a moment ago."),
    ),
    Situation(
        name="not what the menu has selected",
        popup="abc",
        answers=ANSWERS,
        told=("mine answered", "the pop-up's entry 'abc'."),
    ),
]

HERE = [*OFF, *PLACE, *ANSWERED]

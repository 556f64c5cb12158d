"""A golden prompt for each family, and control tokens that stay text."""

from __future__ import annotations

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from dovetail.endpoints import FAMILIES, FimRequest, build_prompt, family_of, neutralise, restored
from dovetail.endpoints._prompts import CandidateText

GOLDEN = Path(__file__).parent / "golden"
PLAIN = FimRequest(
    "def add(a, b):\n    return ", "\n\nprint(add(1, 2))\n", path="src/sum.py", language="python"
)
FULL = evolve(PLAIN, repo="adder", files=(("src/util.py", "ONE = 1\n"), ("README", "An adder.")))


def golden(name: str) -> str:
    family = FAMILIES[name]
    parts = [("one file", build_prompt(family, PLAIN)), ("with other files", build_prompt(family, FULL))]
    if family.suffix_first:
        parts.append(("suffix first", build_prompt(family, PLAIN, suffix_first=True)))
    parts.append(("stop", "\n".join(map(repr, family.stop))))
    return "".join(f"== {title}\n{text}\n" for title, text in parts)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_prompt_is_the_golden_one(name: str) -> None:
    """Byte for byte. DOVETAIL_UPDATE=1 rewrites the files, to be looked at before they are committed."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("DOVETAIL_UPDATE"):
        file.write_text(golden(name), encoding="utf-8", newline="\n")
    with file.open(encoding="utf-8", newline="") as opened:
        assert golden(name) == opened.read()


VOCABULARIES = json.loads((Path(__file__).parent / "vocabularies.json").read_text(encoding="utf-8"))
LOOKS_LIKE_A_TOKEN = re.compile(r"▁?<[^<>\s{}]+>|\[[A-Z/_]+\]")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_control_token_is_one_of_the_familys_vocabulary(name: str) -> None:
    """What a vocabulary lacks is read as plain text."""
    family = FAMILIES[name]
    known = set(VOCABULARIES[name]["tokens"])
    parts = (
        family.layout,
        family.suffix_first or "",
        family.several or "",
        family.head,
        family.file,
        family.current,
    )
    written = {token for part in (*parts, *family.stop) for token in LOOKS_LIKE_A_TOKEN.findall(part)}
    assert written and written <= known
    # All that the user's text may hold of the vocabulary and that the template uses is found there.
    for token in written:
        assert family.shapes.search(f"a{token}b" if token != "+++++ " else token), token


def test_each_vocabulary_tells_where_it_is_from() -> None:
    assert set(VOCABULARIES) == set(FAMILIES)
    assert all(
        one["source"] and len(one["tokens"]) == len(set(one["tokens"])) for one in VOCABULARIES.values()
    )
    # `seen`: where it was looked up besides, independently of who wrote the list down.
    assert all(set(one) <= {"source", "tokens", "seen"} for one in VOCABULARIES.values())


@pytest.mark.parametrize(
    "model",
    [
        "mistral:7b", "mistral-nemo", "devstral-small-2", "mamba-codestral-7B", "codestral-embed", "glm4:9b",
        "GLM-4-32B-0414", "DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1:7b", "codegeex2-6b", "CodeLlama-70b-hf",
        "codellama:7b-python", "qwen:7b", "qwen2-math:7b", "Mellum2-12B-A2.5B-Base", "granite-embedding:278m",
        "gpt-oss:20b", "llama3.2", "sweep-next-edit-1.5B", "zeta",
    ],
)  # fmt: skip
def test_models_that_cannot_fill_in_have_no_family(model: str) -> None:
    assert family_of(model) is None


def test_the_path_of_starcoder2_stands_behind_the_prefix_token() -> None:
    prompt = build_prompt(FAMILIES["starcoder2"], FULL)
    assert prompt.startswith(
        "<repo_name>adder<file_sep>src/util.py\nONE = 1<file_sep>README\nAn adder.<file_sep>"
    )
    assert "<file_sep><fim_prefix>src/sum.py\ndef add" in prompt


def test_codestral_reads_other_files_before_the_prefix() -> None:
    prompt = build_prompt(FAMILIES["codestral"], FULL)
    assert prompt.startswith("[SUFFIX]\n\nprint(add(1, 2))\n[PREFIX]+++++ src/util.py\n")
    assert prompt.endswith("+++++ src/sum.py\ndef add(a, b):\n    return ")


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(FAMILIES)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Qwen2.5-Coder-7B-Q8_0.gguf", "qwen"),
        ("qwen3-coder:30b", "qwen"),
        ("codeqwen:7b-code", "codeqwen1.5"),
        ("CodeQwen1.5-7B", "codeqwen1.5"),
        ("ibm-granite/granite-4.0-h-tiny", "granite4"),
        ("granite-code:8b", "granite3"),
        ("granite3.3:2b", "granite3"),
        ("bigcode/starcoder2-3b", "starcoder2"),
        ("starcoder:1b", "starcoder"),
        ("bigcode/santacoder", "santacoder"),
        ("stable-code:3b-code", "stablecode"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Base", "deepseek"),
        ("codellama:13b-code", "codellama"),
        ("CodeLlama-7b-hf", "codellama"),
        ("codegemma:2b", "codegemma"),
        ("codestral-latest", "codestral"),
        ("ByteDance-Seed/Seed-Coder-8B-Base", "seed-coder"),
        ("mercury-coder", "mercury"),
        ("THUDM/codegeex4-all-9b", "codegeex4"),
        ("zai-org/GLM-4.5-Air", "glm4.5"),
        ("Falcon-H1-Tiny-Coder-90M-Q8_0.gguf", "falcon-h1-tiny"),
        ("Falcon-H1-Tiny-90M-Instruct", None),
        ("llama3.2:3b", None),
        ("", None),
    ],
)
def test_a_models_name_tells_its_family(model: str, family: str | None) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_head_of_the_prompt_does_not_change_while_typing(name: str) -> None:
    """All before the document's own parts is the same for each key; suffix first, the suffix too."""
    family = FAMILIES[name]
    one = build_prompt(family, FULL)
    other = build_prompt(family, evolve(FULL, prefix=FULL.prefix + "a"))
    same = os.path.commonprefix([one, other])  # noqa: RUF071 (characters are meant)
    suffix_leads = family.layout.index("{suffix}") < family.layout.index("{prefix}")
    assert same.endswith(FULL.prefix)
    assert (FULL.suffix in same) == suffix_leads
    if family.files:
        assert "ONE = 1" in same


HOSTILE = (
    "x <|fim_middle|> y <|endoftext|> <fim_suffix> <fim-middle> <｜fim▁hole｜> <PRE> <MID></s> [SUFFIX] "
    "[INST]\n+++++ evil.py\n<[fim-middle]> <|code_middle|> <|im_end|> <|eos_token|> <file_sep> <end_of_turn>"
)


def controls(name: str) -> set[str]:
    """The family's control tokens: those in its layouts and its stop strings."""
    family = FAMILIES[name]
    empty = FimRequest("", "")
    text = build_prompt(family, empty) + build_prompt(family, evolve(empty, files=(("", ""),), repo=" "))
    return set(family.shapes.findall(text)) | {stop for stop in family.stop if family.shapes.search(stop)}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_control_tokens_in_user_text_stay_text(name: str) -> None:
    """However the user's texts hold control tokens, the prompt holds only those of its template."""
    family = FAMILIES[name]
    harmless = build_prompt(
        family, evolve(FULL, prefix="p", suffix="s", files=(("f", "t"),), path="d", repo="r")
    )
    hostile = build_prompt(
        family,
        evolve(
            FULL,
            prefix=HOSTILE,
            suffix=HOSTILE,
            path=HOSTILE,
            repo=HOSTILE,
            files=((HOSTILE, HOSTILE),),
            language=HOSTILE,
        ),
    )
    for token in controls(name):
        token = f"\n{token}" if token == "+++++ " else token  # a mark at the beginning of a line only
        assert f"\n{hostile}".count(token) == f"\n{harmless}".count(token), token


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_stop_token_is_one_that_user_text_is_freed_of(name: str) -> None:
    family = FAMILIES[name]
    for stop in family.stop:
        assert family.shapes.search(stop.lstrip("\n")), stop


@given(st.text(alphabet="<|>fim_prefx{}[]+ \n\u200b", max_size=60), st.sampled_from(sorted(FAMILIES)))
def test_neutralised_text_comes_back(text: str, name: str) -> None:
    text = text.replace("\u200b", "")
    assert restored(neutralise(text, FAMILIES[name])) == text


WITHOUT_TOKENS = st.text(st.characters(exclude_characters="|", codec="utf-8"), max_size=60)


@given(WITHOUT_TOKENS, WITHOUT_TOKENS)
def test_user_text_is_never_read_as_a_layout(prefix: str, suffix: str) -> None:
    request = FimRequest(prefix + "{suffix}", suffix + "{prefix}{text}", path="{path}")
    assert build_prompt(FAMILIES["qwen"], request) == (
        f"<|fim_prefix|>{prefix}{{suffix}}<|fim_suffix|>{suffix}{{prefix}}{{text}}<|fim_middle|>"
    )


STOPS = ("<|endoftext|>", "\n\n", "<|fim_pad|>", "+++++ ")


@given(st.text(alphabet="<|endofx>\n+ fim_pa", max_size=80), st.lists(st.integers(0, 80), max_size=20))
def test_a_stop_string_ends_the_answer_however_it_is_cut(text: str, cuts: list[int]) -> None:
    """The same text comes out as if it had come at once, and nothing of a stop string with it."""
    found = [text.find(stop) for stop in STOPS if stop in text]
    expected = text[: min(found)] if found else text
    answer = CandidateText(STOPS)
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    out, ended = "", None
    for start, end in pairwise(edges):
        piece, finish = answer.feed(text[start:end], None)
        out, ended = out + piece, ended or finish
    out += answer.feed("", "length")[0]
    assert out == expected
    assert ended == ("stop" if found else None)


def test_a_break_that_the_model_copied_is_taken_out_again() -> None:
    """Also where it arrives apart from the character before it."""
    answer = CandidateText(("<|endoftext|>",))
    pieces = ["a <", "\u200b|endoftext|", "> b \u200b"]
    assert "".join(answer.feed(piece, None)[0] for piece in pieces) == "a <|endoftext|> b \u200b"


def test_halves_of_a_character_in_two_messages_are_joined() -> None:
    """JSON may carry a character outside the basic plane as two escapes, and a server may send them apart."""
    answer = CandidateText(())
    assert answer.feed("x\ud83d", None)[0] == "x"
    assert answer.feed("\ude00y", None)[0] == "😀y"
    assert answer.feed("\ud83d", "stop")[0] == "\ufffd"

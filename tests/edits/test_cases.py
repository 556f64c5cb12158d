"""The taxonomy of defects, one archive a case: files before, the reply, and files after or the refusal.

An archive opens with a sentence that says what it shows. Sections follow: `-- before PATH --`, `-- base PATH --`
(what the model was shown), `-- reply --`, `-- after PATH --` (only of files that change; `(gone)` for one that
goes), `-- proofs: … --`, `-- refused: KIND [LINE] --`. A section marked `(crlf)` has CRLF line ends, `(bare)` no
line end behind its last line, `(escaped)` Python's escapes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import define, field

from dovetail.edits import MemoryWorkspace, Proof, changed_files, make_plan, read_reply

CASES = sorted(Path(__file__).with_name("cases").glob("*.txt"))
_SECTION = re.compile(
    r"^-- (before|base|reply|after|proofs:|refused:)(?: (.*?))?((?: \((?:crlf|bare|escaped|gone)\))*) --$"
)


@define
class Archive:
    intent: str = ""
    before: dict[str, str] = field(factory=dict)
    base: dict[str, tuple[str, ...]] = field(factory=dict)
    reply: str = ""
    after: dict[str, str | None] = field(factory=dict)
    proofs: list[str] | None = None
    refused: list[tuple[str, int | None]] = field(factory=list)


def read_archive(text: str) -> Archive:
    archive = Archive()
    intent: list[str] = []
    kind, name, flags = "", "", ""
    body: list[str] = []

    def close() -> None:
        content = "\n".join(body) + "\n" if body else ""
        if "(escaped)" in flags:
            content = content.encode("latin-1", "backslashreplace").decode("unicode_escape")
        if "(crlf)" in flags:
            content = content.replace("\n", "\r\n")
        if "(bare)" in flags:
            content = content[: -2 if "(crlf)" in flags else -1]
        if kind == "before":
            archive.before[name] = content
        elif kind == "base":
            archive.base[name] = (content,)
        elif kind == "reply":
            archive.reply = content
        elif kind == "after":
            archive.after[name] = None if "(gone)" in flags else content
        elif kind == "proofs:":
            archive.proofs = [part.strip() for part in name.split(",")]
        elif kind == "refused:":
            found = re.fullmatch(r"(.*?)(?: (\d+))?", name)
            assert found
            archive.refused.append((found[1], int(found[2]) if found[2] else None))

    for line in text.split("\n")[:-1]:
        found = _SECTION.match(line)
        if found:
            if kind:
                close()
            kind, name, flags = found[1], found[2] or "", found[3]
            body = []
        elif kind:
            body.append(line)
        else:
            intent.append(line)
    close()
    archive.intent = " ".join(intent).strip()
    return archive


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    archive = read_archive(path.read_bytes().decode("utf-8"))
    assert archive.intent, "an archive opens with what it shows"
    plan = make_plan(read_reply(archive.reply), MemoryWorkspace(archive.before, archive.base))
    seen = [(one.proof.value, one.kind and one.kind.value, one.reason, one.lines) for one in plan.outcomes]
    if archive.refused:
        assert not plan.ok, seen
        kinds = [(one.kind.value if one.kind else "", one.lines[0] + 1) for one in plan.refused]
        assert [kind for kind, _ in kinds] == [kind for kind, _ in archive.refused], seen
        for (_, line), (_, wanted) in zip(kinds, archive.refused, strict=True):
            assert wanted is None or line == wanted, seen
        assert all(one.reason for one in plan.refused)
    else:
        assert plan.ok, seen
        assert changed_files(plan) == archive.after, seen
    if archive.proofs is not None:
        assert [one.proof.value for one in plan.outcomes] == archive.proofs, seen


def test_every_proof_and_kind_has_a_case() -> None:
    """A new kind of refusal without a case is a mistake."""
    from dovetail.edits import Kind

    texts = "".join(path.read_bytes().decode("utf-8") for path in CASES)
    for kind in Kind:
        assert f"-- refused: {kind.value}" in texts, kind
    for proof in Proof:
        # A region is asked for, so no archive holds one: test_reading has it.
        known = proof in (Proof.REFUSED, Proof.REWRITTEN)
        assert known or proof.value in texts, proof

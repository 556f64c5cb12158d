"""Edits by a chat model that is really there: small enough to do all that a model can do wrong.

`scripts/get-chat-model` fetches it; without it these tests are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from machine import needs_llama

ROOT = Path(__file__).parents[2]
MODEL = ROOT / ".cache" / "chat-model" / "SmolLM2-135M-Instruct.Q4_1.gguf"
SOME = [
    "region-product",
    "region-type-hints",
    "region-return-only",
    "file-product",
    "js-region-price",
    "two-files",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not MODEL.exists(), reason="the chat model is not here: scripts/get-chat-model"),
]


def asked(names: list[str], *, seconds: int = 20) -> dict[str, Any]:
    """What becomes of these requests, each with this much time."""
    command = [sys.executable, "-m", "bench.chat_real", "--gguf", str(MODEL), "--threads", "1", "--json"]
    command += ["--seconds", str(seconds), *(part for name in names for part in ("--only", name))]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["requests"] >= len(names) and done.returncode == 0, report
    return report


def test_nothing_that_it_writes_is_applied_unseen_or_damages_a_file() -> None:
    needs_llama()
    results = {result["name"]: result for result in asked(SOME)["results"]}
    # On a busy machine the model may not come to a first word in time. One that never says any is stuck.
    if late := [name for name, result in results.items() if result["verdict"] == "late"]:
        results |= {result["name"]: result for result in asked(late, seconds=60)["results"]}
    verdicts = Counter(result["verdict"] for result in results.values())
    assert not {"wrong", "error", "late", "right"} & set(verdicts), json.dumps(
        list(results.values()), indent=1
    )
    # What it can do is offered: at least one of these edits holds by its check on any machine that is not stuck.
    assert verdicts["offered+"] or verdicts["stopped"] >= len(SOME) // 2, verdicts

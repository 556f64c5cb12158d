"""Edits by a chat model that is really there: small enough to do all that a model can do wrong.

`scripts/get-chat-model` fetches it; without it these tests are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
    pytest.mark.timeout(600),
    pytest.mark.skipif(not MODEL.exists(), reason="the chat model is not here: scripts/get-chat-model"),
]


def test_nothing_that_it_writes_is_applied_unseen_or_damages_a_file() -> None:
    needs_llama()
    command = [sys.executable, "-m", "bench.chat_real", "--gguf", str(MODEL), "--threads", "1", "--json"]
    command += [part for name in SOME for part in ("--only", name)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    report = json.loads(done.stdout)
    verdicts = report["verdicts"]
    assert report["requests"] >= len(SOME) and done.returncode == 0
    assert not {"wrong", "error", "right"} & set(verdicts), report
    # What it can do is offered: at least one of these edits holds by its check on any machine that is not stuck.
    assert verdicts.get("offered+", 0) >= 1 or verdicts.get("stopped", 0) >= len(SOME) // 2, verdicts

"""Where the corpora are, and what most tests of edits need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("edits", deadline=None)
settings.load_profile("edits")


def corpora() -> Path:
    named = os.environ.get("DOVETAIL_CORPORA")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "corpora"


@pytest.fixture
def corpus_folder() -> Path:
    folder = corpora()
    if not folder.is_dir():
        pytest.skip(f"no corpora at {folder}; set DOVETAIL_CORPORA")
    return folder

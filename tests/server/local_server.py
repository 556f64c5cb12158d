"""Servers that people run themselves, each in the shapes that it documents: what it answers to a probe and to a hole,
what it is to be sent, and the ways in which it fails.

A shape that was recorded is taken from tests/endpoints/captures; the others are those of the servers' own sources and
documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field
from small_server import Answer

CODE = "def area(width, height):\n    return \n"
PREFIX, SUFFIX = CODE[:-1], "\n"
MIDDLE = "width * height"
QWEN = "qwen2.5-coder:1.5b-base"
_CAPTURES = Path(__file__).parents[1] / "endpoints/captures"


def captured(name: str) -> Answer:
    """What a real server answered."""
    answer = json.loads((_CAPTURES / f"{name}.json").read_text(encoding="utf-8"))["response"]
    return Answer(answer["json"], answer["status"])


@define(frozen=True, kw_only=True)
class Failure:
    """One way of a server to give nothing. `answers` go before those of the server."""

    name: str
    answers: Mapping[str, Any]
    told: tuple[str, ...]
    """What the sentence of `why` has to hold, beside the endpoint's name."""
    state: str = "offline"
    """That of the status."""
    doctor: str | None = ""
    """What `doctor` says is to be done; None where it finds nothing wrong."""


@define(frozen=True, kw_only=True)
class LocalServer:
    name: str
    answers: Mapping[str, Any]
    path: str
    """Where a hole is asked."""
    body: Mapping[str, Any]
    """Fields that are sent, as they are."""
    absent: tuple[str, ...] = ()
    """Fields that it does not know, or that would mean something else."""
    found: tuple[str, ...] = ()
    """What `doctor` says that it found."""
    settings: Mapping[str, Any] = field(factory=dict)
    missing: Any = None
    """What it answers on all other routes; None: 404."""
    failures: tuple[Failure, ...] = ()

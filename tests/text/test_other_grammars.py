"""Grammars other than those the queries were written for: the language still works, by indentation."""

from __future__ import annotations

import logging

import pytest
from attrs import evolve

from dovetail.text.languages import Language, language_of_path


@pytest.fixture
def python() -> Language:
    language = language_of_path("a.py")
    assert language is not None
    return language


def test_a_grammar_that_is_not_installed(python: Language) -> None:
    missing = evolve(python, module="tree_sitter_of_nobody")
    assert missing.grammar is None
    assert missing.queries is None
    assert missing.parts("definition") == ()


def test_a_grammar_whose_nodes_have_other_names(python: Language, caplog: pytest.LogCaptureFixture) -> None:
    """Said once for each question, with the names of both; it is as if there were no queries."""
    renamed = evolve(python, name="rust")  # asks Python's grammar for Rust's nodes
    with caplog.at_level(logging.WARNING):
        assert renamed.queries is None
        assert renamed.queries is None
    (record,) = caplog.records
    assert record.message.startswith("rust: the installed tree_sitter_python does not know all")
    assert renamed.parts("definition") == ()

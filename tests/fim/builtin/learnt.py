"""What tests of learning share: files that are written, and the words that a store has of them."""

from __future__ import annotations

from pathlib import Path

from dovetail.fim.builtin.learner.learn import load
from dovetail.fim.builtin.learner.store import Store


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def words(store: Store) -> set[str]:
    """Every word that a store would propose from."""
    library = load(store)
    assert library is not None
    found = set()
    for path in library._where:
        tokens = library.tokens_of(path)
        assert tokens is not None
        found |= {library.vocabulary.texts[token].strip() for token in tokens.tolist()}
    return found

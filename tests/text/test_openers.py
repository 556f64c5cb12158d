"""Headers of blocks in C-like languages and case patterns of shells: told in one pass, and told right."""

from __future__ import annotations

import pytest

from dovetail.text import Point, Snapshot, opens_block

OPENS = (
    ("java", "  private static Map<String, int[]> read(final Path path) throws IOException, X"),
    ("c", "static const char *name(int a, char **b)"),
    ("cpp", "std::vector<int>& Foo::bar(const T&& one) const noexcept"),
    ("cpp", "int Foo::size() const"),
    ("csharp", "public async Task<IList<T>> Get<T>(int id) where T : class"),
    ("java", "public int size ()"),
    ("bash", "  start|stop | restart)"),
    ("bash", "-h|--help)"),
)
STAYS = (
    ("java", "  return make(one)"),
    ("c", "/" + "*" * 40),
    ("java", " " + "*" * 40),
    ("cpp", "a*b&c*" * 30),
    ("csharp", "& " * 200),
    ("bash", "|".join("abcdefghijklmnopqrstuvwxyz" * 40)),
    ("bash", "a | " * 500),
    ("java", "// int f(x)"),
)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("language", "line", "opens"), [*((*case, True) for case in OPENS), *((*case, False) for case in STAYS)]
)
def test_a_header_is_told(language: str, line: str, opens: bool) -> None:
    snapshot = Snapshot.open("file:///x", f"{line}\n", language_id=language)
    assert opens_block(snapshot, Point(0, len(line))) is opens

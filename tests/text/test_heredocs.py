"""Which line announces a here-document, with which word it ends, and whether one still has to be written."""

from __future__ import annotations

import pytest

from dovetail.text import Point, Snapshot, ends_heredoc, heredoc_tag, language_of_path, opens_block

ANNOUNCED = [
    ("a.sh", "cat <<'EOF' > out.txt", "EOF"),
    ("a.sh", "cat <<-EOF | sort", "EOF"),
    ("a.sh", "read -r x <<<word", ""),
    ("a.sh", "x=$((1 <<n))", ""),
    ("a.sh", 'echo "a <<EOF"', ""),
    ("a.sh", "ls # <<EOF", ""),
    ("a.sh", "diff <<A <<B", ""),
    ("a.rb", "run(<<~SQL.squish)", "SQL"),
    ("a.rb", "xs <<item", ""),
    ("a.php", "$sql = <<<'SQL'", "SQL"),
    ("a.pl", 'print <<"EOT";', "EOT"),
    ("a.pl", "my $x = 1 <<2;", ""),
    ("a.tf", "  policy = <<-EOF", "EOF"),
    ("Dockerfile", "RUN <<EOF", "EOF"),
    ("a.py", "x <<EOF", ""),
]


@pytest.mark.parametrize(("path", "line", "tag"), ANNOUNCED)
def test_the_word_at_the_end(path: str, line: str, tag: str) -> None:
    assert heredoc_tag(language_of_path(path), f"file:///w/{path}", line) == tag


@pytest.mark.parametrize(
    ("path", "line", "ends"),
    [
        ("a.rb", "  SQL", True),
        ("a.rb", "SQL)", False),
        ("a.php", "  SQL);", True),
        ("a.php", "SQLITE", False),
    ],
)
def test_the_end(path: str, line: str, ends: bool) -> None:
    assert ends_heredoc(language_of_path(path), "SQL", line) is ends


@pytest.mark.parametrize(
    ("below", "empty"),
    [
        ("", True),
        ("EOF\n", True),
        ("text\nEOF\n", False),
        ("echo done\n", True),
        # The end below is that of the second one.
        ("echo a\ncat <<EOF\ntext\nEOF\n", True),
    ],
)
def test_one_that_is_written_already_is_not_begun_again(below: str, empty: bool) -> None:
    snapshot = Snapshot.open("file:///w/a.sh", "cat <<EOF\n" + below)
    assert opens_block(snapshot, Point(0, 9)) is empty

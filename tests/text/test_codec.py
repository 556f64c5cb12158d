"""Files on disk: what decodes is written back byte for byte, what does not is refused in words."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dovetail.text import Decoded, EncodingError, Refused, TextFileError, decode, encode, read_text_file

PIECES = [
    b"\n",
    b"\r\n",
    b"\r",
    b"abc",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\0",
    b"\xc3\xa9",
    b"\xe9",
    b"\x81",
    b"\x1b$B",
    b"# coding: ",
    b"latin-1",
    b"utf-7",
    b"iso2022_jp",
    b"hex",
    b"utf-16",
    b"+AGE-",
    "漢🙂".encode(),
    b"\xed\xa0\x80",
]


@given(st.one_of(st.binary(max_size=64), st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)))
@example(b"# coding: utf-7\n+AGE-")
@example(b"\xff\xfe\0\0a\0\0\0")
def test_whatever_decodes_goes_back_to_the_same_bytes(data: bytes) -> None:
    found = decode(data)
    if isinstance(found, Decoded):
        assert encode(found.text, found) == data
    else:
        assert found.message


@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_text_in_any_utf_is_read_as_that_text(text: str, encoding: str) -> None:
    text = text.replace("\0", "").removeprefix("\ufeff")
    if encoding == "utf-8" and text.startswith("\ufeff"):
        return
    found = decode(text.encode(encoding))
    assert isinstance(found, Decoded)
    assert found.text == text


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"", "utf-8", ""),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "iso8859-1", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=koi8-r :\n\xc1", "koi8-r", "#!/usr/bin/python\n# vim: set fileencoding=koi8-r :\nа"),  # noqa: E501
        (b"x = '\x93a\x94'", "cp1252", "x = '“a”'"),
        (b"caf\xe9 \x81", "latin-1", "café \x81"),
        (codecs.BOM_UTF8 + b"a", "utf-8", "a"),
        (codecs.BOM_UTF16_BE + b"\0a", "utf-16-be", "a"),
        (b"# coding: hex\n\xe9", "cp1252", "# coding: hex\né"),
        (b"# coding: no-such\n\xe9", "cp1252", "# coding: no-such\né"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_by_evidence(data: bytes, encoding: str, text: str) -> None:
    found = decode(data)
    assert isinstance(found, Decoded)
    assert (found.encoding, found.text) == (encoding, text)


@pytest.mark.parametrize(
    "data", [b"\x7fELF\0\0", b"\x89PNG\r\n\x1a\n\xff\x01\x02\x03\x04", codecs.BOM_UTF16_LE + b"a"]
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    assert isinstance(decode(data), Refused)


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    like = decode(b"x = '\xe9'\n")
    assert isinstance(like, Decoded)
    with pytest.raises(EncodingError, match=r"cp1252.*U\+6F22, line 2"):
        encode("x\ny = '漢'", like)


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    for content, limit, words in [(b"abc", 2, "larger than 2 bytes"), (b"a\0b", 10, "zero bytes")]:
        file.write_bytes(content)
        with pytest.raises(TextFileError, match=words):
            read_text_file(file, limit)
    with pytest.raises(TextFileError, match="does not exist"):
        read_text_file(tmp_path / "none")
    with pytest.raises(TextFileError, match="folder"):
        read_text_file(tmp_path)
    with pytest.raises(TextFileError, match="could not be read"):
        read_text_file("a\0b")
    file.write_bytes(b"abc")
    assert read_text_file(file, 3).text == "abc"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TextFileError, match="not a regular file"):
        read_text_file(tmp_path / "pipe")

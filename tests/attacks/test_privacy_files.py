"""Which files are read, which documents are judged, and what is forgotten when the rules change."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.privacy import (
    BY_SETTINGS,
    NoFile,
    ReadRefused,
    printable,
    read_careful,
    read_careful_text,
)
from dovetail.server.logs import fit_for_log
from dovetail.server.session.folders import Folders
from dovetail.server.session.uris import uri_of
from dovetail.text import Point, Snapshot

KEY = "q7Zp2Lx9" + "Vb4Tn8Rk3Mw6Yd1H"

# One careful way to read ---------------------------------------------------------------------------------------


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\n")
    assert read_careful(path, 6) == b"x = 1\n"
    assert read_careful_text(path).text == "x = 1\n"
    with pytest.raises(ReadRefused, match=r"larger than 5 bytes"):
        read_careful(path, 5)
    with pytest.raises(NoFile):
        read_careful(tmp_path / "none")
    with pytest.raises(ReadRefused, match="folder"):
        read_careful(tmp_path)
    with pytest.raises(ReadRefused):
        read_careful(f"{path}\0")
    (tmp_path / "b.bin").write_bytes(b"a\0\1\2")
    with pytest.raises(ReadRefused, match="not read as text"):
        read_careful_text(tmp_path / "b.bin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    for name in ("pipe.py", "zero.py", "loop.py"):
        with pytest.raises(ReadRefused):
            read_careful(tmp_path / name)
    with (tmp_path / "sparse.py").open("wb") as file:
        file.truncate(1 << 36)
    with pytest.raises(ReadRefused, match="larger"):
        read_careful(tmp_path / "sparse.py")


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
def test_a_link_leads_no_further_than_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a").write_text("a")
    (inside / "in").symlink_to(inside / "a")
    (inside / "out").symlink_to(tmp_path / "outside")
    assert read_careful(inside / "in", within=inside) == b"a"
    with pytest.raises(ReadRefused, match="outside"):
        read_careful(inside / "out", within=inside)


# Documents of any scheme ---------------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / ".gitignore").write_text("private/\n*.log\n", encoding="utf-8")
    found = Folders()
    found.add(tmp_path)
    return found


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("file://{WS}/a.py", True),
        ("file://{WS}/private/a.py", False),
        ("file://localhost{WS}/a.py", True),
        ("file://localhost{WS}/private/a.py", False),
        ("FILE://LocalHost{WS}/private/a.py#L3", False),
        ("file://{WS}//private//a.py", False),
        ("gitfs:{WS}/private/a.py?x", False),
        ("vscode-notebook-cell:{WS}/private/nb.ipynb#W0sZmlsZQ%3D%3D", False),
        ("vscode-notebook-cell://{WS}/private/nb.ipynb#W0", False),
        ("vscode-notebook-cell:{WS}/nb.ipynb#W0", True),
        ("untitled:{WS}/.env", False),
        ("untitled:{WS}/private/x.py", False),
        ("untitled:{WS}/%70rivate/x.py", False),
        ("untitled:Untitled-1", True),
        ("untitled:.env", False),
        ("untitled:id_rsa", False),
        ("git:{WS}/private/a.py?ref=HEAD", False),
        ("vscode-remote://ssh-remote+host{WS}/private/a.py", False),
        ("zipfile:{WS}/x.log", False),
        ("untitled:{WS}/sub/../private/x.py", False),
        ("mailto:someone@example.com", True),
        ("untitled:private/x.py", False),
        ("untitled:./private/x.py", False),
        ("untitled:private%2Fx.py", False),
        ("untitled:deep/private/x.py", False),
        ("untitled:deep/../private/x.py", False),
        ("untitled:a.log", False),
        ("untitled:a.py", True),
        ("untitled:sub/.env", False),
        ("untitled:../elsewhere/x.py", True),
        ("untitled:../elsewhere/.env", False),
        ("oil://{WS}/private/", False),
        ("oil://{WS}/", True),
        ("vscode-vfs://github/o/r/.env", False),
        ("vscode-vfs://github/o/r/a.py", True),
    ],
)
def test_a_document_is_judged_by_its_path_whatever_its_scheme(
    folders: Folders, tmp_path: Path, uri: str, allowed: bool
) -> None:
    assert bool(folders.allows(uri.replace("{WS}", tmp_path.as_posix()))) is allowed


@pytest.mark.parametrize(
    "uri", ["vscode-vfs://github/o/r/hush/x.py", "file:///elsewhere/hush/x.py", "untitled:hush/x.py"]
)
def test_what_the_settings_exclude_is_excluded_outside_of_all_folders_too(folders: Folders, uri: str) -> None:
    assert folders.allows(uri)
    folders.exclude(("hush/",))
    assert folders.allows(uri).reason == BY_SETTINGS
    assert folders.allows(uri.replace("hush/", ""))


def test_the_name_in_a_prompt_is_that_of_the_file(folders: Folders, tmp_path: Path) -> None:
    cell = f"vscode-notebook-cell:{tmp_path.as_posix()}/nb.ipynb#W5sZmlsZQ%3D%3D"
    assert folders.locate(cell).path == "nb.ipynb"
    assert folders.locate("untitled:Untitled-1").path == "Untitled-1"


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
def test_a_link_that_the_user_opened_may_lead_out(tmp_path: Path) -> None:
    work, dotfiles = tmp_path / "work", tmp_path / "dotfiles"
    work.mkdir(), dotfiles.mkdir()
    (dotfiles / "script.py").write_text("")
    (dotfiles / ".env").write_text("")
    (dotfiles / "hidden.py").write_text("")
    (dotfiles / ".gitignore").write_text("hidden.py\n")
    for name, target in (("script.py", "script.py"), ("plain.txt", ".env"), ("h.py", "hidden.py")):
        (work / name).symlink_to(dotfiles / target)
    folders = Folders()
    folders.add(work)
    assert folders.allows(uri_of(work / "script.py"))
    assert not folders.allows(uri_of(work / "script.py"), opened=False), (
        "what is not open is not followed out"
    )
    assert not folders.allows(uri_of(work / "plain.txt"))
    assert not folders.allows(uri_of(work / "h.py"))
    assert Folders().allows(uri_of(work / "script.py")), "also where no folder is open"


def test_what_is_no_longer_allowed_is_told_at_once(folders: Folders, tmp_path: Path) -> None:
    told = []
    folders.on_change = lambda: told.append(1)
    uri = uri_of(tmp_path / "a.py")
    assert folders.allows(uri)
    folders.exclude(("a.py",))
    assert told and not folders.allows(uri)
    folders.exclude(())
    assert folders.allows(uri)
    (tmp_path / ".gitignore").write_text("a.*\n", encoding="utf-8")
    folders.look_again()
    assert len(told) == 3 and not folders.allows(uri)
    folders.remove(tmp_path)
    assert len(told) == 4


# The built-in model --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [f'"{KEY}"', f'"{KEY[:12]}"', '"Summer2024!"', f'"ghp_{KEY}AbCd3fGh1jKl"'])
def test_the_built_in_model_proposes_no_key_of_an_open_document(value: str) -> None:
    body = "import client\n\n\ndef connect(host):\n    api_password = {}\n    return client.open(host, api_password)\n"
    here = Snapshot.open("file:///a.py", "import client\n\n\ndef connect(host):\n    api_password = \n")
    there = Snapshot.open("file:///b.py", body.format(value) * 3)
    found = BuiltinModel().complete(
        here, Point(4, 19), "a.py", live=[("a.py", here), ("b.py", there)], count=3
    )
    for proposal in found:
        assert value[1:9] not in proposal.text and "****" not in proposal.text


def test_the_built_in_model_still_proposes_what_is_no_key() -> None:
    body = (
        "import client\n\n\ndef connect(host):\n    channel = client.open(host, 8080)\n    return channel\n"
    )
    here = Snapshot.open("file:///a.py", "import client\n\n\ndef connect(host):\n    channel = \n")
    there = Snapshot.open("file:///b.py", body * 3)
    found = BuiltinModel().complete(
        here, Point(4, 14), "a.py", live=[("a.py", here), ("b.py", there)], count=3
    )
    assert any(proposal.text.startswith("client.open(host") for proposal in found)


# Logs and terminals --------------------------------------------------------------------------------------------


def test_a_log_for_debug_holds_no_secret() -> None:
    code = json.dumps(f'import os\nAPI_KEY={KEY}\npassword = "{KEY[:12]}"\n')
    message = f'{{"jsonrpc": "2.0", "params": {{"text": {code}}}}}'
    text = fit_for_log(message, logging.DEBUG)
    assert KEY not in text and KEY[:12] not in text and "import os" in text


def test_what_a_terminal_would_obey_is_shown_as_text() -> None:
    bad = "a\x1b]52;c;Zm9v\x07b\x9b31mc\u202ed\u200be\rf\x00g\udc80"
    text = printable(bad)
    assert printable(text) == text != printable(bad + bad)
    assert text == "a\\e]52;c;Zm9v\\x07b\\x9b31mc\\u202ed\\u200be\\rf\\x00g\\udc80"
    assert printable("tab\tline\nüé漢🎉") == "tab\tline\nüé漢🎉"
    assert printable("a\tb\n", one_line=True) == "a\\tb\\n"
    text.encode("utf-8")


UNSEEN = """
    0x00-0x08 0x0b-0x1f 0x7f-0x9f 0xad 0x34f 0x61c 0x115f-0x1160 0x17b4-0x17b5 0x180b-0x180f 0x200b-0x200f
    0x2028-0x202e 0x2060-0x206f 0x3164 0xd800-0xdfff 0xfeff 0xffa0 0xfff9-0xfffb 0xe0001-0xe007f 0xe0100-0xe01ef
""".split()  # noqa: SIM905 - fewer lines to read than a list


@pytest.mark.parametrize("numbers", UNSEEN)
def test_what_is_unseen_or_obeyed_is_shown_by_its_number(numbers: str) -> None:
    """Control characters, overrides, fillers and selectors that have no shape of their own."""
    low, _, high = numbers.partition("-")
    for number in range(int(low, 16), int(high or low, 16) + 1):
        assert chr(number) not in printable(f"a{chr(number)}b"), hex(number)


def test_letters_signs_and_emoji_stay_as_they_are() -> None:
    for text in ("Grüße, 世界, мир, שלום, हिन्दी, ภาษา, 한국어", "❤️ 👩🏽 ★ → é", "tab\tand\nline", "\ue0b0"):
        assert printable(text) == text

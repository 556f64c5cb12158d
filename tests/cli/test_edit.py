"""`dovetail edit` as a person runs it, against a chat server whose answers are written down: what each key does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer
from warm import dovetail

FILE = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"


def block(old: str, new: str) -> str:
    return f"a.py\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n\n"


GOOD = block("    return 1", "    return 10")
BAD = block("    return 7", "    return 70")


class Command:
    """`dovetail edit` in a folder of its own."""

    def __init__(self, folder: Path, chat: ChatServer) -> None:
        self.root, self.chat, self.words = folder / "root", chat, "change it"
        self.root.mkdir()
        self.file = self.root / "a.py"
        self.file.write_text(FILE, encoding="utf-8")
        self.environment = os.environ | {
            "DOVETAIL_HOME": str(folder / "home"),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        self.environment.pop("VISUAL", None)
        self.environment.pop("EDITOR", None)

    def __call__(self, keys: str, *options: str, model: str = "m") -> subprocess.CompletedProcess[str]:
        command = dovetail(
            "edit",
            self.words,
            "a.py",
            "--root",
            str(self.root),
        )
        command += ["--endpoint", self.chat.url, "--model", model, *options]
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            input=keys,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr
        return done

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")


@pytest.fixture
def edit(tmp_path: Path, chat: ChatServer) -> Command:
    return Command(tmp_path, chat)


def test_it_is_applied_on_a_key_and_taken_back(edit: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD]
    done = edit("y\n")
    assert (done.returncode, edit.text) == (0, FILE.replace("return 1", "return 10"))
    assert "dovetail undo" in done.stdout


@pytest.mark.parametrize("keys", ["q\n", "", "\n"], ids=["q", "end of input", "enter"])
def test_without_a_yes_nothing_is_written(edit: Command, chat: ChatServer, keys: str) -> None:
    chat.answers = [GOOD]
    done = edit(keys)
    assert (done.returncode, edit.text) == (1, FILE)


def test_what_fits_is_applied_without_the_rest(edit: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD + BAD]
    done = edit("f\n")
    assert (done.returncode, edit.text) == (1, FILE.replace("return 1", "return 10"))


def test_nothing_that_does_not_fit_can_be_applied(edit: Command, chat: ChatServer) -> None:
    chat.answers = [BAD]
    done = edit("y\nf\nq\n")
    assert (done.returncode, edit.text) == (1, FILE)


def test_the_reply_is_shown_on_request(edit: Command, chat: ChatServer) -> None:
    chat.answers = ["It is simple.\n\n" + GOOD]
    assert "It is simple." not in edit("q\n").stdout
    assert "It is simple." in edit("r\nq\n").stdout


def test_the_model_is_asked_again_with_the_reasons_and_the_users_words(
    edit: Command, chat: ChatServer
) -> None:
    chat.answers = [BAD] * 20

    def hear(number: int) -> None:  # how often it asks by itself is the command's affair
        if "only a, please" in chat.asked[number - 1]:
            chat.answers = [GOOD] * 20

    chat.on_ask = hear
    done = edit("a\nonly a, please\ny\n")
    last = chat.asked[-1]
    assert (done.returncode, edit.text) == (0, FILE.replace("return 1", "return 10")), done.stdout
    assert "only a, please" in last and "A first answer did not fit" in last
    assert sum("only a, please" in asked for asked in chat.asked) == 1 and len(chat.asked) > 1


def editor(tmp_path: Path, code: str) -> str:
    script = tmp_path / "editor.py"
    script.write_text(
        f"import sys\npath = sys.argv[1]\ntext = open(path, newline='').read()\n{code}\n", encoding="utf-8"
    )
    return f'"{sys.executable}" "{script}"' if sys.platform == "win32" else f"'{sys.executable}' '{script}'"


def test_a_hunk_is_put_right_by_hand(edit: Command, chat: ChatServer, tmp_path: Path) -> None:
    chat.answers = [GOOD + BAD]
    edit.environment["EDITOR"] = editor(
        tmp_path,
        "open(path, 'w', newline='').write(text.replace('return 70', 'return 20').replace('return 7', 'return 2'))",
    )
    done = edit("e\ny\n")
    expected = FILE.replace("return 1", "return 10").replace("return 2", "return 20")
    assert (done.returncode, edit.text) == (0, expected), done.stdout + done.stderr


@pytest.mark.parametrize(
    "code", ["", "sys.exit(3)", "import os; os.remove(path)"], ids=["saved as it was", "failed", "removed"]
)
def test_an_editor_that_changes_nothing_changes_nothing(
    edit: Command, chat: ChatServer, tmp_path: Path, code: str
) -> None:
    chat.answers = [GOOD]
    edit.environment["EDITOR"] = editor(tmp_path, code)
    done = edit("e\ny\n")
    assert (done.returncode, edit.text) == (0, FILE.replace("return 1", "return 10"))


def test_what_the_user_breaks_by_hand_is_refused_like_any_other(
    edit: Command, chat: ChatServer, tmp_path: Path
) -> None:
    chat.answers = [GOOD]
    edit.environment["EDITOR"] = editor(
        tmp_path, "open(path, 'w', newline='').write(text.replace('-    return 1', '-    return 99'))"
    )
    done = edit("e\ny\nq\n")
    assert (done.returncode, edit.text) == (1, FILE)


def test_without_an_editor_that_is_said(edit: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD]
    done = edit("e\nq\n")
    assert sys.platform == "win32" or "EDITOR" in done.stderr


def test_how_a_model_answered_is_kept_shown_and_forgotten(edit: Command, chat: ChatServer) -> None:
    chat.answers = ["Just do it."]
    for _ in range(2):
        edit("q\n")
    asked = len(chat.asked)
    chat.answers = ["```python\n" + FILE.replace("return 1", "return 10") + "```\n"]
    done = edit("", "--apply")
    assert done.returncode == 1 and "often misses" in done.stdout + done.stderr and edit.text == FILE
    assert "SEARCH" not in chat.asked[asked]
    done = edit("", "--apply", "--yes")
    assert (done.returncode, edit.text) == (0, FILE.replace("return 1", "return 10"))
    doctor = dovetail("doctor")
    subprocess.run([*doctor, "--forget-chat-models"], env=edit.environment, check=True, capture_output=True)
    edit("q\n")
    assert "SEARCH" in chat.asked[-1]


OTHERS = {
    "prices.py": "class PriceList:\n    def price_of(self, name):\n        return 1\n",
    "stock.py": "def in_stock(name):\n    return PriceList().price_of(name)\n",
    "hidden.py": "class PriceList: pass\n",
    ".gitignore": "hidden.py\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}


def at_a_terminal(edit: Command, answers: list[tuple[bytes, bytes]]) -> tuple[int, str]:
    """Run `dovetail edit` in a pseudo-terminal: behind each text that is waited for, some keys."""
    pty = pytest.importorskip("pty")
    command = dovetail(
        "edit",
        "use PriceList",
        "a.py",
        "--root",
        str(edit.root),
    )
    command += ["--endpoint", edit.chat.url, "--model", "m"]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, cwd=edit.root, env=edit.environment, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown, at = b"", 0
    try:
        for text, keys in [*answers, (b"", b"")]:
            while not text or text not in shown[at:]:
                try:
                    piece = os.read(master, 4096)
                except OSError:  # the other side is closed
                    piece = b""
                if not piece:
                    break
                shown += piece
            at = len(shown)
            if keys:
                os.write(master, keys)
        return process.wait(60), shown.decode()
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder's place, and beside it a home that has learnt what `OTHERS` hold there: the ten seconds that `edit`
    waits may be too few on a busy machine."""
    folder = tmp_path_factory.mktemp("learnt")
    edit = Command(folder, ChatServer([]))
    edit.chat.server_close()
    write_others(edit)
    command = dovetail("search", "PriceList", "--root", str(edit.root))
    subprocess.run(command, cwd=edit.root, env=edit.environment, capture_output=True, check=True, timeout=170)
    shutil.rmtree(edit.root)
    return folder


def write_others(edit: Command) -> None:
    """With times that are always the same, by which a file that is known is known again."""
    for name, text in OTHERS.items():
        (edit.root / name).parent.mkdir(exist_ok=True)
        (edit.root / name).write_text(text, encoding="utf-8")
    for name in ("a.py", *OTHERS):
        os.utime(edit.root / name, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def beside(learnt: Path, tmp_path: Path, chat: ChatServer) -> Iterator[Command]:
    """The folder with other files, written anew where it was learnt, and a copy of that home."""
    edit = Command(learnt, chat)
    try:
        write_others(edit)
        shutil.copytree(learnt / "home", tmp_path / "home")
        edit.environment["DOVETAIL_HOME"] = str(tmp_path / "home")
        yield edit
    finally:
        shutil.rmtree(edit.root)


def test_the_files_are_shown_and_a_number_leaves_one_out(beside: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD]
    asks, which = b"q sends nothing: ", b"Which"
    code, shown = at_a_terminal(beside, [(asks, b"1\n"), (asks, b"3\n"), (asks, b"\n"), (which, b"y\n")])
    assert code == 0 and beside.text == FILE.replace("return 1", "return 10"), shown
    rows = [line.split() for line in shown.splitlines() if line.strip()[:1].isdigit()][:3]
    assert [(row[1], row[2]) for row in rows] == [("a.py", "6"), ("prices.py", "3"), ("stock.py", "2")]
    assert "left out" in shown and "holds PriceList" in shown and "hidden.py" not in shown
    sent = str(chat.asked)
    assert "def price_of" in sent and "def in_stock" not in sent and "PriceList: pass" not in sent


def test_nothing_is_sent_on_q(beside: Command, chat: ChatServer) -> None:
    code, shown = at_a_terminal(beside, [(b"q sends nothing: ", b"q\n")])
    assert code == 1 and "Nothing was sent." in shown and not chat.asked


def test_a_script_sends_what_it_names(beside: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD]
    beside.words = "use PriceList as in stock.py"
    beside("", "--check")
    assert chat.asked and "def price_of" not in str(chat.asked)


def test_without_the_list_it_is_sent_at_once(beside: Command, chat: ChatServer) -> None:
    chat.answers = [GOOD]
    home = Path(beside.environment["DOVETAIL_HOME"]) / "config"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dovetail.toml").write_text("[edits]\nlistFiles = false\n")
    code, shown = at_a_terminal(beside, [(b"Which", b"y\n")])
    assert code == 0 and beside.text == FILE.replace("return 1", "return 10"), shown
    assert "q sends nothing" not in shown and "def price_of" not in str(chat.asked)

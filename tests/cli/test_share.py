"""`dovetail stats --share`: what leaves is what was shown, to whom the person said, after a yes."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

from bench import sample_statistics


class Taker(BaseHTTPRequestHandler):
    """Takes everything, and remembers it."""

    taken: list[tuple[dict[str, str], Any]]
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def taker() -> Iterator[Any]:
    handler = type("Handler", (Taker,), {"taken": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}/counts"
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sample_statistics, "NOW", time.time())
    sample_statistics.make(tmp_path / "state" / "statistics.sqlite3")
    (tmp_path / "config").mkdir()
    return tmp_path


def share(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        dovetail("stats", "--share", *arguments),
        env={**os.environ, "DOVETAIL_HOME": str(home), **environment}, cwd=home, timeout=120, check=False,
        capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_nothing_leaves_unless_the_person_names_an_address_and_says_yes(home: Path, taker: Any) -> None:
    handler, url = taker
    ran = share(home, "--yes")
    assert (ran.returncode, handler.taken) == (0, [])
    assert "shared with nobody" in ran.stdout
    (home / "config" / "dovetail.toml").write_text(f'[statistics.share]\nurl = "{url}"\n')
    ran = share(home)
    assert (ran.returncode, handler.taken) == (1, [])
    assert "nobody is there to say yes" in ran.stderr


def test_what_leaves_is_what_was_shown_and_goes_once(home: Path, taker: Any) -> None:
    handler, url = taker
    (home / "config" / "dovetail.toml").write_text(
        f'[statistics.share]\nurl = "{url}"\nkeyEnv = "SHARE_KEY"\n'
    )
    handler.status = 503
    ran = share(home, "--yes", SHARE_KEY="a-key-of-the-person")
    assert ran.returncode == 2
    assert "answers 503" in ran.stderr
    handler.status = 204
    ran = share(home, "--yes", SHARE_KEY="a-key-of-the-person")
    assert ran.returncode == 0, ran.stderr
    (_, first), (headers, sent) = handler.taken
    shown, end = json.JSONDecoder().raw_decode(ran.stdout)
    assert shown == sent == first
    assert url in ran.stdout[end:]
    assert headers["authorization"] == "Bearer a-key-of-the-person"
    assert not {name for name in headers if "session" in name or name == "cookie"}
    assert sent.keys() == {"version", "counts"}
    assert all(one.keys() == {"day", "language", "endpoint", "outcome", "count"} for one in sent["counts"])
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert sent["counts"]
    assert max(one["day"] for one in sent["counts"]) < today
    keys = Counter((one["day"], one["language"], one["endpoint"], one["outcome"]) for one in sent["counts"])
    assert max(keys.values()) == 1
    again = share(home, "--yes", SHARE_KEY="a-key-of-the-person")
    assert again.returncode == 0
    assert "nothing to send" in again.stdout
    assert len(handler.taken) == 2

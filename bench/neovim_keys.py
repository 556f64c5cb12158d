"""What the Neovim client costs the editor's loop, in ms a key, in real Neovims:

    python bench/neovim_keys.py

A server that answers at once is behind it, so that every part runs: the work on a key (draw what is left, or
hide), and the request (changes are flushed to the server in it). The file has 10,000 lines. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests/e2e/neovim")]

from harness import SUITES, Editor, Script, item, neovim  # noqa: E402

LINE = "value = compute(first, second) + third"
KEYS = 400

INSTRUMENT = """
times = { key = {}, request = {}, draw = {} }
local function timed(module, name, into)
  local original = module[name]
  module[name] = function(...)
    local start = vim.uv.hrtime()
    local result = { original(...) }
    table.insert(times[into], (vim.uv.hrtime() - start) / 1e6)
    return unpack(result)
  end
end
timed(require('dovetail.request'), 'changed', 'key')
timed(require('dovetail.request'), 'ask', 'request')
timed(require('dovetail.ghost'), 'show', 'draw')
"""


def summary(values: list[float]) -> dict[str, Any]:
    values = sorted(values)
    at = lambda share: round(values[min(len(values) - 1, int(share * len(values)))], 3)  # noqa: E731
    return {"n": len(values), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": round(values[-1], 3)}


def measure(version: str) -> dict[str, Any]:
    script = Script()

    def suggest(request: dict[str, Any]) -> dict[str, Any]:
        rest = LINE[request["params"]["position"]["character"] % len(LINE) :]
        return {"items": [item(rest + "\n    second line\n    third line", f"s{request['id']}")]}

    script.on_request = suggest
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / ".git").mkdir()
        (home / "big.unknown").write_text("some text on a line of the file\n" * 10_000, encoding="utf-8")
        editor = Editor(neovim(version), home / "home")
        try:
            editor.lua("require('dovetail').setup(...)", {"cmd": script.command, "debounce": 0})
            editor.lua(INSTRUMENT)
            editor.edit(home / "big.unknown")
            editor.wait("require('dovetail.client').get(0) ~= nil")
            editor.type("5000Go")
            for n in range(KEYS):
                # typed along, but for every eighth sign, which is another one
                editor.type("#" if n % 8 == 7 else LINE[n % len(LINE)])
                editor.wait("require('dovetail').is_visible()")
            times = editor.value("times")
        finally:
            editor.close()
            script.close()
    return {name: summary(values) for name, values in times.items()}


if __name__ == "__main__":
    print(json.dumps({version: measure(version) for version in SUITES}, indent=2))

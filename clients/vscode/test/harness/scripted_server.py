"""A language server that says what a script tells it to.

For what must be instant, must fail, or must be the same each time:

    python scripted_server.py SCRIPT HEARD

SCRIPT is a JSON file, read anew at each start: `inline` is a list of {"before": regular expression on the
text of the line before the cursor, "items": [text]}; `commands` maps a command to its answer,
{"error": text} or {"wait": true} (never answers); `next` is {"file": end of a uri, "edit": the next edit there}; `status` and `messages` are sent once; `die` ("at once"
or "at initialize") ends the process with code 3; `slow` is how many seconds it takes to start. What the client says is appended to HEARD, a line of JSON
each, with the environment variables whose names end in KEY in the first one. A script that says what the real server
may not (docs/protocol.json) ends the process with a traceback.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "tests"))
import contract  # noqa: E402  what the real server may say (docs/protocol.json)


def main(script_file: str, heard_file: str) -> None:
    with open(script_file, encoding="utf-8") as file:
        script = json.load(file)
    heard = open(heard_file, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
    keys = {name: value for name, value in os.environ.items() if name.endswith("KEY")}
    heard.write(json.dumps({"method": "start", "pid": os.getpid(), "keys": keys}) + "\n")
    if script.get("die") == "at once":
        raise SystemExit(3)
    time.sleep(script.get("slow", 0))
    documents: dict[str, str] = {}
    plans: dict[str, Any] = {}
    for message in messages():
        heard.write(json.dumps(message) + "\n")
        method, params = message.get("method"), message.get("params")
        if method == "initialize" and script.get("die") == "at initialize":
            raise SystemExit(3)
        if method == "exit":
            return
        if method in ("textDocument/didOpen", "textDocument/didChange"):
            update(documents, params)
        if method == "initialized":
            for status in script.get("status", []):
                contract.hold_notification("dovetail/status", status)
                send({"method": "dovetail/status", "params": status})
            for shown in script.get("messages", []):
                send({"method": "window/showMessage", "params": {"type": 3, "message": shown}})
        if "id" in message and method:
            answer = respond(script, documents, plans, method, params)
            if answer is not None:
                if "result" in answer:
                    contract.hold_answer(contract.asked(message), answer["result"])
                send({"id": message["id"], **answer})


def respond(script: dict, documents: dict, plans: dict, method: str, params: Any) -> dict[str, Any] | None:
    if method == "initialize":
        commands = ["dovetail.accept", "dovetail.fix", "dovetail.edit", "dovetail.applyDiff"]
        return {
            "result": {
                "capabilities": {
                    "textDocumentSync": {"openClose": True, "change": 1},
                    "inlineCompletionProvider": True,
                    "executeCommandProvider": {"commands": commands},
                }
            }
        }
    if method == "textDocument/inlineCompletion":
        lines = re.split(r"\r\n|\r|\n", documents.get(params["textDocument"]["uri"], ""))
        line = params["position"]["line"]
        # A client may ask before it says that the document is open.
        before = lines[line][: params["position"]["character"]] if line < len(lines) else ""
        for rule in script.get("inline", []):
            if re.search(rule["before"], before):
                return {
                    "result": {"items": [item(params["position"], i, t) for i, t in enumerate(rule["items"])]}
                }
        return {"result": {"items": []}}
    if method == "dovetail/nextEdit":
        uri = params["textDocument"]["uri"]
        if uri.endswith(script.get("next", {}).get("file", "?")):
            return {
                "result": {"edit": {**script["next"]["edit"], "textDocument": {"uri": uri, "version": 1}}}
            }
        return {"result": {"edit": None, "reason": "Nothing follows from what was edited."}}
    if method == "workspace/executeCommand":
        argument = (params.get("arguments") or [{}])[0]
        answer = script.get("commands", {}).get(params["command"])
        if isinstance(answer, dict) and "wait" in answer:
            return None
        if isinstance(answer, dict) and "error" in answer:
            return {"error": {"code": -32803, "message": answer["error"]}}
        if params["command"] == "dovetail.applyPlan" and answer is None:
            return {"result": apply(plans[argument["id"]], argument.get("hunks"))}
        if isinstance(answer, dict) and "files" in answer:
            plans[answer["id"]] = answer
        return {"result": answer}
    return {"result": None}


def item(position: dict, number: int, text: str) -> dict[str, Any]:
    return {
        "insertText": text,
        "range": {"start": position, "end": position},
        "command": {"title": "Accepted", "command": "dovetail.accept", "arguments": [{"id": f"s{number}"}]},
    }


def apply(plan: dict, chosen: list[str] | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for file in plan["files"]:
        for hunk in file["hunks"]:
            if chosen is None or hunk["id"] in chosen:
                edit = {"range": hunk["range"], "newText": hunk["after"]}
                changes.setdefault(file["uri"], []).append(edit)
    send({"id": 9001, "method": "workspace/applyEdit", "params": {"edit": {"changes": changes}}})
    return {"applied": True, "message": f"{sum(map(len, changes.values()))} applied."}


def update(documents: dict[str, str], params: dict) -> None:
    document = params["textDocument"]
    documents[document["uri"]] = (
        document["text"] if "text" in document else params["contentChanges"][-1]["text"]
    )


def messages() -> Any:
    stream = sys.stdin.buffer
    while True:
        length = 0
        while (line := stream.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if not length:
            return
        yield json.loads(stream.read(length))


def send(message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

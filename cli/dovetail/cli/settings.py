"""`dovetail settings`."""

from __future__ import annotations

import json

from dovetail.server.settings import json_schema, rows

from .terminal import say


def run_settings(*, schema: bool) -> int:
    """Print the settings as a list, or their JSON schema."""
    if schema:
        say(json.dumps(json_schema(), indent=1))
        return 0
    for name, allowed, default, scope, doc in rows():
        note = "  (user's own settings only)" if scope == "user" else ""
        say(f"{name}: {allowed.replace(chr(92), '')} = {default.strip('`')}{note}\n    {doc}")
    return 0

"""`dovetail settings`."""

from __future__ import annotations

import json

from dovetail.server.settings import json_schema, rows


def run_settings(*, schema: bool) -> int:
    """Print the settings as a list, or their JSON schema."""
    if schema:
        print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
        return 0
    for name, allowed, default, scope, doc in rows():
        note = "  (user's own settings only)" if scope == "user" else ""
        print(f"{name}: {allowed.replace(chr(92), '')} = {default.strip('`')}{note}\n    {doc}")
    return 0

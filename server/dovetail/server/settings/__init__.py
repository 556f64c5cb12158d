"""What the user can set, from where, and what is said when a setting is wrong."""

from ._gather import gather
from ._model import (
    ChatSettings,
    CompletionSettings,
    EditSettings,
    EmbeddedSettings,
    EndpointSettings,
    LocalSettings,
    LogSettings,
    NextSettings,
    Settings,
    StatisticsSettings,
)
from ._read import Problem, merge, read, read_toml, workspace_part
from ._schema import json_schema, markdown, rows

__all__ = [
    "ChatSettings",
    "CompletionSettings",
    "EditSettings",
    "EmbeddedSettings",
    "EndpointSettings",
    "LocalSettings",
    "LogSettings",
    "NextSettings",
    "Problem",
    "Settings",
    "StatisticsSettings",
    "gather",
    "json_schema",
    "markdown",
    "merge",
    "read",
    "read_toml",
    "rows",
    "workspace_part",
]

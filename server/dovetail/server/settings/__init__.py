"""What the user can set, from where, and what is said when a setting is wrong."""

from ._gather import Gathered, gather
from ._model import (
    ArmSettings,
    CompletionSettings,
    EditSettings,
    EmbeddedSettings,
    ExperimentSettings,
    LogSettings,
    Settings,
    StatisticsSettings,
    StatisticsShareSettings,
)
from ._policy import NO_POLICY, Policy, PolicySettings, read_policy
from ._read import Problem, camel, merge, read, read_toml, workspace_part
from ._schema import effective, json_schema, markdown, rows
from ._servers import ChatSettings, EndpointSettings, LocalSettings, NextSettings

__all__ = [
    "NO_POLICY",
    "ArmSettings",
    "ChatSettings",
    "CompletionSettings",
    "EditSettings",
    "EmbeddedSettings",
    "EndpointSettings",
    "ExperimentSettings",
    "Gathered",
    "LocalSettings",
    "LogSettings",
    "NextSettings",
    "Policy",
    "PolicySettings",
    "Problem",
    "Settings",
    "StatisticsSettings",
    "StatisticsShareSettings",
    "camel",
    "effective",
    "gather",
    "json_schema",
    "markdown",
    "merge",
    "read",
    "read_policy",
    "read_toml",
    "rows",
    "workspace_part",
]

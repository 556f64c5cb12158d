"""Every setting, with its type, default, bounds and description: the one place they are written down.

`docs/settings.md`, the JSON schema, the VS Code settings and the validation are all derived from these classes.
`scope="user"` marks what must never come from a file in the workspace: a cloned repository must not be able to
send code anywhere.
"""

from __future__ import annotations

from typing import Literal

from attrs import define, field

from ._field import setting
from ._servers import ChatSettings, EndpointSettings, LocalSettings, NextSettings


@define(frozen=True, slots=True)
class CompletionSettings:
    """Suggestions at the cursor."""

    mode: Literal["automatic", "subtle", "manual"] = setting(
        "automatic",
        "When suggestions are shown: while typing (automatic); while typing, but only as long as a key is held or when "
        "asked for (subtle); only when asked for (manual).",
    )
    automatic: bool = setting(True, "Suggest while typing. Off is the same as completion.mode manual.")
    multiline: Literal["auto", "never", "always"] = setting(
        "auto", "Multi-line suggestions: where the syntax calls for them (auto), never, or always."
    )
    multiline_languages: dict[str, bool] = setting(
        dict, "Turn multi-line suggestions on or off by language, by LSP ids. Languages not listed are on."
    )
    max_lines: int = setting(24, "Maximum number of lines in a suggestion.", minimum=1, maximum=200)
    max_tokens: int = setting(
        128, "Maximum number of tokens to request from an endpoint.", minimum=8, maximum=2048
    )
    deadline_ms: int = setting(
        300,
        "How long after its first text an endpoint is given, in ms; then its whole lines are shown as they are. "
        "Does not apply in editors that show a suggestion while it grows.",
        minimum=50, maximum=10_000,
    )  # fmt: skip
    total_ms: int = setting(8000, "Time limit for a whole suggestion, in ms.", minimum=200, maximum=60_000)
    context_tokens: int = setting(
        1024,
        "Tokens of other files to include in a prompt (estimated). 0 includes none.",
        minimum=0,
        maximum=16_384,
    )
    least_confidence: float = setting(
        0.0,
        "Truncate an endpoint's suggestion where its joint probability drops below this value (0–1). 0 turns this off.",
        minimum=0.0,
        maximum=1.0,
    )
    speculate: bool = setting(
        True,
        "Request the next suggestion while one is shown, so that it is ready when you accept.",
    )
    languages: dict[str, bool] = setting(
        dict, "Turn languages on or off, by their LSP id. Languages that are not listed are on."
    )
    exclude: tuple[str, ...] = setting(
        tuple,
        "Globs (as in .gitignore) of files that get no suggestions and are never read into a model or a prompt; "
        '"repository:host/path" excludes a repository by a remote\'s address. '
        "The lists of all settings files are combined.",
    )
    stop: tuple[str, ...] = setting(tuple, "Strings at which every suggestion ends.")


@define(frozen=True, slots=True)
class EmbeddedSettings:
    """The built-in model, trained on the open workspace; used when no endpoint is set, or while none answers."""

    enabled: bool = setting(True, "Learn from the workspace, and suggest without an endpoint.")
    max_megabytes: int = setting(
        64, "Maximum amount of source text to learn from, in MB, nearest files first.", minimum=1, maximum=512
    )
    installed: bool = setting(
        True,
        "Learn the public names of installed packages that the workspace imports. Nothing is run or downloaded.",
    )
    installed_megabytes: int = setting(
        32, "Maximum amount of package source to read, in MB, nearest imports first.", minimum=1, maximum=512
    )
    confidence: float = setting(
        0.0,
        "Show only suggestions that are at least this likely to be right (0–1). Values below the model's own "
        "threshold change nothing.",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip


@define(frozen=True, slots=True)
class EditSettings:
    """Edits from chats and diffs."""

    offer_fix: bool = setting(True, "Offer to fix errors that appear in lines you just accepted or edited.")
    list_files: bool = setting(
        True,
        "Before a chat request is sent with other files, list them, those found by its words among them, so that "
        "some can be left out. Off: it is sent at once, with the files that you name.",
        scope="user",
    )
    fix_rounds: int = setting(2, "Maximum number of rounds for a fix.", minimum=1, maximum=5)
    until_command: str = setting(
        "",
        'Command that has to pass for "Fix until it passes", such as pytest -q. Run by the shell in a copy of the '
        "folder, after you have confirmed it once.",
        scope="user",
    )
    until_rounds: int = setting(
        3, "Maximum number of rounds until the command passes.", minimum=1, maximum=10
    )
    budget_tokens: int = setting(
        32_000, "Maximum number of tokens for a request, retries included.", minimum=256
    )
    budget_seconds: int = setting(
        0,
        "Time limit for a request, retries included, in s. 0: 18 s for small models, twice chat.totalMs for others.",
        minimum=0,
        maximum=3600,
    )


@define(frozen=True, slots=True)
class StatisticsShareSettings:
    """Where `dovetail stats --share` sends counts by day, language, endpoint and outcome. Each person's own to set:
    neither a workspace nor an organisation can."""

    url: str = setting(
        "",
        "Address that takes the counts. Empty: they are shared with nobody. Nothing is sent without being shown first.",
        scope="user",
    )
    key_env: str = setting("", "Name of the environment variable that holds the key for it.", scope="user")


@define(frozen=True, slots=True)
class StatisticsSettings:
    """Counts of suggestions shown, accepted and kept. They stay on this machine, unless you share some of them."""

    enabled: bool = setting(True, "Keep local statistics.", scope="user")
    share: StatisticsShareSettings = field(factory=StatisticsShareSettings)


@define(frozen=True, slots=True)
class ArmSettings:
    """One arm of an experiment: what it changes. All else is as it is set."""

    endpoint: str = setting(
        "",
        'Name of the endpoint to use alone, or "built-in model". Empty: the endpoints as they are set.',
        scope="user",
    )
    model: str = setting("", "Model to request. Empty: as set.", scope="user")
    order: Literal["as set", "auto", "prefix first", "suffix first"] = setting(
        "as set", "Order of prefix and suffix in the prompt (see endpoints[].order).", scope="user"
    )
    context_tokens: int = setting(
        -1, "completion.contextTokens of this arm. -1: as set.", scope="user", minimum=-1, maximum=16_384
    )
    max_tokens: int = setting(
        0, "completion.maxTokens of this arm. 0: as set.", scope="user", minimum=0, maximum=2048
    )
    max_lines: int = setting(
        0, "completion.maxLines of this arm. 0: as set.", scope="user", minimum=0, maximum=200
    )
    multiline: Literal["as set", "auto", "never", "always"] = setting(
        "as set", "completion.multiline of this arm.", scope="user"
    )
    least_confidence: float = setting(
        -1.0,
        "completion.leastConfidence of this arm. -1: as set.",
        scope="user",
        minimum=-1.0,
        maximum=1.0,
    )


@define(frozen=True, slots=True)
class ExperimentSettings:
    """Two ways to suggest, compared on your own typing (docs/stats.md)."""

    name: str = setting("", "Name of the experiment. Empty: none is under way.", scope="user")
    a: ArmSettings = field(factory=ArmSettings)
    b: ArmSettings = field(factory=ArmSettings)
    most: int = setting(
        10_000,
        "Number of opportunities after which the experiment ends undecided.",
        scope="user",
        minimum=600,
        maximum=1_000_000,
    )


@define(frozen=True, slots=True)
class LogSettings:
    """The log file. Code is never written to it above debug."""

    level: Literal["error", "warning", "info", "debug"] = setting(
        "info", "How much to write to the log. debug includes code.", scope="user"
    )


@define(frozen=True, slots=True)
class Settings:
    """All settings."""

    enabled: bool = setting(True, "Turn Dovetail on or off. A workspace can turn it off, but not on.")
    completion: CompletionSettings = field(factory=CompletionSettings)
    embedded: EmbeddedSettings = field(factory=EmbeddedSettings)
    endpoints: tuple[EndpointSettings, ...] = setting(
        tuple, "Servers for suggestions. The first that answers is used.", scope="user"
    )
    local: LocalSettings = field(factory=LocalSettings)
    chat: ChatSettings = field(factory=ChatSettings)
    edits: EditSettings = field(factory=EditSettings)
    next: NextSettings = field(factory=NextSettings)
    statistics: StatisticsSettings = field(factory=StatisticsSettings)
    experiment: ExperimentSettings = field(factory=ExperimentSettings)
    log: LogSettings = field(factory=LogSettings)

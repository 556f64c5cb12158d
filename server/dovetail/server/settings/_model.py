"""Every setting, with its type, default, bounds and description: the one place they are written down.

`docs/settings.md`, the JSON schema, the VS Code settings and the validation are all derived from these classes.
`scope="user"` marks what must never come from a file in the workspace: a cloned repository must not be able to
send code anywhere.
"""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field


def setting(
    default: Any,
    doc: str,
    *,
    scope: str = "workspace",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """A field that carries its own documentation. Mutable defaults are given as factories (`dict`, `tuple`)."""
    metadata = {"doc": doc, "scope": scope, "minimum": minimum, "maximum": maximum}
    if callable(default):
        return field(factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@define(frozen=True, slots=True)
class CompletionSettings:
    """Suggestions at the cursor."""

    automatic: bool = setting(True, "Suggest while typing. When off, suggestions come only when asked for.")
    multiline: Literal["auto", "never", "always"] = setting(
        "auto", "Several lines: where the syntax tree says so (auto), never, or always."
    )
    max_lines: int = setting(24, "Most lines of one suggestion.", minimum=1, maximum=200)
    max_tokens: int = setting(128, "Most tokens asked of an endpoint.", minimum=8, maximum=2048)
    deadline_ms: int = setting(
        300, "How long after its first text an endpoint is given, in ms; then whole lines are shown as they are.",
        minimum=50, maximum=10_000,
    )  # fmt: skip
    total_ms: int = setting(
        5000, "How long a suggestion may take altogether, in ms.", minimum=200, maximum=60_000
    )
    context_tokens: int = setting(
        1024,
        "Tokens of other files that go into a prompt (estimated). 0 sends none.",
        minimum=0,
        maximum=16_384,
    )
    least_confidence: float = setting(
        0.0,
        "Cut an endpoint's suggestion where its joint probability falls below this (0 to 1); 0 does not.",
        minimum=0.0,
        maximum=1.0,
    )
    speculate: bool = setting(
        True,
        "Ask an endpoint for the next suggestion while one is shown, so that it is there after accepting.",
    )
    languages: dict[str, bool] = setting(
        dict, "Languages by LSP id, true or false; a language that is not named is on."
    )
    exclude: tuple[str, ...] = setting(
        tuple,
        "Globs (as in .gitignore) of files that get no suggestions and are never read into any model or prompt. "
        "Lists from all places are added up.",
    )
    stop: tuple[str, ...] = setting(tuple, "Strings at which every suggestion ends.")


@define(frozen=True, slots=True)
class EmbeddedSettings:
    """The embedded model, learnt from the open workspace; used where no endpoint is set, or while it is down."""

    enabled: bool = setting(True, "Learn from the workspace and suggest without any endpoint.")
    max_megabytes: int = setting(
        64, "Most source text to learn from, in MB, nearest files first.", minimum=1, maximum=512
    )
    confidence: float = setting(
        0.0, "Show only what is at least this likely to be right (0 to 1). 0 leaves it to the model's own gate.",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip


@define(frozen=True, slots=True)
class EndpointSettings:
    """One server that fills the middle. Only its `url` is needed."""

    url: str = setting("", "Where the server is, such as http://127.0.0.1:8080.", scope="user")
    name: str = setting("", "How it is called in the status; its host if empty.", scope="user")
    format: str = setting("auto", "The wire format; auto finds it by asking.", scope="user")
    model: str = setting("", "The model, where the server has several.", scope="user")
    family: str = setting("auto", "The model's family, for its prompt template; auto finds it.", scope="user")
    key_env: str = setting("", "Name of the environment variable that holds the API key.", scope="user")
    key_command: tuple[str, ...] = setting(
        tuple, "A command, as a list, that prints the API key.", scope="user"
    )
    context_tokens: int = setting(
        0, "The model's context in tokens; 0 asks the server.", scope="user", minimum=0
    )
    temperature: float = setting(0.0, "Sampling temperature.", scope="user", minimum=0.0, maximum=2.0)
    order: Literal["auto", "prefix first", "suffix first"] = setting(
        "auto", "Order of the prompt's halves; suffix first keeps a server's prompt cache.", scope="user"
    )
    connect_ms: int = setting(2000, "How long connecting may take, in ms.", scope="user", minimum=50)
    first_token_ms: int = setting(
        10_000, "How long the first token may take, in ms.", scope="user", minimum=50
    )
    total_ms: int = setting(30_000, "How long one answer may take, in ms.", scope="user", minimum=100)
    max_in_flight: int = setting(
        0,
        "Most requests at a time; 0 means 1 for a server on this machine, else 4.",
        scope="user",
        minimum=0,
        maximum=64,
    )
    headers: dict[str, Any] = setting(dict, "Further HTTP headers.", scope="user")
    allow_insecure: bool = setting(False, "Send a key over plain http to another machine.", scope="user")
    ca_file: str = setting(
        "", "A file of certificate authorities to trust as well as the system's.", scope="user"
    )
    extra: dict[str, Any] = setting(dict, "Further fields, sent as they are.", scope="user")


@define(frozen=True, slots=True)
class LocalSettings:
    """A model file of your own, served beside the editor. It needs the extra `local`: dovetail-lsp[local]."""

    path: str = setting("", "A GGUF file with fill-in-the-middle tokens; empty serves none.", scope="user")
    context_tokens: int = setting(4096, "Its context, in tokens.", scope="user", minimum=1024)
    threads: int = setting(
        0, "Threads; 0 takes half of the processors.", scope="user", minimum=0, maximum=512
    )
    gpu_layers: int = setting(-1, "Layers on the GPU; -1 leaves it to llama.cpp.", scope="user", minimum=-1)


@define(frozen=True, slots=True)
class ChatSettings:
    """The OpenAI-compatible server that writes edits."""

    url: str = setting("", "Base URL, such as http://127.0.0.1:11434/v1.", scope="user")
    model: str = setting("", "The model's name.", scope="user")
    key_env: str = setting("", "Name of the environment variable that holds the API key.", scope="user")
    key_command: tuple[str, ...] = setting(
        tuple, "A command, as a list, that prints the API key.", scope="user"
    )
    format: Literal["search-replace", "unified-diff", "apply-patch", "whole-file"] = setting(
        "search-replace", "The format edits across files are asked for in.", scope="user"
    )
    headers: dict[str, Any] = setting(dict, "Further HTTP headers.", scope="user")
    allow_insecure: bool = setting(False, "Send a key over plain http to another machine.", scope="user")
    max_tokens: int = setting(8192, "Most tokens of one answer.", scope="user", minimum=64)
    total_ms: int = setting(120_000, "How long one answer may take, in ms.", scope="user", minimum=1000)
    ca_file: str = setting(
        "", "A file of certificate authorities to trust as well as the system's.", scope="user"
    )
    extra: dict[str, Any] = setting(dict, "Further fields, sent as they are.", scope="user")


@define(frozen=True, slots=True)
class EditSettings:
    """Edits from chats and diffs."""

    offer_fix: bool = setting(True, "Offer once to fix errors that appear in lines just accepted or edited.")
    fix_rounds: int = setting(2, "Most rounds of one fix.", minimum=1, maximum=5)
    budget_tokens: int = setting(32_000, "Most tokens one request may use, retries included.", minimum=256)


@define(frozen=True, slots=True)
class StatisticsSettings:
    """Counts of what was shown, accepted and kept. They stay on this machine."""

    enabled: bool = setting(True, "Keep local statistics.", scope="user")


@define(frozen=True, slots=True)
class LogSettings:
    """The log file. Code is never written to it above debug."""

    level: Literal["error", "warning", "info", "debug"] = setting(
        "info", "How much is written to the log; debug holds code.", scope="user"
    )


@define(frozen=True, slots=True)
class Settings:
    """All settings."""

    enabled: bool = setting(True, "Dovetail as a whole. A workspace can turn it off, not on.")
    completion: CompletionSettings = field(factory=CompletionSettings)
    embedded: EmbeddedSettings = field(factory=EmbeddedSettings)
    endpoints: tuple[EndpointSettings, ...] = setting(
        tuple, "Servers that fill the middle, the first that answers is used.", scope="user"
    )
    local: LocalSettings = field(factory=LocalSettings)
    chat: ChatSettings = field(factory=ChatSettings)
    edits: EditSettings = field(factory=EditSettings)
    statistics: StatisticsSettings = field(factory=StatisticsSettings)
    log: LogSettings = field(factory=LogSettings)

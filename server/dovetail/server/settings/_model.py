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


CONNECTION = {
    "key_env": ("", "Name of the environment variable that holds the API key."),
    "key_command": (tuple, "Command that prints the API key, as a list of its arguments."),
    "headers": (dict, "Additional HTTP headers."),
    "allow_insecure": (False, "Allow sending the key to another machine over plain http."),
    "ca_file": ("", "File with certificate authorities to trust in addition to the system's."),
    "client_cert": ("", "PEM file with the certificate that this client presents (mutual TLS)."),
    "client_key": ("", "PEM file with the key of clientCert, if that file does not contain it."),
}
"""What every server that is asked over HTTP has: the default and the description, by the name of the field."""


def connection(name: str) -> Any:
    """A field of `CONNECTION`. The user's alone: no workspace says where a key comes from, or whom it is shown."""
    default, doc = CONNECTION[name]
    return setting(default, doc, scope="user")


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
        0.0, "Show only suggestions that are at least this likely to be right (0–1). 0 uses the model's own threshold.",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip


@define(frozen=True, slots=True)
class EndpointSettings:
    """A server for suggestions. Only its `url` is required."""

    url: str = setting("", "Address of the server, such as http://127.0.0.1:8080.", scope="user")
    name: str = setting("", "Name shown in the status. Defaults to the host.", scope="user")
    format: str = setting("auto", "Wire format. auto detects it.", scope="user")
    model: str = setting("", "Model to use, if the server has several.", scope="user")
    family: str = setting(
        "auto", "Family of the model, which decides its prompt template. auto detects it.", scope="user"
    )
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    context_tokens: int = setting(
        0, "Context size of the model, in tokens. 0 asks the server.", scope="user", minimum=0
    )
    temperature: float = setting(
        -1.0,
        "Sampling temperature. -1 means 0, and 0.6 where several suggestions are asked for at once; at 0 there is "
        "one suggestion.",
        scope="user",
        minimum=-1.0,
        maximum=2.0,
    )
    order: Literal["auto", "prefix first", "suffix first"] = setting(
        "auto",
        "Order of prefix and suffix in the prompt. Suffix first makes better use of the server's prompt cache.",
        scope="user",
    )
    connect_ms: int = setting(2000, "Time limit for connecting, in ms.", scope="user", minimum=50)
    first_token_ms: int = setting(
        10_000,
        "Time limit for the first token, in ms. While an endpoint takes longer than it usually does, or is known to be "
        "slow, the built-in model suggests meanwhile.",
        scope="user",
        minimum=50,
    )
    total_ms: int = setting(30_000, "Time limit for an answer, in ms.", scope="user", minimum=100)
    max_in_flight: int = setting(
        0,
        "Maximum number of concurrent requests. 0 means 1 for a server on this machine, otherwise 4.",
        scope="user",
        minimum=0,
        maximum=64,
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    session: str = setting(
        "auto",
        "HTTP header for a random session id, by which load balancers keep an editor on the same replica. auto sends "
        "the usual headers to other machines; off sends none.",
        scope="user",
    )
    price_read: float = setting(
        0.0, "Price of a million tokens read, in any currency; `dovetail stats` shows the cost.", scope="user",
        minimum=0.0,
    )  # fmt: skip
    price_written: float = setting(0.0, "Price of a million tokens written.", scope="user", minimum=0.0)
    extra: dict[str, Any] = setting(
        dict,
        'Additional fields of the request, sent unchanged; the value "null" removes a field.',
        scope="user",
    )


@define(frozen=True, slots=True)
class LocalSettings:
    """A model file of your own, served on this machine. Requires the extra `local`."""

    path: str = setting(
        "", "GGUF file of a model trained to fill in the middle. Empty turns this off.", scope="user"
    )
    context_tokens: int = setting(4096, "Context size, in tokens.", scope="user", minimum=1024)
    threads: int = setting(
        0, "Number of threads. 0 uses half of the processors.", scope="user", minimum=0, maximum=512
    )
    gpu_layers: int = setting(
        -1, "Number of layers to put on the GPU. -1 lets llama.cpp decide.", scope="user", minimum=-1
    )


@define(frozen=True, slots=True)
class ChatSettings:
    """The OpenAI-compatible chat server that writes edits."""

    url: str = setting("", "Base URL, such as http://127.0.0.1:11434/v1.", scope="user")
    model: str = setting("", "Name of the model.", scope="user")
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    format: Literal["search-replace", "unified-diff", "apply-patch", "whole-file"] = setting(
        "search-replace", "Format in which the model is asked to write edits.", scope="user"
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    max_tokens: int = setting(8192, "Maximum number of tokens in an answer.", scope="user", minimum=64)
    total_ms: int = setting(120_000, "Time limit for an answer, in ms.", scope="user", minimum=1000)
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    price_read: float = setting(
        0.0, "Price of a million tokens read, in any currency; `dovetail stats` shows the cost.", scope="user",
        minimum=0.0,
    )  # fmt: skip
    price_written: float = setting(0.0, "Price of a million tokens written.", scope="user", minimum=0.0)
    extra: dict[str, Any] = setting(dict, "Additional fields of the request, sent unchanged.", scope="user")


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
class NextSettings:
    """Next edits: what follows from edits you just made, proposed at its place."""

    mode: Literal["automatic", "manual", "off"] = setting(
        "automatic",
        "Propose a next edit after an edit (automatic), only when asked for (manual), or never (off).",
    )
    url: str = setting(
        "",
        "Address of a server with a model that predicts next edits, such as http://127.0.0.1:8080. It is asked where "
        "no rule proposes anything. Empty: no model is asked.",
        scope="user",
    )
    model: str = setting("", "Model to use, if the server has several.", scope="user")
    family: str = setting(
        "auto",
        "Family of the model, which decides its prompt template: zeta2, zeta2.1, sweep, mercury or chat (any chat "
        "model). auto detects it.",
        scope="user",
    )
    format: str = setting(
        "auto", "Wire format: completions, ollama, edit or chat. auto detects it.", scope="user"
    )
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    max_tokens: int = setting(
        0,
        "Maximum number of tokens in an answer. 0 uses the family's own.",
        scope="user",
        minimum=0,
        maximum=8192,
    )
    total_ms: int = setting(15_000, "Time limit for an answer, in ms.", scope="user", minimum=100)
    max_in_flight: int = setting(
        0,
        "Maximum number of concurrent requests. 0 means 1 for a server on this machine, otherwise 2.",
        scope="user",
        minimum=0,
        maximum=64,
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    extra: dict[str, Any] = setting(dict, "Additional fields of the request, sent unchanged.", scope="user")


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

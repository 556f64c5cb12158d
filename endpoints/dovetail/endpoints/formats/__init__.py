"""The wire formats, by the names that settings use."""

from ._chat_hole import ChatHole
from ._completions import Completions, CompletionsSuffix
from ._contract import Ask, Reader, WireFormat
from ._decoder import MAX_BYTES, Decoder, said
from ._fim_completions import FimCompletions
from ._framing import DONE, EventMessages, WholeMessage
from ._infill import Infill
from ._ollama import Ollama
from ._openai import common, finish_of
from ._tabby import Tabby
from ._tgi import Tgi
from ._unwrap import Unwrapper

_ALL: tuple[WireFormat, ...] = (
    Infill(),
    Completions(),
    CompletionsSuffix(),
    Ollama(),
    Ollama("ollama-raw", raw=True),
    FimCompletions("mistral"),
    FimCompletions("inception"),
    Tgi(),
    Tabby(),
    ChatHole(),
)
FORMATS: dict[str, WireFormat] = {one.name: one for one in _ALL}

__all__ = [
    "DONE",
    "FORMATS",
    "MAX_BYTES",
    "Ask",
    "Decoder",
    "EventMessages",
    "Reader",
    "Unwrapper",
    "WholeMessage",
    "WireFormat",
    "common",
    "finish_of",
    "said",
]

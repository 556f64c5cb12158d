"""Any server that fills in the middle, and chat: the only code here that opens a connection.

    router = Router([Endpoint(EndpointConfig(name="mine", url="http://127.0.0.1:8080"))])
    async for chunk in router.stream(FimRequest(prefix, suffix)):
        …

`Endpoint` asks one server, `Router` several in order. `chat` and `local` are modules of their own.
Importing this package imports neither httpx nor openai.
"""

from ._breaker import State
from ._channel import Channel
from ._check import TemplateCheck, check_template
from ._config import ORDERS, Connection, EndpointConfig, Timeouts
from ._discover import USUAL_PORTS, Found, discover_local
from ._endpoint import Endpoint
from ._errors import (
    AllDown,
    BadAnswer,
    BadRequest,
    Broken,
    Busy,
    ConfigError,
    ContextOverflow,
    EndpointError,
    Loading,
    NoAnswer,
    NoFim,
    NotFound,
    NotLoaded,
    RateLimited,
    ServerError,
    Superseded,
    Timeout,
    Unauthorized,
    Unreachable,
)
from ._families import FAMILIES, Family, family_of, next_edit_model
from ._http import HttpPool
from ._prompts import build_prompt, neutralise, restored
from ._reach import Reach, UrlPattern
from ._router import EndpointStatus, Router
from ._secrets import Secret, install_log_masking, mask
from ._timing import Timing
from ._types import ChatMessage, Chunk, FimRequest, Probe
from ._urls import host_of, is_loopback, where
from .formats import FORMATS

__all__ = [
    "FAMILIES",
    "FORMATS",
    "ORDERS",
    "USUAL_PORTS",
    "AllDown",
    "BadAnswer",
    "BadRequest",
    "Broken",
    "Busy",
    "Channel",
    "ChatMessage",
    "Chunk",
    "ConfigError",
    "Connection",
    "ContextOverflow",
    "Endpoint",
    "EndpointConfig",
    "EndpointError",
    "EndpointStatus",
    "Family",
    "FimRequest",
    "Found",
    "HttpPool",
    "Loading",
    "NoAnswer",
    "NoFim",
    "NotFound",
    "NotLoaded",
    "Probe",
    "RateLimited",
    "Reach",
    "Router",
    "Secret",
    "ServerError",
    "State",
    "Superseded",
    "TemplateCheck",
    "Timeout",
    "Timeouts",
    "Timing",
    "Unauthorized",
    "Unreachable",
    "UrlPattern",
    "build_prompt",
    "check_template",
    "discover_local",
    "family_of",
    "host_of",
    "install_log_masking",
    "is_loopback",
    "mask",
    "neutralise",
    "next_edit_model",
    "restored",
    "where",
]

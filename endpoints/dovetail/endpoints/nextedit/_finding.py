"""Which family answers at an address: by the model's name, else by what the server says of the model."""

from __future__ import annotations

from urllib.parse import urlsplit

from attrs import define

from .._channel import Channel, Reply
from .._document import Document
from .._errors import NoFim
from .._finding import PROBE_MS, some
from .._urls import where
from ._config import NextEditConfig
from ._families import NEXT_FAMILIES, next_family_of

INCEPTION = "api.inceptionlabs.ai"
MERCURY = "mercury-edit-2"
_WHOLE_SERVER = ("loading", "rate limit", "busy", "key")


@define(frozen=True, slots=True)
class NextProbe:
    """What was found out, and by which evidence."""

    family: str
    format: str
    """"completions", "ollama", "edit" or "chat"."""
    model: str
    evidence: tuple[str, ...] = ()


async def find(channel: Channel, config: NextEditConfig) -> NextProbe:
    """Look who is there. What the user set is taken as it is. At most five small requests, one generated token.

    Raises:
        EndpointError: it is not reachable, does not accept the key or is still loading; NoFim: no family is known for
            what is there.
    """
    look = _Look(channel, config)
    if (urlsplit(config.url).hostname or "") == INCEPTION:
        return look.found("mercury", "edit", config.model or MERCURY, f"the host {INCEPTION} is Inception's")
    if config.family != "auto" and config.format != "auto" and config.model:
        return look.found(config.family, config.format, config.model, "set by the user")
    # The surest sign first: the user's word, the model's name, the server's file of it; last, whether it chats.
    models = await look.models()
    model = config.model or _only(models)
    server, described = await look.server(model)
    model = model or described
    family = config.family if config.family != "auto" else None
    if family is None:
        # The name may be an alias that an administrator gave; the file's own name is the second witness.
        for name, how in (
            (model, "the model's name {!r} says {}"),
            (described, "the server's file of the model, {!r}, says {}"),
        ):
            if family is None and (family := next_family_of(name)):
                look.evidence.append(how.format(name, family))
    else:
        look.evidence.append(f"the family {family} is set by the user")
    # Last, since it costs a generated token and any model of today chats.
    if family is None and model and await look.chats(model):
        family = "chat"
        look.evidence.append(
            "no family is known by that name, and /v1/chat/completions answers: asked as a chat"
        )
    if not model and len(models) != 1:
        raise NoFim(_choose(config, models), endpoint=config.name)
    if family is None:
        raise NoFim(
            f"{config.name}: the model {model!r} at {where(config.url)} is not known to predict next edits; set "
            f"next.family to one of {', '.join(NEXT_FAMILIES)}.",
            endpoint=config.name,
        )
    # At Ollama only its own route takes a prompt raw.
    wire = NEXT_FAMILIES[family].wire
    return look.found(family, "ollama" if wire == "completions" and server == "Ollama" else wire, model)


def _only(models: tuple[str, ...]) -> str:
    """The one model that is there, or the one among several whose name says that it predicts next edits."""
    if len(models) == 1:
        return models[0]
    fit = [name for name in models if next_family_of(name)]
    return fit[0] if len(fit) == 1 else ""


def _choose(config: NextEditConfig, models: tuple[str, ...]) -> str:
    there = f"set next.model to one of those that are there: {some(models)}" if models else "set next.model"
    return f"{config.name}: no one model that predicts next edits was found at {where(config.url)}; {there}."


class _Look:
    """A probe under way."""

    def __init__(self, channel: Channel, config: NextEditConfig) -> None:
        self.channel = channel
        self.config = config
        self.evidence: list[str] = []
        self.owner = ""

    def found(self, family: str, format: str, model: str, evidence: str = "") -> NextProbe:
        """What is to be used; the user's own words go before."""
        config = self.config
        family = config.family if config.family != "auto" else family
        format = config.format if config.format != "auto" else format
        return NextProbe(family, format, model, (*self.evidence, *([evidence] if evidence else [])))

    async def ask(self, method: str, path: str, body: object = None) -> Reply:
        reply = await self.channel.ask(method, self.config.address(path), body, ms=PROBE_MS)
        if reply.error is not None and reply.error.kind in _WHOLE_SERVER:
            raise reply.error
        return reply

    async def models(self) -> tuple[str, ...]:
        """The names in `/v1/models`."""
        reply = await self.ask("GET", "/v1/models")
        listed = [one for one in reply.document.at("data").items() if one.at("id").text()]
        if reply.status == 200 and listed:
            self.owner = listed[0].at("owned_by").text()
            names = tuple(dict.fromkeys(one.at("id").text() for one in listed))
            self.evidence.append(f"/v1/models lists {some(names, 4)}")
            return names
        return ()

    async def server(self, model: str) -> tuple[str, str]:
        """What kind of server it is, and what it says of the model beyond its name."""
        # Without an owner nothing is known yet, so both are asked; behind a gateway each needless route is an
        # error.
        if self.owner in ("llamacpp", ""):
            props = await self.ask("GET", "/props")
            if props.status == 200 and props.document.has("default_generation_settings"):
                path = props.document.at("model_path").text().replace("\\", "/").rpartition("/")[2]
                return "llama.cpp", path or props.document.at("model_alias").text()
        if self.owner in ("library", "") and model:
            show = await self.ask("POST", "/api/show", {"model": model})
            if show.status == 200 and show.document.has("details"):
                return "Ollama", _described(show.document)
        return "", ""

    async def chats(self, model: str) -> bool:
        """Whether it answers a chat."""
        body = {"model": model, "messages": [{"role": "user", "content": "Say 1."}], "max_tokens": 1}
        reply = await self.ask("POST", "/v1/chat/completions", body)
        return reply.status == 200 and reply.document.has("choices")


def _described(show: Document) -> str:
    info = show.at("model_info")
    # A model pulled under a short name still says where it comes from.
    names = (info.at("general.basename").text(), info.at("general.name").text(), show.at("from").text())
    return next((name for name in names if next_family_of(name)), "")

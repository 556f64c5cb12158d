"""`dovetail init`: from nothing to a model that was tried, written into the user's own dovetail.toml."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define

from dovetail.server.places import Places
from dovetail.server.settings import Policy, read_policy

from .doctor import without_name
from .terminal import say, say_prose

if TYPE_CHECKING:
    from dovetail.endpoints import EndpointConfig

FILE = "dovetail.toml"
_BARE = re.compile(r"[\w.\-]+(?::\d{1,5})?(?:/\S*)?|\[[\da-f:]+\]:\d{1,5}(?:/\S*)?", re.IGNORECASE)
"""A host, with or without a port and a path."""
TRY_S = 60.0
"""Seconds for finding out what answers at an address and filling three known holes; a model may have to be loaded."""

WITHOUT = (
    "Without a model server, suggestions come from the built-in model. It learns from the open workspace and finishes "
    "words and lines the way they are written there already, at once and without a network. For code that is new to "
    "the workspace, run a model. Three by the memory they take, all under Apache-2.0; start one with Ollama or with "
    "llama.cpp:"
)
MODELS = (
    ("1 GB", "any laptop", "qwen2.5-coder:0.5b-base", "ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF"),
    ("2 GB", "a few cores or any GPU", "qwen2.5-coder:1.5b-base", "ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF"),
    ("9 GB", "a GPU or Apple silicon", "qwen2.5-coder:7b-base", "ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF"),
)


@define(frozen=True, slots=True)
class Choice:
    """A server that answered, and how it is written down."""

    url: str
    model: str
    """Empty where the server has one only."""
    said: str
    """What was found there, in one sentence."""
    fits: bool
    """Whether known holes were filled."""
    key_env: str = ""

    def toml(self) -> str:
        """The lines for dovetail.toml."""
        lines = ["[[endpoints]]", f"url = {_quoted(self.url)}"]
        lines += [f"model = {_quoted(self.model)}"] * bool(self.model)
        lines += [f"keyEnv = {_quoted(self.key_env)}"] * bool(self.key_env)
        return "\n".join(lines) + "\n"


def run_init(*, find: bool, url: str, model: str, key_env: str, write: bool) -> int:
    """Look (at `url`, or on this machine if `find`), try what is there, and write the first that fits. Exit code 1 when
    nothing was written although something was to be."""
    # Nothing is looked for unasked: connecting to ports may be noticed by others on the machine.
    if not find and not url and sys.stdin.isatty():
        find = _asked("Look for model servers on this machine (usual ports of 127.0.0.1 only)?")
    if not find and not url:
        _advise()
        say_prose(
            "\nThen: `dovetail init --find` asks the usual ports of this machine, `dovetail init --url URL` an address."
        )
        return 0
    policy, _ = read_policy(Places.of_user().managed)
    choices = asyncio.run(_choices(find, url, model, key_env, policy))
    for number, choice in enumerate(choices, 1):
        say_prose(f"{number}. {choice.said}")
    # One that fills a known hole as expected; failing that, the first that answered at all.
    best = next((choice for choice in choices if choice.fits), None) or next(iter(choices), None)
    if best is None:
        if find:
            say_prose("No model server that can be used answers on the usual ports of this machine.\n")
            _advise()
        return 1
    if not best.fits:
        say_prose("It is used all the same; what it suggests may be wrong.")
    return _write(Places.of_user().config / FILE, best.toml(), write=write)


def _asked(question: str) -> bool:
    say(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _advise() -> None:
    say_prose(WITHOUT)
    # Commands are copied: each fits into 80 columns.
    for memory, where, ollama, repository in MODELS:
        say(f"\n  {memory}, {where}")
        say(f"    ollama pull {ollama}")
        say(f"    llama-server -hf {repository} -c 8192 -b 2048")


async def _choices(find: bool, url: str, model: str, key_env: str, policy: Policy) -> list[Choice]:
    from dovetail.endpoints import ConfigError, EndpointConfig, discover_local, host_of

    urls = [_whole(url)] if url else []
    if find:
        there = await discover_local(refuses=policy.refuses)
        urls += [found.url for found in there if found.probe is not None]
    choices = []
    # The same server may have been named and found.
    for one in dict.fromkeys(urls):
        # Before it is asked anything.
        if why := policy.refuses(one):
            say_prose(f"{host_of(one)} is not tried. {why}")
            continue
        try:
            config = EndpointConfig(
                name=host_of(one) or "endpoint", url=one, model=model, key_env=key_env or None
            )
        except ConfigError as error:
            say_prose(str(error))
            continue
        choices += await _tried(config)
    return choices


def _whole(url: str) -> str:
    """An address as people type it (`localhost:8080`), with its scheme."""
    from dovetail.endpoints import is_loopback

    if "://" in url or not _BARE.fullmatch(url):
        return url
    return f"http://{url}" if is_loopback(f"http://{url}") else f"https://{url}"


async def _tried(config: EndpointConfig) -> list[Choice]:
    """The server at an address with a model that it has, tried; empty, with a sentence, where it cannot be used."""
    from attrs import evolve

    from dovetail.endpoints import Endpoint, EndpointError, Unauthorized, check_template, family_of

    endpoint = Endpoint(config)
    try:
        async with asyncio.timeout(TRY_S):
            probe = await endpoint.probe()
            if probe.format is None and not config.model:
                # Only models whose template is known: others could not be asked.
                known = sorted((name for name in probe.models if family_of(name)), key=_by_size)
                if known:
                    if others := known[1:4]:
                        say_prose(
                            f"{config.name}: the smallest is tried; --model takes another: {', '.join(others)}."
                        )
                    # Another endpoint for the other model: what a probe found belongs to the one that was
                    # probed.
                    await endpoint.aclose()
                    endpoint = Endpoint(evolve(config, model=known[0]))
                    probe = await endpoint.probe()
            if probe.format is None:
                say_prose(" ".join(probe.problems))
                return []
            check = await check_template(endpoint)
    except EndpointError as error:
        # The error speaks of the setting keyEnv, which is an option here.
        named = (
            " Here that is --key-env NAME." if isinstance(error, Unauthorized) and not config.key_env else ""
        )
        say_prose(f"{error}{named}")
        return []
    except TimeoutError:
        say_prose(f"{config.name}: no answer within {TRY_S:.0f} s.")
        return []
    finally:
        await endpoint.aclose()
    server = f"{probe.server or 'a server'}{f' with {probe.model}' if probe.model else ''} at {config.url}"
    # Its name is its address, which was said just now.
    said = f"{server}: {without_name(check.message, config.name)}"
    return [Choice(config.url, endpoint.config.model, said, check.fits, config.key_env or "")]


def _by_size(name: str) -> tuple[float, str]:
    """Models by the billions of parameters in their names; for typing the fast one is the better one."""
    found = re.search(r"(\d+(?:\.\d+)?)b(?![a-z])", name.lower())
    return (float(found[1]) if found else float("inf")), name


def _write(path: Path, lines: str, *, write: bool) -> int:
    """Add the endpoint to the user's settings, of which nothing else is touched; or say what is to be added."""
    try:
        old = path.read_text(encoding="utf-8")
    # The first settings of this user.
    except FileNotFoundError:
        old = ""
    except (OSError, UnicodeDecodeError) as error:
        say(f"{path} cannot be read ({type(error).__name__}). Put this into it:\n\n{lines}")
        return 1
    # At the end, since a table takes in all lines up to the next one.
    new = f"{old.rstrip()}\n\n{lines}".lstrip()
    # Looked at as a whole before anything is written: a file that is no TOML afterwards would turn everything
    # off.
    problem = _problem(old, new)
    if problem or not write:
        say(f"{problem or 'Nothing was written.'} These lines belong into {path}:\n\n{lines}")
        return 1 if problem else 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: it is the user's own file.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(new)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        say(f"{path} cannot be written ({error.strerror}). Put this into it:\n\n{lines}")
        return 1
    say(f"Written to {path}:\n\n{lines}")
    say_prose("Next: open a file in your editor and type; `dovetail doctor` shows the details.")
    return 0


def _problem(old: str, new: str) -> str:
    """Why the new settings must not be written; empty if all that was there holds as before."""
    before: dict[str, Any]
    try:
        before = tomllib.loads(old)
    except tomllib.TOMLDecodeError as error:
        return f"The settings are no TOML ({error}), so nothing was written."
    # Endpoints are asked in their order, so where a new one belongs is for the user to say.
    if before.get("endpoints"):
        return "An endpoint is set already, and its order decides, so nothing was written."
    try:
        after = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return "An endpoint cannot be added to these settings, so nothing was written."
    # Compared as values: whatever else stands in the file must mean the same as before.
    after.pop("endpoints", None)
    before.pop("endpoints", None)
    return "" if before == after else "An endpoint cannot be added to these settings, so nothing was written."


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""The user's own GGUF file, served by llama.cpp (xllamacpp, the optional extra `local`) as a child process.

The child listens on a free loopback port, with a key made for this run and no CORS, and ends with its parent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from attrs import define

from ._config import EndpointConfig, Timeouts, as_set
from ._errors import ConfigError
from ._secrets import Secret, mask, safe_folder

START_SECONDS = 600.0
"""Large files on slow disks take minutes to load."""


@define(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """What to serve and how."""

    path: str
    """The GGUF file."""
    context_tokens: int = 4096
    """For each slot. Less makes llama.cpp leave other files out of the prompt."""
    batch_tokens: int = 1024
    """The prefix is cut to 3/4 of it, the suffix to 1/4."""
    slots: int = 1
    threads: int | None = None
    """None: half of the processors."""
    gpu_layers: int | None = None
    """None: as llama.cpp decides."""

    def __attrs_post_init__(self) -> None:
        for name, low in (("context_tokens", 1024), ("batch_tokens", 256), ("slots", 1)):
            if getattr(self, name) < low:
                raise ConfigError(
                    f"local.{as_set(name)} must be at least {low}, not {getattr(self, name)!r}."
                )


class LocalServer:
    """A running child. Use as `async with await LocalServer.start(model) as server: … server.config`."""

    def __init__(self, process: asyncio.subprocess.Process, config: EndpointConfig) -> None:
        self._process = process
        self.config = config
        """An endpoint's configuration that reaches the child, with its key."""

    @classmethod
    async def start(cls, model: LocalModel, name: str = "local") -> LocalServer:
        """Start the child and wait until its model is loaded.

        Raises:
            ConfigError: the extra is not installed, the file is not there or no model, or it did not start.
        """
        if find_spec("xllamacpp") is None:
            raise ConfigError(
                f'{name}: serving a model file needs the extra "local". Install Dovetail again with it: '
                'pipx install --force "/path/to/dovetail[local]", with the path of your clone.',
                endpoint=name,
            )
        path = await asyncio.to_thread(_existing, model.path)
        if path is None:
            raise ConfigError(f"{name}: the model file {model.path!r} is not there.", endpoint=name)
        # Standard input is the child's lifeline: it ends when our end is closed, also by our being killed.
        process = await asyncio.create_subprocess_exec(
            *_command(path, model),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=safe_folder(),
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(START_SECONDS):
                # One line, when the model is loaded or could not be; an empty one means that the child has
                # died.
                line = await process.stdout.readline()
            told = json.loads(line) if line else {}
            if "url" not in told:
                why = mask(str(told.get("error") or "it ended without a word"))
                if "libgomp" in why:
                    why += " (on Debian and Ubuntu: apt-get install libgomp1)"
                raise ConfigError(
                    f"{name}: the model {str(path)!r} could not be served: {why}.", endpoint=name
                )
        # Also when cancelled: the child would go on loading gigabytes for nobody.
        except BaseException as error:
            await _end(process)
            if isinstance(error, TimeoutError | ValueError):
                raise ConfigError(f"{name}: the model {str(path)!r} did not load.", endpoint=name) from None
            raise
        config = EndpointConfig(
            name=name,
            url=told["url"],
            model=path.stem,
            key=Secret(told["key"]),
            context_tokens=model.context_tokens,
            batch_tokens=model.batch_tokens,
            max_in_flight=model.slots,
            timeouts=Timeouts(connect_ms=1_000, first_token_ms=15_000, total_ms=30_000),
        )
        return cls(process, config)

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process.returncode is None

    async def stop(self) -> None:
        """End the child, kindly first."""
        await _end(self._process)

    async def __aenter__(self) -> LocalServer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _existing(name: str) -> Path | None:
    path = Path(name).expanduser().absolute()
    return path if path.is_file() else None


def _command(path: Path, model: LocalModel) -> list[str]:
    threads = model.threads or max(1, (os.cpu_count() or 2) // 2)
    # -P: the folder where it runs is not searched for modules. With `safe_folder` it is none of the workspace either.
    command = [sys.executable, "-P", "-m", "dovetail.endpoints.local_server", str(path)]
    command += ["--context", str(model.context_tokens), "--batch", str(model.batch_tokens)]
    command += ["--slots", str(model.slots), "--threads", str(threads)]
    if model.gpu_layers is not None:
        command += ["--gpu-layers", str(model.gpu_layers)]
    return command


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None and process.stdin is not None:
        # This is how the child is told to end (see `local_server`).
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

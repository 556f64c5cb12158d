"""What an administrator sets, from a file (`team.toml`), a Serve config's `args`, or the command line."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class OptionsError(ValueError):
    """A value cannot be used; the text names it and says what is expected."""


@dataclass(frozen=True)
class Options:
    """The options of `team.toml`, by the same names."""

    model: str = ""
    """A GGUF file."""
    name: str = ""
    """The model's name for clients; left out: the file's."""
    replicas: int = 2
    slots: int = 4
    """Prompts that a replica keeps in its cache, one for each person who types: the next key is read anew alone."""
    atOnce: int = 0
    """Requests that a replica works on at once, at most `slots`; 0: as many as these. Fewer are answered sooner."""
    contextTokens: int = 4096
    """Of one slot."""
    batchTokens: int = 1024
    threads: int = 0
    gpuLayers: int = -1
    cpus: float = 1.0
    """Processors that Ray reserves for a replica."""
    gpus: float = 0.0
    perCaller: int = 2
    """Requests of one key (without keys: one session) that a replica works on at once; as many may wait."""
    queue: int = 8
    """Requests that may wait for a turn at a replica."""
    waitMs: int = 1000
    """After so long a request that waits is told to come back."""
    keys: str = ""
    """A file with a name and a key in each line."""
    host: str = "127.0.0.1"
    port: int = 8000
    metricsPort: int = 0
    """Where Prometheus finds the numbers; 0: a free port, which is printed."""
    haproxy: bool = False
    """Ray Serve's HAProxy in place of its Python proxy (Linux). `python -m team` takes it where it is there, unless
    this says otherwise; on a cluster it is for Ray's own settings to say."""
    engine: tuple[str, ...] = ()
    """A command in place of llama.cpp's server (see `engine.py`)."""

    def __post_init__(self) -> None:
        for name, low in (
            ("replicas", 1),
            ("slots", 1),
            ("atOnce", 0),
            ("contextTokens", 256),
            ("batchTokens", 32),
            ("threads", 0),
            ("gpuLayers", -1),
            ("cpus", 0),
            ("gpus", 0),
            ("perCaller", 1),
            ("queue", 0),
            ("waitMs", 1),
            ("port", 0),
            ("metricsPort", 0),
        ):
            value = getattr(self, name)
            whole = name not in ("cpus", "gpus")
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value < low:
                raise OptionsError(
                    f"{name} must be a {'whole ' if whole else ''}number from {low}, not {value!r}"
                )
        if self.atOnce > self.slots:
            raise OptionsError(f"atOnce must be at most slots ({self.slots}), not {self.atOnce}")
        if not is_loopback(self.host) and not self.keys:
            raise OptionsError(
                f"host {self.host!r} can be reached from other machines, so keys must name a file with a name and "
                "a key in each line: Ray Serve itself lets anybody in"
            )

    @staticmethod
    def of(table: Mapping[str, Any], *, folder: Path | None = None) -> Options:
        """From a table of names and values; file names are taken from `folder`. Raises `OptionsError`."""
        known = {one.name: one for one in fields(Options)}
        for name, value in table.items():
            if name not in known:
                raise OptionsError(f"there is no option {name!r}; there are: {', '.join(known)}")
            if known[name].type == "str" and not isinstance(value, str):
                raise OptionsError(f"{name} must be text, not {value!r}")
            if known[name].type == "bool" and not isinstance(value, bool):
                raise OptionsError(f"{name} must be true or false, not {value!r}")
        values = dict(table)
        if "engine" in values:
            if not isinstance(values["engine"], list | tuple):
                raise OptionsError("engine must be a list: a program and its arguments")
            values["engine"] = tuple(map(str, values["engine"]))
        for name in ("model", "keys"):
            if folder is not None and values.get(name):
                values[name] = str(folder / Path(values[name]).expanduser())
        return Options(**values)

    @property
    def turns(self) -> int:
        """How many requests a replica works on at once."""
        return self.atOnce or self.slots

    @property
    def command(self) -> list[str]:
        """What starts the engine."""
        program = self.engine or (sys.executable, str(Path(__file__).with_name("engine.py")))
        return [
            *program,
            f"--model={self.model}",
            f"--alias={self.name or Path(self.model).stem}",
            f"--slots={self.slots}",
            f"--context={self.contextTokens}",
            f"--batch={self.batchTokens}",
            f"--threads={self.threads}",
            f"--gpu-layers={self.gpuLayers}",
        ]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

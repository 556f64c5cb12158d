"""`make team`: Ray Serve with replicas of one model behind one address, until Ctrl-C.

    python -m team [--config team.toml] [--model FILE.gguf] [--replicas 2] [--port 8000] …

Each option of team.toml can be given here too, and counts more.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import signal
import sys
import tempfile
import threading
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from . import haproxy
from .keys import KeysError, read
from .options import Options, OptionsError, is_loopback


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal. Returns the exit code."""
    try:
        options = _options(_parser().parse_args(arguments))
        if options.keys:
            read(Path(options.keys))
        if options.haproxy:
            haproxy.program()
    except (OptionsError, KeysError) as error:
        print(f"team: {error}", file=sys.stderr)
        return 2
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    # Sockets have short names in here, which a long TMPDIR would make too long.
    with tempfile.TemporaryDirectory(prefix="team-", dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        return _serve(options, Path(folder), stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m team", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--config", type=Path, help="a file such as team.toml")
    for one in fields(Options):
        flag = "--" + re.sub("[A-Z]", lambda found: "-" + found[0].lower(), one.name)
        if one.type == "bool":
            parser.add_argument(flag, dest=one.name, action=argparse.BooleanOptionalAction, default=None)
        elif one.name == "engine":
            parser.add_argument(flag, dest=one.name, nargs="+", metavar="PROGRAM")
        else:
            kind = {"int": int, "float": float}.get(str(one.type), str)
            parser.add_argument(flag, dest=one.name, type=kind, help=f"default: {one.default!r}")
    return parser


def _options(asked: argparse.Namespace) -> Options:
    table: dict[str, object] = {}
    if asked.config is not None:
        try:
            table = tomllib.loads(asked.config.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise OptionsError(f"{asked.config} cannot be read: {error}") from None
        folder = asked.config.resolve().parent
        for name in ("model", "keys"):
            if isinstance(table.get(name), str) and table[name]:
                table[name] = str(folder / Path(str(table[name])).expanduser())
    given = {
        one.name: getattr(asked, one.name) for one in fields(Options) if getattr(asked, one.name) is not None
    }
    for name in ("model", "keys"):
        if given.get(name):
            given[name] = str(Path(given[name]).expanduser().resolve())
    if "haproxy" not in table and "haproxy" not in given:
        given["haproxy"] = haproxy.is_there()
    options = Options.of({**table, **given})
    if not options.model:
        raise OptionsError("model must name a GGUF file")
    if not options.engine and not Path(options.model).is_file():
        raise OptionsError(f"there is no file {options.model}")
    return options


def _serve(options: Options, folder: Path, stop: threading.Event) -> int:
    _environment(options, folder)
    import ray  # after the environment: Ray reads it when it is imported
    from ray import serve

    from .serve import APP, deployment

    try:
        ray.init(
            num_cpus=max(2, round(options.cpus * options.replicas) + 1),  # what Ray counts, not what there is
            include_dashboard=False,
            configure_logging=True,
            logging_level="error",
            log_to_driver=bool(os.environ.get("TEAM_VERBOSE")),
            _temp_dir=str(folder),
            _metrics_export_port=options.metricsPort or None,
        )
        serve.start(
            proxy_location="HeadOnly",
            http_options={"host": options.host, "port": options.port, "keep_alive_timeout_s": 90},
        )
        serve.run(deployment(options), name=APP, route_prefix="/")
    except BaseException as error:
        if not stop.is_set():
            print(f"team: it did not start: {error}", file=sys.stderr)
        _end()
        return 1
    print(_settings(options, ray.nodes()[0]["MetricsExportPort"]), flush=True)
    try:
        stop.wait()
    finally:
        print("team: ending", file=sys.stderr, flush=True)
        _end()
    return 0


def _environment(options: Options, folder: Path) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_SERVE_LOG_TO_STDERR", os.environ.get("TEAM_VERBOSE", "0"))
    # Ray gives its workers a low priority (nice 15), but here they are the proxy and the engines.
    os.environ.setdefault("RAY_worker_niceness", "0")
    # On a busy machine the proxy takes longer to start than the 5 s after which Serve starts another.
    os.environ.setdefault("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "120")
    os.environ.setdefault("RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S", "30")
    # The control plane wants a token, which Ray would put into the home folder.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).resolve().parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    if is_loopback(options.host):
        # Said of Windows and macOS, but on Linux too it is what lets Ray's processes talk by the loopback address.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    if options.haproxy:
        for name, value in haproxy.environment(folder).items():
            os.environ.setdefault(name, value)


def _end() -> None:
    import ray
    from ray import serve

    with suppress(Exception):
        serve.shutdown()
    with suppress(Exception):
        ray.shutdown()


def _settings(options: Options, metrics: int) -> str:
    """What a person's dovetail.toml needs, and where the numbers are."""
    host = options.host if options.host not in ("0.0.0.0", "::") else "NAME-OF-THIS-MACHINE"
    lines = ["[[endpoints]]", f'url = "http://{host}:{options.port}"', 'session = "X-Session-Id"']
    if options.keys:
        lines.append('keyEnv = "TEAM_KEY"   # the variable that holds the person\'s key')
    text = "\n".join(f"    {line}" for line in lines)
    served = f"{options.replicas} replicas serve {Path(options.model).name}."
    numbers = f"Prometheus finds the numbers at http://{host}:{metrics}/metrics."
    return f"{served} In dovetail.toml:\n\n{text}\n\n{numbers} Ctrl-C ends it."


if __name__ == "__main__":
    sys.exit(main())

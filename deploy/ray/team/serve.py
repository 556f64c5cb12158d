"""The gateway and its engine as a Ray Serve deployment; `application` is what `serve deploy` and KubeRay name."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve.config import BackpressureConfig, RequestRouterConfig
from ray.serve.metrics import Gauge

from .admission import RETRY_AFTER_S, Admission
from .engine import Engine
from .gateway import MOST_HELD, Gateway
from .keys import Keys
from .options import Options, is_loopback
from .telemetry import DESCRIPTIONS, PREFIX

APP = "team"
EXPORT_EVERY_S = 5.0
STICKY = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
log = logging.getLogger("ray.serve")


def _stay_on_loopback() -> None:
    """Have the replica's own port listen on this machine alone.

    Ray 2.60 binds the port by which the proxy reaches a replica to all addresses, whatever the cluster's address is.
    It has no setting for that, so the function that binds it is replaced, in the replica's process.
    """
    from ray.serve._private import replica

    bind = replica.add_port_to_grpc_server
    if getattr(bind, "of_team", False):
        return

    def on_loopback(server: Any, address: str) -> Any:
        return bind(server, address.replace("[::]:", "127.0.0.1:"))

    on_loopback.of_team = True  # type: ignore[attr-defined]
    replica.add_port_to_grpc_server = on_loopback


class Replica:
    """One engine and the gateway before it. They live and end together."""

    def __init__(self, options: Options) -> None:
        if is_loopback(options.host):
            _stay_on_loopback()
        keys = Keys(Path(options.keys), say=log.warning) if options.keys else None
        self._engine = Engine(options.command)
        # A replica that lives without its engine answers errors, and takes a while to be noticed. One that ends is
        # noticed at once: what it was asked is asked of another, and a new one is started.
        self._engine.when_it_ends(lambda: os._exit(1))
        admission = Admission(
            options.turns,
            per_caller=options.perCaller,
            queue=options.queue,
            longest_wait_s=options.waitMs / 1000,
        )
        self.gateway = Gateway(
            self._engine.url,
            self._engine.key,
            admission,
            keys,
            replica=serve.get_replica_context().replica_id.unique_id,
            engine_pid=self._engine.pid,
            when_sick=lambda: os._exit(1),
        )
        self._gauges = {name: Gauge(PREFIX + name, description=text) for name, text in DESCRIPTIONS.items()}
        self._exporting: asyncio.Task[None] | None = None

    def __serve_build_asgi_app__(self) -> Gateway:
        """What Ray Serve hands requests to, asked for once the replica is made."""
        return self.gateway

    async def check_health(self) -> None:
        """Called by Ray Serve; an exception has the replica replaced."""
        if self._exporting is None:
            self._exporting = asyncio.create_task(self._export())
        if not await self.gateway.healthy():
            raise RuntimeError("the engine does not answer")

    async def _export(self) -> None:
        while True:
            for name, value in (await self.gateway.numbers()).items():
                self._gauges[name].set(value)
            await asyncio.sleep(EXPORT_EVERY_S)


def deployment(options: Options) -> serve.Application:
    """The application that `serve.run` takes."""

    room = options.turns + options.queue
    settings: dict[str, Any] = {
        "num_replicas": options.replicas,
        "ray_actor_options": {"num_cpus": options.cpus, "num_gpus": options.gpus},
        # The queue that is fair is the gateway's, so it must see what comes; Serve's own is for the rest.
        "max_ongoing_requests": 2 * room + 16 + MOST_HELD,
        "max_queued_requests": 4 * room,
        "backpressure_config": BackpressureConfig(status_code=429, retry_after_s=RETRY_AFTER_S),
        "health_check_period_s": 1,
        "health_check_timeout_s": 5,
        "graceful_shutdown_timeout_s": 2,
        "graceful_shutdown_wait_loop_s": 0.1,
    }
    if not options.haproxy:  # which refuses a router of one's own and hashes the header itself
        settings["request_router_config"] = RequestRouterConfig(request_router_class=STICKY)
    return serve.deployment(serve.ingress()(Replica), name="engine", **settings).bind(options)


def application(args: Mapping[str, Any]) -> serve.Application:
    """For `import_path: team.serve:application`; `args` are the options of `team.toml`."""
    return deployment(Options.of(args))

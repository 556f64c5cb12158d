"""Where a handler runs and what it may touch is said by how it is registered.

| decorator | runs | may touch |
|---|---|---|
| `on_loop` | on the event loop, at once, in the order messages come | the session; nothing that waits |
| `with_snapshot` | as a task | the document as it was when the request came, taken before the first await |
| `in_task` | as a task | the session between its awaits; long work goes to a thread |
| `command` | as `in_task`, or on the loop where it is a plain function | the one object that a command takes |

Handlers decode, make one call and encode; they hold no state.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import define

from dovetail.text import Snapshot

from ..announced import COMMANDS, METHODS
from ..client import Client
from ..lsp.server import DovetailServer
from ..lsp.values import plain
from ..session.session import Session

if TYPE_CHECKING:
    from ..editing.host import EditHost
    from ..editing.plain import PlainClient


class OfDocument(Protocol):
    """Parameters of a request about a document."""

    @property
    def text_document(self) -> Any: ...


P = TypeVar("P")
D = TypeVar("D", bound=OfDocument)
R = TypeVar("R")
OnLoop = Callable[[P], R]
WithSnapshot = Callable[[Snapshot, D], Awaitable[R]]
InTask = Callable[[P], Awaitable[R]]
Data = dict[str, Any]
Command = Callable[[Data], Any]


@define(slots=False, eq=False)
class Registry:
    """What features are registered with, and what their handlers reach."""

    server: DovetailServer
    """The connection, for what is of the protocol alone."""
    session: Session

    @property
    def client(self) -> Client:
        """The editor."""
        return self.server

    @cached_property
    def edits(self) -> EditHost:
        """The owner of plans; loaded with the first edit (see `load_edits`)."""
        from ..editing.making import make_host

        return make_host(self.session, self.client)

    @cached_property
    def plain(self) -> PlainClient:
        """What an editor without a client of ours is told; after `load_edits`."""
        from ..editing.plain import PlainClient

        return PlainClient(self.edits)

    def text_changed(self, uri: str) -> None:
        """A document has changed."""
        # A cached property that nobody has used is not there: a change must not load it.
        if "plain" in self.__dict__:
            self.plain.changed(uri)

    async def load_edits(self) -> EditHost:
        """The owner of plans; its modules are imported in a thread, as that takes a tenth of a second."""

        def load() -> None:
            from ..editing import actions, commands, plain  # noqa: F401

        if "edits" not in self.__dict__:
            await asyncio.to_thread(load)
        return self.edits

    def on_loop(self, method: str) -> Callable[[OnLoop[P, R]], OnLoop[P, R]]:
        """Register a plain function."""

        def register(handler: OnLoop[P, R]) -> OnLoop[P, R]:
            assert not inspect.iscoroutinefunction(handler)
            self._add(method, handler)
            return handler

        return register

    def in_task(self, method: str) -> Callable[[InTask[P, R]], InTask[P, R]]:
        """Register a coroutine function."""

        def register(handler: InTask[P, R]) -> InTask[P, R]:
            # A handler of the wrong kind would run in the wrong place without a word.
            assert inspect.iscoroutinefunction(handler)
            self._add(method, handler)
            return handler

        return register

    def with_snapshot(
        self, method: str, *, without: Callable[[], R]
    ) -> Callable[[WithSnapshot[D, R]], WithSnapshot[D, R]]:
        """Register a coroutine function that is given the document; `without` makes the answer where there is none."""

        def register(handler: WithSnapshot[D, R]) -> WithSnapshot[D, R]:
            async def run(params: D) -> R:
                snapshot = self.session.documents.get(params.text_document.uri)
                return without() if snapshot is None else await handler(snapshot, params)

            # The type of the parameters is read off the handler by nobody: the protocol knows it by the method.
            self._add(method, run)
            return handler

        return register

    def command(self, name: str) -> Callable[[Command], Command]:
        """Register a command. It takes one object, {} where the client sent none, and answers with one."""

        def register(handler: Command) -> Command:
            def run(*arguments: Any) -> Any:
                # Anything but an object counts as none, so that each command has only its own fields to
                # check.
                first = plain(arguments[0]) if arguments else {}
                return handler(first if isinstance(first, dict) else {})

            if name not in COMMANDS:
                raise ValueError(f"{name} is not announced")
            self.server.command(name)(run)
            return handler

        return register

    def _add(self, method: str, handler: Callable[..., Any]) -> None:
        if method not in METHODS:
            raise ValueError(f"{method} is not announced")
        self.server.feature(method)(handler)

    def complete(self) -> None:
        """All features are registered.

        Raises:
            ValueError: nobody answers something that is announced.
        """
        features = self.server.protocol.fm
        if missing := {*METHODS, *COMMANDS} - {*features.features, *features.commands}:
            raise ValueError(f"announced, and answered by nobody: {', '.join(sorted(missing))}")

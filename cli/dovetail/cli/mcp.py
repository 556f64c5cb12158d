"""`dovetail mcp`: the Model Context Protocol over standard input and output, for coding agents.

A face: each tool decodes its arguments, calls one method of `dovetail.server.agents`, and hands its value on as it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ListRootsResult, TextContent, ToolAnnotations

from dovetail.edits import LOCK_S, hold_edits
from dovetail.server.agents.completing import Completions
from dovetail.server.agents.roots import allowed_roots, chosen_root
from dovetail.server.agents.session import AgentSession
from dovetail.server.agents.trouble import AgentError
from dovetail.server.lsp.signals import exit_code, on_signals
from dovetail.server.places import Places
from dovetail.server.version import VERSION

from .mcp_arguments import Agreed, Agreement, Base, EditText, Only, RelativePath, Root, Roots, about
from .mcp_lines import as_sent
from .mcp_results import Completed, Edited, EditList, ShownText, Undone
from .mcp_server import WordedServer

log = logging.getLogger(__name__)
Json = dict[str, Any]
MAX_DIFF = 6_000
"""Characters of a diff that a person is asked about."""
MAX_ASKED = 64
"""Questions that may wait for an answer."""
CLOSE_S = 5.0
"""How long models may take to stop, in seconds; their processes notice by themselves that this one is gone."""
INSTRUCTIONS = """\
Dovetail applies edits that are proved to fit, or refuses them with a reason and changes nothing. Look at a file with
show_file, write your edit in any usual form (unified diff, SEARCH/REPLACE blocks, apply_patch, old_string/new_string,
a whole definition or file with its path), and give it to apply_edit. If hunks are refused, nothing was written: read
`retry`, which quotes the lines as they stand, and answer with those hunks only. People may type meanwhile: edits are
merged around what they changed since you looked. Lines count from 1. Stars (***) in shown text stand for a secret that
you are not shown; leave such lines as they are."""

_LOOKS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class Face:
    """The tools, and what they need to know."""

    def __init__(self, session: AgentSession, root: Path | None) -> None:
        self.session = session
        self.root = root
        self.completions = Completions(session)
        self.seen: dict[Any, str] = {}
        """The diff that a person is asked about, by the request that it is for."""
        self.ending: asyncio.Task[None] | None = None

    def folder(self, wanted: str, listed: ListRootsResult, ctx: Context) -> Path:
        """The folder that a call is about."""
        capabilities = ctx.session.client_capabilities
        has_roots = capabilities is not None and capabilities.roots is not None
        uris = [str(one.uri) for one in listed.roots] if has_roots else None
        return chosen_root(wanted, allowed_roots(self.root, uris, Path.cwd()))

    async def asked(self, call: Callable[[], Json]) -> CallToolResult:
        """Make a call in a thread."""
        return await _result(asyncio.to_thread(call))

    async def agreement(
        self, ctx: Context, edit: str, roots: ListRootsResult, *, check: bool, root: str, **rest: Any
    ) -> Elicit[Agreement] | Agreement:
        """The question about an edit that needs a person; no question where none is needed, or none can be put."""
        capabilities = ctx.session.client_capabilities
        # A question would be in vain: nothing is written, marks are allowed, or the client cannot ask.
        if check or self.session.may_mark or capabilities is None or capabilities.elicitation is None:
            return Agreement(apply=False)

        def proved() -> Json:
            return self.session.edit(self.folder(root, roots, ctx), edit, write=False, **rest)

        try:
            value = await asyncio.to_thread(proved)
        except AgentError:
            return Agreement(apply=False)  # the call itself says what is wrong
        if not value["ok"] or not value["marks"]:
            return Agreement(apply=False)
        diff = value["diff"]
        # Requests that were given up never fetch theirs.
        while len(self.seen) >= MAX_ASKED:
            self.seen.pop(next(iter(self.seen)))
        # Kept by request: what is applied is the diff that the person saw, or nothing.
        self.seen[ctx.request_id] = diff
        cut = f"{diff[:MAX_DIFF]}\n[{len(diff) - MAX_DIFF} characters more]" if len(diff) > MAX_DIFF else diff
        reasons = "; ".join(mark["message"] for mark in value["marks"])
        return Elicit(f"The agent wants an edit that a person should look at: {reasons}.\n\n{cut}", Agreement)

    def told_to_end(self, number: int) -> None:
        """A signal has come: an edit that is being written is written to its end, models stop, and the process goes.
        On the event loop, and not by its end: the thread that reads standard input waits for the next message and
        cannot be cancelled.
        """

        async def end() -> None:
            try:
                await asyncio.to_thread(hold_edits, LOCK_S)
                async with asyncio.timeout(CLOSE_S):
                    await self.completions.close()
            finally:
                os._exit(exit_code(number))

        self.ending = asyncio.ensure_future(end())

    # Tools ----------------------------------------------------------------------------------------------------

    async def apply_edit(
        self,
        edit: EditText,
        ctx: Context,
        roots: Roots,
        agreed: Agreed,
        base: Base = [],  # noqa: B006 (read only; the schema wants the default)
        only: Only = None,
        check: Annotated[bool, about("Only prove it, as check_edit does; write nothing.")] = False,
        root: Root = "",
    ) -> Annotated[CallToolResult, Edited]:
        # Taken out whatever the answer was, so that it is good for one call.
        seen = self.seen.pop(ctx.request_id, None)
        yes = isinstance(agreed, AcceptedElicitation) and agreed.data.apply
        return await self.asked(
            lambda: self.session.edit(
                self.folder(root, roots, ctx),
                edit,
                base=base,
                only=only,
                write=not check,
                agreed=seen if yes else None,
            )
        )

    async def check_edit(
        self,
        edit: EditText,
        ctx: Context,
        roots: Roots,
        base: Base = [],  # noqa: B006
        only: Only = None,
        root: Root = "",
    ) -> Annotated[CallToolResult, Edited]:
        return await self.asked(
            lambda: self.session.edit(self.folder(root, roots, ctx), edit, base=base, only=only, write=False)
        )

    async def show_file(
        self,
        path: RelativePath,
        ctx: Context,
        roots: Roots,
        first: Annotated[int | None, about("First line, from 1.", ge=1)] = None,
        last: Annotated[int | None, about("Last line, included.", ge=1)] = None,
        root: Root = "",
    ) -> Annotated[CallToolResult, ShownText]:
        return await self.asked(lambda: self.session.show(self.folder(root, roots, ctx), path, first, last))

    async def undo_edit(
        self,
        ctx: Context,
        roots: Roots,
        edit: Annotated[
            str, about("The edit's name (`edit` of apply_edit or list_edits); empty: your last one.")
        ] = "",
        root: Root = "",
    ) -> Annotated[CallToolResult, Undone]:
        return await self.asked(lambda: self.session.undo(self.folder(root, roots, ctx), edit))

    async def list_edits(
        self, ctx: Context, roots: Roots, root: Root = ""
    ) -> Annotated[CallToolResult, EditList]:
        return await self.asked(lambda: self.session.edits(self.folder(root, roots, ctx)))

    async def complete(
        self,
        path: RelativePath,
        line: Annotated[int, about("Line, from 1.", ge=1)],
        column: Annotated[int, about("Column in characters, from 1.", ge=1)],
        ctx: Context,
        roots: Roots,
        text: Annotated[str | None, about("The file's text, where it is not what is there.")] = None,
        root: Root = "",
    ) -> Annotated[CallToolResult, Completed]:
        async def call() -> Json:
            folder = self.folder(root, roots, ctx)
            return await self.completions.complete(folder, path, line, column, text)

        return await _result(call())


async def _result(call: Any) -> CallToolResult:
    """The value as structured content and, for clients that do not read that, as text."""
    try:
        value = as_sent(await call)
    except AgentError as error:
        raise ToolError(as_sent(str(error))) from error
    return CallToolResult(
        content=[TextContent(type="text", text=json.dumps(value))], structured_content=value
    )


def make_server(session: AgentSession, root: Path | None) -> MCPServer[None]:
    """The server, not yet running."""
    face = Face(session, root)

    @asynccontextmanager
    async def life(server: MCPServer[None]) -> AsyncIterator[None]:
        on_signals(asyncio.get_running_loop(), face.told_to_end)
        try:
            yield None
        finally:
            await face.completions.close()

    server = WordedServer(
        face,
        "dovetail",
        title="Dovetail",
        instructions=INSTRUCTIONS,
        version=VERSION,
        website_url=None,
        lifespan=life,
        log_level="ERROR",
    )
    writes = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
    )
    undoes = ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
    )
    suggests = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    for tool, title, hints, description in (
        (
            face.apply_edit,
            "Apply an edit",
            writes,
            "Apply an edit to files, all of it or none: every hunk is proved to fit the files as they are now "
            "(exact, shifted, or merged with what was typed since you looked), else nothing is written and each "
            "refused hunk has a kind, a reason and its place. `retry` says what to answer. Applying it twice does "
            "no harm. Creates, renames and deletes files too.",
        ),
        (
            face.check_edit,
            "Check an edit",
            _LOOKS,
            "Prove an edit as apply_edit does and write nothing: `ok` says whether it would fit, `diff` what would "
            "change.",
        ),
        (
            face.show_file,
            "Show a file",
            _LOOKS,
            "Read a file as it is now, in an editor with unsaved changes too. Gives the text and `version`, which "
            "apply_edit takes as `base`. Secrets are overwritten by stars; ignored files and files of secrets are "
            "not shown.",
        ),
        (
            face.undo_edit,
            "Undo an edit",
            undoes,
            "Take your last applied edit back and keep what was changed since in other lines. Refused where the same "
            "lines have changed.",
        ),
        (
            face.complete,
            "Suggest at a place",
            suggests,
            "What Dovetail would suggest to a person whose cursor is at this place, by the built-in model, which is "
            "learnt from the folder, or by the endpoint of the person's settings.",
        ),
        (
            face.list_edits,
            "List edits",
            _LOOKS,
            "The applied edits of the folder, newest first; the first can be undone.",
        ),
    ):
        server.tool(title=title, description=description, annotations=hints)(tool)
    return server


def run_mcp(root: Path | None, *, yes: bool) -> int:
    """Serve one client until it leaves."""
    make_server(AgentSession(Places.of_user(), may_mark=yes), root).run("stdio")
    return 0

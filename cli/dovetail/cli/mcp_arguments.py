"""The arguments of the MCP tools, as the client's model reads of them, and what is asked of the client beside them."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, Elicit, ElicitationResult, ListRoots, Resolve
from mcp_types import ListRootsResult
from pydantic import BaseModel, Field


async def _roots(ctx: Context) -> ListRoots | ListRootsResult:
    """The client's roots where it has any to list."""
    capabilities = ctx.session.client_capabilities
    if capabilities is None or capabilities.roots is None:
        return ListRootsResult(roots=[])
    return ListRoots()


def about(text: str, **rest: Any) -> Any:
    return Field(description=text, **rest)


Roots = Annotated[ListRootsResult, Resolve(_roots)]


class Agreement(BaseModel):
    """A person's answer about an edit that should be looked at first."""

    apply: bool = Field(description="Apply this edit.")


async def _agreement(
    ctx: Context,
    roots: Roots,
    edit: str,
    base: list[str] = [],  # noqa: B006
    only: list[int] | None = None,
    check: bool = False,
    root: str = "",
) -> Elicit[Agreement] | Agreement:
    """Ask the person about an edit that needs one, where the client can ask."""
    face = ctx.mcp_server.face  # type: ignore[attr-defined]
    return await face.agreement(ctx, edit, roots, base=base, only=only, check=check, root=root)  # type: ignore[no-any-return]


Agreed = Annotated[ElicitationResult[Agreement], Resolve(_agreement)]
Root = Annotated[str, about("The folder, where several are open; empty for the only one.")]
EditText = Annotated[
    str,
    about(
        "The edit, in any usual form, with the path of each file: a unified diff, SEARCH/REPLACE blocks, apply_patch, "
        "JSON of old_string and new_string, a fenced definition or whole file below its path."
    ),
]
Base = Annotated[
    list[str],
    about(
        "Versions (from show_file) that the edit was made against; what was typed since is merged. Empty: all that you "
        "were shown in this session."
    ),
]
Only = Annotated[
    list[int] | None,
    about("Ids of the hunks to take (as in `hunks`, from 1), the rest left out; null: all."),
]
RelativePath = Annotated[str, about("Path of the file, relative to the folder.", min_length=1)]

"""What the structure of a document is told in."""

from __future__ import annotations

from attrs import define

from .._positions import Point

Range = tuple[Point, Point]


@define(frozen=True, slots=True)
class Definition:
    """Something the document names: a function, class, method, type, constant or variable."""

    name: str
    kind: str
    """`function`, `method`, `class`, `type`, `module`, `constant`, `variable`, `field`, `section`."""
    range: Range
    """The whole of it, with its body."""
    name_range: Range
    signature: str
    """The header without the body, white space collapsed, at most 300 characters."""
    parent: str | None = None
    """The name of the definition it stands in (or of the receiver, as in Go)."""


@define(frozen=True, slots=True)
class Import:
    """A statement that brings names from elsewhere."""

    source: str
    """The module path as it is written, without quotes."""
    names: tuple[str, ...]
    """The names that it binds here, where the language says them."""
    range: Range


@define(frozen=True, slots=True)
class Call:
    """A call whose arguments the cursor stands in."""

    name: str
    """The callee as it is written, for example `self.client.get`."""
    argument: int
    """Zero-based index of the argument at the cursor."""
    start: Point
    """Where the arguments start, behind the opening bracket (or blank)."""


@define(frozen=True, slots=True)
class Member:
    """A member that is being typed: `object.na|`."""

    object: str
    """The text before the operator, white space collapsed."""
    operator: str
    """`.`, `::`, `->`, `?.` or `:`."""
    prefix: str
    """What is typed of the member's name."""


@define(frozen=True, slots=True)
class SyntaxProblem:
    """A place where the text does not fit the language's grammar."""

    start: Point
    end: Point
    missing: bool
    """Whether something is absent here, rather than something out of place."""
    message: str

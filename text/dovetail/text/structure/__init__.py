"""What a document's text means around a place, for the engines: pure questions to a snapshot.

Each works without a tree too, by indentation and tokens, and on text that is being typed, which seldom
parses."""

from ._blocks import block_header, enclosing_node_range, opens_block
from ._cursor import call_at, context_at, in_comment, in_string, member_at
from ._definitions import definitions, enclosing, imports, kinds_around
from ._heredocs import ends_heredoc, heredoc_tag
from ._inner import language_at
from ._layout import indent_unit, shown_unit
from ._names import names_in_scope
from ._nesting import LineNesting, nesting
from ._problems import error_count, syntax_errors
from ._recipes import in_recipe, is_makefile
from ._types import Call, Definition, Import, Member, SyntaxProblem
from ._worded import Worded, worded_block

__all__ = [
    "Call",
    "Definition",
    "Import",
    "LineNesting",
    "Member",
    "SyntaxProblem",
    "Worded",
    "block_header",
    "call_at",
    "context_at",
    "definitions",
    "enclosing",
    "enclosing_node_range",
    "ends_heredoc",
    "error_count",
    "heredoc_tag",
    "imports",
    "in_comment",
    "in_recipe",
    "in_string",
    "indent_unit",
    "is_makefile",
    "kinds_around",
    "language_at",
    "member_at",
    "names_in_scope",
    "nesting",
    "opens_block",
    "shown_unit",
    "syntax_errors",
    "worded_block",
]

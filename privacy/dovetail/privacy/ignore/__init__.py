"""Git's ignore rules: patterns, the files that hold them, and which repository a file belongs to."""

from .environment import named_by_environment
from .loading import Beside, Load, at_once
from .patterns import FOLD_CASE, UNREAD, Rules, is_path_pattern, read_rules
from .remotes import PREFIX, RepositoryPatterns, is_repository_pattern
from .repository import Repository, repository_at, stamp_of

__all__ = [
    "FOLD_CASE",
    "PREFIX",
    "UNREAD",
    "Beside",
    "Load",
    "Repository",
    "RepositoryPatterns",
    "Rules",
    "at_once",
    "is_path_pattern",
    "is_repository_pattern",
    "named_by_environment",
    "read_rules",
    "repository_at",
    "stamp_of",
]

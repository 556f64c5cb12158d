"""Git's ignore rules: patterns, the files that hold them, and which repository a file belongs to."""

from .patterns import Rules, is_pattern, read_rules
from .repository import Repository, repository_at, stamp_of

__all__ = ["Repository", "Rules", "is_pattern", "read_rules", "repository_at", "stamp_of"]

"""Where Dovetail keeps things on this machine: the user's own folders, per platform."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import define


@define(frozen=True, slots=True)
class Places:
    """Folders for settings, for what can be made again (cache), and for the rest (state)."""

    config: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> Places:
        """The platform's folders; `DOVETAIL_HOME` puts all three below one folder."""
        if home := os.environ.get("DOVETAIL_HOME"):
            base = Path(home)
            return cls(base / "config", base / "cache", base / "state")
        import platformdirs

        dirs = platformdirs.PlatformDirs("dovetail", appauthor=False)
        return cls(Path(dirs.user_config_dir), Path(dirs.user_cache_dir), Path(dirs.user_state_dir))

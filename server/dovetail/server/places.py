"""Where Dovetail keeps things on this machine: the user's own folders, per platform."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from attrs import define


@define(frozen=True, slots=True)
class Places:
    """Folders for settings, for what can be made again (cache), and for the rest (state)."""

    config: Path
    cache: Path
    state: Path
    machine: Path | None = None
    """The settings file of all users of the machine; None: none is read."""
    managed: Path | None = None
    """The file with the policy of an organisation."""

    @classmethod
    def of_user(cls) -> Places:
        """The platform's folders; `DOVETAIL_HOME` puts the user's three below one folder, and `DOVETAIL_CONFIG` names
        the machine's settings file."""
        import platformdirs

        dirs = platformdirs.PlatformDirs("dovetail", appauthor=False)
        if home := os.environ.get("DOVETAIL_HOME"):
            base = Path(home)
            config, cache, state = base / "config", base / "cache", base / "state"
        else:
            config, cache, state = (
                Path(place) for place in (dirs.user_config_dir, dirs.user_cache_dir, dirs.user_state_dir)
            )
        # The policy is not among what a variable can move: `_site` says why.
        named = os.environ.get("DOVETAIL_CONFIG")
        machine = Path(named) if named else Path(dirs.site_config_dir) / "dovetail.toml"
        return cls(config, cache, state, machine, _site() / "managed.toml")


def _site() -> Path:
    """The machine's folder for settings, which no variable of the user's environment can move."""
    if sys.platform in ("win32", "darwin"):
        import platformdirs

        return Path(platformdirs.PlatformDirs("dovetail", appauthor=False).site_config_dir)
    else:
        return Path("/etc/xdg/dovetail")

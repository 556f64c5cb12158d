"""Walking the workspace, learning it in a process of its own, and keeping what was learnt."""

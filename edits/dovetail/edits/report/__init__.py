"""Reports: what became of a reply, for people and for programs."""

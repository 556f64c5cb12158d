"""The embedded model: learnt from this workspace, asks nobody."""

"""LSP itself: transport, framing, protocol, progress."""

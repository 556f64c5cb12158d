"""Tokens, places sorted by what stands before them, the open document as pieces: what can be looked up."""

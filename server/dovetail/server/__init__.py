"""The LSP face and the command line: the only package that knows pygls and lsprotocol."""

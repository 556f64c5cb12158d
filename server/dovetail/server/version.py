"""The version, from the installed distribution."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("dovetail-lsp")
except PackageNotFoundError:  # run from a source tree that was not installed
    VERSION = "0+unknown"

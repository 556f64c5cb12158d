"""The version. The build reads it here: to ask the installed distribution takes as long as loading the protocol."""

VERSION = "0.1.0"

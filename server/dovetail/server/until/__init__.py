"""Edits that are tried until a command of the user's passes: at most so many rounds, and all of it or nothing.

`loop` asks, proves, tries and decides; `places` is where edits stand while they are tried; `command` runs what the user
named, in a child that ends with its whole group; `keeper` is that child. The faces (`dovetail edit --until`,
`dovetail.fixUntil`) only show and ask.
"""

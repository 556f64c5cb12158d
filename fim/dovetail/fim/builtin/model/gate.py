"""How likely a proposal must be before anyone sees it."""

AUTOMATIC = 0.6
"""While typing: the chance that a shown proposal is exactly what will be typed, at least."""
MANUAL = 0.12
"""Where the user asks by hand and chooses among several."""
EXTENDED = 0.85
"""Before lines below the first are added."""

"""How likely a proposal must be before anyone sees it."""

AUTOMATIC = 0.75
"""While typing: the chance that what is shown begins right, at least."""
MANUAL = 0.12
"""Where the user asks by hand and chooses among several."""
EXTENDED = 0.85
"""Before lines below the first are added."""
LONGER = 0.6
"""The joint chance down to which further tokens are added to a sure first one."""
WHOLE = 0.6
"""The chance from which the whole rest of a line is shown in place of what it begins with."""

"""Reading: a reply becomes hunks; which file, how much of it, what was repaired, what is doubtful."""

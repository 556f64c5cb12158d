"""Planning: located hunks become the new text of each file, verified as a whole."""

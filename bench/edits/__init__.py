"""What is measured of edits, and against whom. See bench/README.md for the commands and the figures."""

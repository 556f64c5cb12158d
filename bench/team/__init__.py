"""What a team sees of its server under load, failures and unfairness: `python -m bench.team`."""

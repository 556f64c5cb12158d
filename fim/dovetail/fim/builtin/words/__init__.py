"""The next token, and the one after it: nested n-grams over what is learnt and what is open, and a ranker that says how
likely each is."""

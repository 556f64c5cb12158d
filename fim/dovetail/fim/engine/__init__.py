"""The engine: requests in flight, the cache, and what a suggestion goes through."""

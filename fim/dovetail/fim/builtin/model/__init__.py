"""From a cursor to proposals: candidates, their features and chances, and the generator that the engine asks."""

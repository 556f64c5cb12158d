"""The rules: whether to ask here, where a suggestion ends, and which suggestions are held back."""

"""Edits in the editor: plans, what was applied, the chat, fixes. Loaded with the first of them."""

"""The prompt: the window around the cursor, context from elsewhere, and the request made of both."""

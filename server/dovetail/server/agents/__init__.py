"""What an agent may ask of a folder: to see a file, to have an edit proved and applied, to take it back.

The faces (`dovetail mcp`) decode, call one method of `AgentSession`, and encode; everything else is here.
"""

"""One address for a team: llama.cpp's server as a child of each Ray Serve replica, with keys, limits, a queue and
metrics before it.

    admission  who may use the engine now, who waits, who is told to come back
    keys       who is asking, by a file of keys
    gateway    the ASGI application: all paths streamed through to the engine
    engine     the child process that serves the model; ends with the replica, and the replica with it
    telemetry  the engine's counters and our own
    haproxy    Ray Serve's HAProxy, on this machine's own address alone
    options    what an administrator sets
    serve      all of it as a Ray Serve deployment; the only module that knows Ray
"""

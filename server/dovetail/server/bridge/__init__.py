"""Between a command on this machine and the servers of its user's editors.

What a person has typed and not saved is only in the editor. `dovetail apply` and agents therefore ask each running
server for its open documents, prove against those, and have what touches them applied by the editor.

    register    which servers run, and which folders they serve: files in a folder that only the user may enter
    listen      the server's side of the socket
    call        the command's side, each question bounded in time
    served      a folder as it is now: the disk, and over it what is open
"""

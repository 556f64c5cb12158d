"""Passwords that are given to a program by what stands around it (here-strings, pipes), and those in files of mail, ftp
and chat."""

from __future__ import annotations

from .placing import ARG, is_own, is_password, place

_ASKS = (
    r"(?:sudo[ \t][^\n<|;]{0,80}-S|(?:ch|sasl|smb)?passwd2?|cryptsetup|kinit|su|runuser|ansible-vault|"
    r"openconnect|vpnc)"
)
"""Programs that read a password from their input."""

FEEDING = (
    place("<<<", rf"\b{_ASKS}(?=[ \t<])[^\n<|;]{{0,120}}<<<␣{ARG}", is_own),
    place(
        "<<<",
        r"\bread[ \t][^\n<|;]{0,80}(?:passw\w{0,12}|pwd|secret|token|_pass)[ \t]{0,4}<<<␣"
        r"[\"']?[^\s\"'$]{1,64}[ \t]{1,4}([^\s\"'$|;&<>]{4,128})",
        is_own,
    ),
    place(
        "echo·printf·yes ",
        r"\b(?:echo|printf|yes)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4}){0,2}(?:[\"'](?:%s(?:\\n)?){1,2}[\"'][ \t]{1,4})?[\"']?"
        rf"([^\s|$\n\"'][^|$\n]{{3,256}}?)[\"']?␣\|␣(?:sudo[ \t]+)?{_ASKS}\b",
        is_own,
    ),
    # Mail
    place(
        "mail·smtp·imap·pop.·pop3·pop-·*:",
        r"\A(?:\*|\*?[\w.\-]{0,128}(?:mail|smtp|imap|pop)[\w\-]{0,24}\.[\w.\-]{2,64}):(?!\d)[\w.+@\-]{1,64}:"
        r"([^\s:\"'(){}/]{4,128})[ \t]{0,8}[\r\n]*\Z",
        is_password,
    ),
    place(
        "mail·smtp·imap·relay",
        r"\A\[?(?:smtp|mail|imap|relay)[\w.\-]{1,128}\]?(?::\d{2,5})?[ \t]{1,8}[\w.+@\-]{1,64}:([^\s:]{4,128})"
        r"[ \t]{0,8}[\r\n]*\Z",
        is_password,
    ),
    place(
        ":{",
        r"\A[\w.@\-]{1,64}:\{(?:plain(?:-md5)?|cram-md5|digest-md5|ldap-md5|md5|clear(?:text)?)\}([^\s:\"']{4,256})",
        is_own,
    ),
    place("passcmd", rf"\bpasscmd[ \t]{{1,4}}[\"']?(?:echo|printf)[ \t]{{1,4}}{ARG}", is_own),
    # Tunnels
    place(
        "psk ·xauth ·eap ·ntlm ", r":[ \t]{1,4}(?:PSK|XAUTH|EAP|NTLM)[ \t]{1,4}\"([^\"\n]{4,128})\"", is_own
    ),
    # Transfers
    place(
        "user ·user\t",
        r"\A[ \t]{0,8}user[ \t]{1,4}[\w.@\-]{1,64}[ \t]{1,4}([^\s\"'(){}<>=]{5,128})[ \t]{0,8}[\r\n]*\Z",
        is_password,
    ),
    place("quote pass", rf"\bquote[ \t]{{1,4}}pass[ \t]{{1,4}}{ARG}", is_own),
    place(
        "user:·user=·user ·user\t",
        r"\A[ \t]{0,8}(?:proxy-)?user␣[=: ]␣\"[\w.@\-]{1,64}:(?!\d{1,6}\b)([^\s:\"'/]{4,128})\"[ \t]{0,8}[\r\n]*\Z",
        is_password,
    ),
    # Chat
    place(
        "identify ",
        rf"\b(?:nickserv|ns)[ \t]{{1,4}}:?identify[ \t]{{1,4}}(?:[\w\-]{{1,32}}[ \t]{{1,4}})?{ARG}",
        is_own,
    ),
    place("/oper ", rf"/oper[ \t]{{1,4}}\S{{1,32}}[ \t]{{1,4}}{ARG}", is_own),
)

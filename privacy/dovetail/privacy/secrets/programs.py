"""Passwords by their place in programs: arguments whose function says what they are, and single languages' ways."""

from __future__ import annotations

from itertools import pairwise

from .placing import ARG, LIT, is_own, is_strong, place

_NAME = r"\w{0,24}(?:passw\w{0,12}|pwd|secret|token|api[\-_]?key)"
_BYTE = r"(?:0x[0-9a-f]{1,2}|\d{1,3}|'(?:[^'\\\n]|\\.)')"


def are_bytes(value: str) -> bool:
    """Whether they may be those of a key: numbers that vary and do not count, or characters."""
    items = [item.strip() for item in value.split(",")]
    # As characters they spell a word or a key; a filling of one or two different ones does not.
    if "'" in value:
        return len(set(items)) >= 3
    numbers = [int(item, 0) if item.lower().startswith("0x") else int(item) for item in items]
    # Numbers that only rise are a table or a test's `0, 1, 2, 3`.
    rising = all(low < high for low, high in pairwise(numbers))
    return len(numbers) >= 8 and max(numbers) < 256 and len(set(numbers)) >= 5 and not rising


PROGRAMS = (
    # Arguments
    place(
        "connect",
        r"\bconnect\w{0,8}␣\([^\n]{1,160}?,␣[^,\n]{1,64},␣q{1,2}␣[{(\[|/!<]([^\s{}()\[\]|/<>]{4,128})[})\]|/!>]",
        is_own,
    ),
    place("credentials(", rf"\bcredentials\((?:␣[\"'][^\"'\n]{{0,64}}[\"'],){{3}}␣{LIT}"),
    place("plainauth", rf"\bPlainAuth\([^\n,]{{0,64}},[^\n,]{{1,64}},␣{LIT}", is_own),
    place("basic_auth", rf"\bbasic_auth␣\([^\n,]{{1,80}},␣Some\(␣{LIT}"),
    place("set_password·key_set", rf"\b(?:set_password|key_set_with_value)\((?:[^\n,]{{1,64}},␣){{2}}{LIT}"),
    place("database(", rf"\bdatabase\((?:[\"'][^\"'\n]{{0,64}}[\"'],␣){{2}}{LIT}"),
    place(
        "forkey:·account:",
        rf"\.(?:set\w{{0,16}}|add|save)\(␣{LIT},␣(?:forKey|account):␣[\"'.]?{_NAME}",
    ),
    place(
        "default(·| d(",
        r"(?:passw\w{0,16}|pwd|secret|token|api_?key|_pass)\b[^\n]{0,160}?\|␣d(?:efault)?\(␣" + LIT,
    ),
    place(
        "get;·get ",
        rf"(?:passw\w{{0,16}}|pwd)␣\{{[^{{}}\n]{{0,60}}\}}␣=␣{LIT}",
    ),
    place(
        "gh secret",
        rf"\bgh[ \t]+secret[ \t]+set\b[^|;&\n]{{0,120}}?[ \t](?:-b|--body)[ =]?{ARG}",
        is_own,
    ),
    # A step of a test that is written in sentences
    place(
        "log in·logs in·logged in·sign in·signs in·signed in",
        rf"\b(?:log|sign)\w{{0,4}} in\b[^\n\"]{{0,40}}\"[^\"\n]{{1,64}}\""
        rf"(?: and | / |, | with (?:the )?password ){LIT}",
        is_strong,
    ),
    place("default:", rf"{_NAME}[ \t]{{1,8}}[\w.*]{{1,24}}[ \t]{{1,8}}`[^`\n]{{0,120}}?default:{LIT}"),
    place("initial ", rf"{_NAME}[ \t][^\n\"']{{0,80}}?\binitial[ \t]{{1,4}}{LIT}"),
    place("defaultvalue", rf"{_NAME}[\"'],␣default_?value:␣{LIT}"),
    place(
        "password=%·pwd=%·passwd=%",
        rf"[\"'][^%\"'\n]{{0,120}}(?:password|passwd|pwd)=%[sv][^%\"'\n]{{0,80}}[\"'],␣{LIT}",
    ),
    place("send", rf"\bsend(?:_?line)?\(␣{LIT}\)[^\n]{{0,40}}(?:#|//)[^\n]{{0,40}}passw"),
    # Assignments that have no operator, or a type before it
    place(
        ", password·, pwd·, passwd·, secret·, token", rf"\w␣,␣{_NAME}␣=␣[\"'][^\"'\n]{{0,80}}[\"']␣,␣{LIT}"
    ),
    place(
        ":=",
        rf"\b{_NAME}(?:␣:␣|[ \t]{{1,4}})(?:constant[ \t]{{1,4}})?[a-z][\w%.]{{1,24}}(?:␣\(\d{{1,5}}\))?␣:=␣{LIT}",
    ),
    place("~s", rf"\b{_NAME}[\"']?␣[=:,]?␣~[sS][({{\[|/<\"]([^\s(){{}}\[\]|/<>\"]{{4,128}})"),
    place(' . "', rf"\b{_NAME}[ \t]\.[ \t]{LIT}"),
    place(".asci·.string", rf"\b{_NAME}:[ \t]{{1,8}}\.(?:asci[iz]|string)[ \t]{{1,8}}{LIT}"),
    place(
        "move ", rf"\bMOVE[ \t]{{1,4}}{LIT}[ \t]{{1,4}}TO[ \t]{{1,4}}[\w\-]{{0,24}}(?:passw|pwd|secret|token)"
    ),
    place(
        "pwd={·password={·pwd = {·password = {",
        r"[;\"'][ \t]?(?:pwd|password)␣=␣\{(?![\w.]{1,64}![rsa]\})([^\s{}\"'`$]{4,128})(?:\}[;\"']|\}?[\r\n]*\Z)",
        is_strong,
    ),
    place(
        "password {·passwd {·pwd {·secret {·token {·api_key {·apikey {·api-key {",
        rf"\A[ \t]*(?:set|variable)[ \t]{{1,4}}(?:\w{{0,24}}::){{0,3}}{_NAME}[ \t]{{1,4}}\{{([^\s{{}}$]{{4,128}})"
        r"(?:\}|[\r\n]*\Z)",
        is_strong,
    ),
    place("newcommand", rf"\\(?:re)?newcommand\*?\{{\\{_NAME}\}}\{{([^{{}}\s\\]{{4,256}})\}}"),
    place("#+", rf"\A#\+\w{{1,24}}:[ \t]{{1,4}}{_NAME}[ \t]{{1,4}}([^\s\"']{{4,128}})[ \t]{{0,8}}[\r\n]*\Z"),
    place(
        "password}·pwd}·token}·secret}",
        rf"\A\$\{{{_NAME}\}}[ \t]{{2,40}}([^\s\"'$]{{4,128}})[ \t]{{0,8}}[\r\n]*\Z",
    ),
    place(
        "input password",
        r"\binput password[ \t]{2,16}\S{1,128}[ \t]{2,40}([^\s\"'$]{4,128})[ \t]{0,8}[\r\n]*\Z",
    ),
    # Bytes
    place(
        "[] = ·[]= ·] = {·] ={·]={·bytes([·bytearray([·array([·byte[]·[]byte·u8;·[]{·[] {·char[]",
        r"\b\w{0,24}(?:key|secret|seed|passw\w{0,4}|pwd)(?:_?(?:bytes|data|raw))?_?\d{0,3}␣(?:\[[\w ]{0,24}\])?␣"
        r"(?::␣[^=\n]{1,24})?=␣(?:[\w. ]{0,24}(?:\[[\w; ]{0,24}\])?␣\w{0,12}␣\(?␣)?[{\[]␣"
        rf"({_BYTE}(?:␣,␣{_BYTE}){{4,79}})",
        are_bytes,
    ),
)

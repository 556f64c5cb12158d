"""The places of passwords that have no name in front of them, as a table.

What makes them passwords is the program, the function or the sentence that they are given to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from attrs import define

from .shapes import one_of
from .values import Telling, is_placeholder, is_secret, is_words

_ARG = r"[\"']?([^\s\"'$|;&<>]{4,128})"
"""An argument of a command, in quotes or without."""
_LIT = r"[\"'`]([^\"'`\n]{4,128})[\"'`]"
"""A literal."""
_GAP = r"[ \t]{0,4}"
_OF_TWO = (
    r"[ \t]{0,4}(?:=?[ \t]{0,4}\(|[ \t])[ \t]{0,4}(?:[\"'][^\"'\n]{1,64}[\"']|[\w.]{1,64})[ \t]{0,4},[ \t]{0,4}"
    r"[\"']([^\"'\n]{4,128})[\"'](?:\.\w{1,16}\(\))?[ \t]{0,4}(?:\)|[\r\n]*\Z)"
)
"""The second of two arguments, the first being a user."""
_USER_NAMES = (
    "admin", "administrator", "root", "user", "guest", "postgres", "sa", "elastic", "kibana", "neo4j", "rabbitmq",
    "service", "deploy", "jenkins", "operator", "default", "super", "me", "api", "app", "test", "demo", "dev", "ubuntu",
    "pi", "tomcat", "manager", "backup",
)  # fmt: skip
_USERS = f"(?:{'|'.join(_USER_NAMES)})"


def _is_password(value: str) -> bool:
    """Whether it looks like one."""
    return is_secret(value, Telling.PASSWORD, quoted=True)


def _is_strong(value: str) -> bool:
    """Whether it looks like a password and like no name with a number."""
    return not is_words(value) and _is_password(value)


def _is_own(value: str) -> bool:
    """Whatever it looks like, but for placeholders: nothing else can stand there."""
    return not is_placeholder(value)


def _is_in_prose(value: str) -> bool:
    """Whether a word of a sentence is one."""
    return (
        any(map(str.isdigit, value))
        and not is_words(value)
        and is_secret(value, Telling.PASSWORD, quoted=False)
    )


def _always(value: str) -> bool:
    return True


@define(frozen=True, slots=True)
class Place:
    signs: tuple[str, ...]
    """One of these a line must hold, in lower case; to look for them costs less than the pattern does."""
    pattern: re.Pattern[str]
    judge: Callable[[str], bool] = _is_password
    """Whether what stands there is a password."""


def _place(signs: str, pattern: str, judge: Callable[[str], bool] = _is_password) -> Place:
    """`signs` with "·" between them; "␣" in the pattern stands for up to four blanks or tabs."""
    pattern = pattern.replace("␣", r"[ \t]{0,4}")
    return Place(tuple(signs.split("·")), re.compile(pattern, re.IGNORECASE), judge)


_PLACES = (
    # Users and passwords as one word: `-u name:password`, `"admin:…"`, `NEO4J_AUTH=name/…`
    _place(
        "-u·--user·--proxy-user·--auth",
        r"[ \t](?:-u|--(?:proxy-)?user|--auth|--credentials?)(?:[ =]|\b)[\"']?[^\s:\"'$/<>]{1,64}:"
        r"(?!\d{1,6}\b|root\b|users?\b)([^\s\"'$<>]{2,128})",
        _always,
    ),
    _place(
        "http·xh",
        r"\b(?:https?|xhs?)[ \t][^|;&\n]{0,200}?-a[ =]?[\"']?[^\s:\"'$/<>]{1,64}:([^\s\"'$<>]{2,128})",
        _always,
    ),
    _place(
        "auth·cred·login·_admin",
        r"(?:auth|auth_?(?:user|pair|basic)|credentials?|creds?|login|_admin)[\"']?␣(?:=>|:=|[=:])␣[\"']?"
        r"(?:basic )?[\w.@\-]{1,64}[:/]([^\s:/\"'`,${}()\[\]]{4,128})[\"']?␣[,;]?[\r\n]*\Z",
        _is_strong,
    ),
    _place(
        "·".join(f"{user}:" for user in _USER_NAMES),
        rf"(?:[\"'`]|\A[ \t]{{0,40}}){_USERS}:([^\s:/\"'`,${{}}()\[\]<>]{{6,128}})(?:[\"'`]|"
        rf"[ \t]{{0,8}}[\r\n]*\Z)",
        _is_strong,
    ),
    _place(
        "btoa·encode·buffer.from",
        r"(?:btoa|b64_?encode|base64_?encode(?:d_?string)?|encode_?to_?string|strict_encode64"
        r"|encode64|buffer\.from|"
        r"tobase64string|getbytes)␣\(␣b?(?:[\"'`][\w.@\-]{1,64}:|[\"'`][\w.@\-]{1,64}:[\"'`]␣[+.]␣"
        r"[\"'`])([^\s\"'`${}]{4,128})[\"'`]",
        _is_strong,
    ),
    # Options of commands
    _place(
        "mysql·mariadb·sshpass·mongo·7z·zip",
        r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|mongo|mongosh|7z|zip)\b[^|;&\n]{0,200}?"
        r"[ \t](?-i:-p)[\"']?([^\s\"'$]{4,64})",
        _is_own,
    ),
    _place("mysqladmin", rf"\bmysqladmin\b[^|;&\n]{{0,200}}?[ \t]password[ \t]{_ARG}", _is_own),
    _place(
        "docker·podman·sshpass·mongo·az ·twine·oc ·cf ·rdesktop·helm·nerdctl·buildah·rabbitmqadmin·ipmitool",
        r"\b(?:sshpass|docker|podman|nerdctl|buildah|mongo|mongosh|mongodump|mongorestore|az"
        r"|twine|oc|cf|rdesktop|helm|"
        rf"rabbitmqadmin|ipmitool)\b[^|;&\n]{{0,200}}?[ \t]-p[ \t=]{{1,4}}"
        rf"(?![\d.:\[\]\-]{{0,40}}\d:\d){_ARG}",
    ),
    _place(
        "redis-cli·openssl·gpg·htpasswd·7z·zip",
        r"\b(?:redis-cli|openssl|gpg|htpasswd|7z|unzip|zip)\b[^|;&\n]{0,200}?[ \t]-{1,2}(?-i:p|a"
        r"|k|pass)[ \t=]{1,4}(?:pass:)?"
        rf"{_ARG}",
    ),
    _place("zip ·zipcloak", rf"\b(?:un)?zip(?:cloak)?[ \t][^|;&\n]{{0,200}}?-P␣{_ARG}"),
    _place(
        "sqlcmd·bcp ·osql·isql",
        rf"\b(?:sqlcmd|bcp|osql|isql)[\"']?[ \t][^|;&\n]{{0,200}}?-P␣{_ARG}",
        _is_own,
    ),
    _place("ssh-keygen", rf"\bssh-keygen\b[^|;&\n]{{0,200}}?[ \t]-[NP]␣{_ARG}", _is_own),
    _place(
        "keytool·jarsigner·apksigner",
        rf"[ \t]-{{1,2}}(?:(?:src|dest|new)?(?:store|key)pass|(?:ks|key)-pass)[ \t]{{1,4}}(?:pass:)?{_ARG}",
        _is_own,
    ),
    _place(
        "htpasswd",
        rf"\bhtpasswd[ \t]+-\w{{0,4}}b[^|;&\n]{{0,200}}?[ \t][\w.@\-]{{1,64}}[ \t]{_ARG}[\"']?"
        rf"[ \t]*(?:[|;&>\r\n]|\Z)",
    ),
    _place(
        "useradd·usermod",
        rf"\buser(?:add|mod)\b[^|;&\n]{{0,200}}?[ \t](?:-p|--password)[ \t=]{_ARG}",
        _is_own,
    ),
    _place("net user", rf"\bnet[ \t]+user[ \t]+(?:/add[ \t]+)?[\w.\-]{{1,64}}[ \t]+(?!/){_ARG}"),
    _place("net use", rf"\bnet[ \t]+use\b[^\n]{{0,200}}?/user:[^\s/]{{1,64}}[ \t]+(?!/){_ARG}"),
    _place("vault login", rf"\bvault[ \t]+login[ \t]+(?:token=)?(?![-\w]{{0,12}}=){_ARG}"),
    _place(
        "smbclient·rpcclient·net rpc·smbget·winexe·nmblookup",
        rf"[ \t](?:-U|--user)[ =]?[\"']?[^\s%\"']{{1,64}}%{_ARG}",
        _is_own,
    ),
    _place("freerdp", rf"freerdp\d?\b[^|;&\n]{{0,200}}?[ \t]/p:{_ARG}", _is_own),
    _place("lftp", rf"\blftp\b[^|;&\n]{{0,200}}?[ \t]-u␣[\"']?[^\s,\"']{{1,64}},{_ARG}", _is_own),
    _place(
        "nuget push·nuget delete·gem push",
        rf"\b(?:nuget[ \t]+(?:push|delete)|gem[ \t]+push)\b[^|;&\n]{{0,200}}?[ \t](?:-k|-ApiKey"
        rf"|--key)[ \t]{_ARG}",
    ),
    _place(
        "username ",
        rf"\A[ \t]*username[ \t]+\S{{1,64}}[ \t]+(?:privilege \d{{1,2}} )?(?:password|secret)"
        rf"[ \t]+\d[ \t]+{_ARG}",
    ),
    _place("community", rf"\bsnmp-server[ \t]+community[ \t]+{_ARG}"),
    _place(
        "sqlplus·expdp·impdp·sqlldr·:thin:",
        r"(?:\b(?:sqlplus|expdp|impdp|sqlldr)[ \t][\"']?(?:-\w )?|:thin:)[\w$#]{1,64}/([^\s/\"']{4,64})@",
    ),
    # What is piped into a program that asks for a password
    _place(
        "echo·printf",
        r"\b(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?(?:[\"']%s(?:\\n)?[\"'][ \t]{1,4})?"
        r"[\"']?(?:[\w.\-]{1,64}:(?=[^|]{1,140}chpasswd))?"
        r"([^\"'|$\n]{4,128}?)[\"']?␣\|␣(?:sudo[ \t]+)?(?:-\w[ \t]+)?"
        r"(?:-S\b|sudo -S|passwd\b|chpasswd|[^|\n]{0,120}--(?:password|passphrase|token)-(?:stdin|fd))",
    ),
    _place(
        "<<<",
        rf"(?:passw\w{{0,16}}|secret|token|pass|-stdin|--with-token)[\"']?[ \t]{{1,4}}<<<␣{_ARG}",
    ),
    # Functions that log in, open a database, make a user
    _place(
        "log·sign·auth·cred",
        rf"(?:log_?in|sign_?in|(?:basic_?|digest_?|password_?)auth\w{{0,16}}|\bauth|credentials?){_OF_TWO}",
    ),
    _place("auth·bind·connect", rf"(?:auth\w{{1,16}}|bind|connect){_OF_TWO}", _is_strong),
    _place(
        "pdo·mysqli·connect·ftp·create_·createuser·smtp·imap",
        r"\b(?:PDO|mysqli|\w{0,24}connect\w{0,8}|ftp(?:_?tls)?|create_?(?:super_?)?user"
        r"|getConnection|createConnection)␣\("
        r"␣(?:[\"'][^\"'\n]{0,200}[\"']|[\w.$]{1,64})␣,(?:␣\d{1,5}␣,)?␣[^,\n]{1,64},␣"
        rf"{_LIT}",
    ),
    _place(
        "wifi",
        rf"\bwi_?fi\w{{0,24}}\.(?:begin|connect|softap|set\w{{0,24}})\([^,\n]{{1,64}},␣{_LIT}",
    ),
    _place("fernet", r"Fernet\(␣b?[\"']([A-Za-z0-9_\-]{20,64}=?)"),
    _place("totp·hotp", r"\b[TH]OTP\w{0,8}\(␣[\"']([A-Z2-7]{16,64}=*)[\"']", _is_own),
    _place(
        "jwt",
        rf"\bjwt\w{{0,8}}\.(?:sign|verify|encode|decode)\((?:\{{[^{{}}\n]{{0,80}}\}}|"
        rf"[^,\"'`\n]{{1,80}}),␣b?{_LIT}",
    ),
    _place(
        "tochararray",
        rf"(?:passw|keystore|truststore|\.load\(|PBE|protection)[^\n]{{0,120}}?{_LIT}\.toCharArray\(\)",
    ),
    _place(
        "check_password·verify_password·hash_password·set_password·bcrypt·argon·password_hash·password_verify",
        rf"\b\w{{0,16}}(?:password\w{{0,12}}|bcrypt\w{{0,16}})\((?:[^\"'`\n,]{{1,64}},␣)?b?{_LIT}",
    ),
    # Forms that a test fills
    _place(
        "type·fill·enter·input·set·send",
        r"\b(?:\w{0,16}\.)?(?:type|fill(?:_?in)?|enter\w{0,8}|input\w{0,8}|set\w{0,8}"
        r"|send\w{0,8})\b[^\n]{0,80}?(?:password|passwd|pwd)\b"
        rf"[\"'`/)\]i]{{0,6}}␣(?:,|\bwith:?|\bto\b|\bas\b|,␣with:)␣(?:with:?␣)?(?:value:?␣)?{_LIT}",
    ),
    _place(
        "as password·as the password·into the password",
        rf"{_LIT} (?:as|into|in|for) (?:the |my )?\"?password",
    ),
    # Statements and sentences
    _place("identified", r"\bidentified (?:with \w{1,32} )?by ['\"]([^'\"\n]{4,128})", _is_own),
    _place(
        "password·login",
        r"\b(?:user(?:name)?|login)[ ]?/[ ]?password[: |]{1,4}[`\"']?[\w.@-]{1,64}[`\"']? ?/ ?"
        r"[`\"']?([^\s`\"']{5,64})",
    ),
    _place(
        "pwd=·password=",
        r"\b(?:user(?: id|name)?|uid|server|host|data source|account)=[^\s;&,]{1,64}[;& ]"
        r"[^\n(),]{0,200}?\b(?:password|pwd)="
        r"([^\s;&\"'`<>{}$,()\[\]]{4,64})",
        _is_own,
    ),
    _place(
        "passw·passphrase·pwd",
        r"\b(?:password|passwd|passphrase|pwd)(?: for [\w.@-]{1,64})? (?:is|was|=|:)[: ]{0,2}[\"'`]?"
        r"([^\s\"'`<>()]{5,63}[^\s\"'`<>().,;!?])",
        _is_in_prose,
    ),
    _place(
        "cred·account·log in·login·logged in·sign in·sign-in·log-in",
        r"\b(?:credentials?|accounts?|log(?:ged)?[ -]?in|sign[ -]?in)\b[^\n]{0,40}?[ :(`\"']"
        r"[\w.@-]{2,64}[`\"']?(?: / |/)[`\"']?"
        r"([^\s`\"'/]{5,63}[^\s`\"'/.,;!?)])",
        _is_in_prose,
    ),
    _place(
        "log in·login·log-in·sign in·sign-in",
        rf"[ `\"'(]{_USERS}(?: / |/)([^\s`\"'/]{{5,63}}[^\s`\"'/.,;!?)])[^\n]{{0,40}}\b(?:log"
        rf"[ -]?in|sign[ -]?in)\b",
        _is_in_prose,
    ),
    # Values a little way behind their names
    _place(
        ".value·.data·.text",
        rf"(?:passw\w{{0,24}}|pwd\w{{0,12}})[\"'`]?\)?\.(?:default)?(?:value|data|\w{{0,8}}text)␣=␣{_LIT}",
    ),
    _place("lazy", rf"(?:passw|secret|token|pwd|api_?key)\w{{0,16}}(?:: ?\w{{1,16}})? by lazy ?\{{ ?{_LIT}"),
    _place(
        "field(·option(·input(·query(·form(·header(·body(",
        rf"(?:passw|secret|pwd)\w{{0,16}}[^\n\"'`]{{0,48}}\b(?:field|option|input|query|form"
        rf"|header|body)\([^\n\"'`]{{0,40}}{_LIT}",
    ),
    _place(
        "converttosecurestring·securestring",
        rf"\bConvertTo-SecureString[ \t]{{1,4}}(?:-String[ \t]{{1,4}})?{_LIT}",
        _is_own,
    ),
    _place(
        "passw·pwd·_pass",
        rf"(?:passw\w{{0,16}}|pwd|_pass)[\"'`]?\)?\]?␣(?:\bor\b|\|\||\?\?|\?:|\?|\belse\b)␣{_LIT}",
    ),
    _place(
        ":-·:=",
        r"\$\{\w{0,32}(?:pass\w{0,8}|pwd|secret|token|key)\w{0,8}:[=\-]([^\s\"'`${}]{4,128})(?:\}"
        r"|[\"']?[\r\n]*\Z)",
    ),
    _place(
        ": !·: &",
        r"\A[ \t\-]{0,40}[\"']?[\w.\-]{0,64}(?:passw\w{0,8}|pwd|secret|token)[\"']?:[ \t]{1,4}"
        r"(?:![\w!]{0,24}|&\w{1,24})[ \t]{1,4}"
        r"[\"']?([^\s\"']{4,128})",
    ),
    _place("password", r"<(?:\w{1,16}:)?password\b[^<>]{1,160}>([^<>\r\n]{4,128})(?:</|[\r\n]*\Z)"),
    _place(
        "fromhex·unhexlify·from(·decodehex·hex.decode",
        r"\b\w{0,24}key\b[^\n\"'`]{0,24}(?:fromhex|unhexlify|from|decode_?(?:hex|string)?)\("
        r"[\"'`]([0-9a-f]{32,128})[\"'`]",
    ),
    _place("pusher", rf"\bPusher\([^\n]{{0,80}}?\b(?:key|secret):␣{_LIT}"),
    _place(
        "seed·phrase·recovery",
        r"\b(?:seed|recovery|secret|mnemonic)[ \-]?(?:phrase|words)?[\"']?␣[:=]␣[\"']?((?:"
        r"[a-z]{3,8} ){11,23}[a-z]{3,8})\b",
        _is_own,
    ),
    _place("mot de passe", rf"\bmot de passe␣[:=]␣{_ARG}"),
    _place(
        "：·=·:",
        r"(?:密[码碼]|口令|パスワード|비밀번호|парол[ья])(?:是|は)?␣[：:=]␣[\"'`「]?([\x21-\x26\x28-\x7e]{4,128})",
    ),
    _place("pwd=·password=", rf"\b(?:pwd|password)=[\"']␣[+.&]␣{_LIT}"),
)
_AT: dict[str, list[Place]] = {}
for _one in _PLACES:
    for _sign in _one.signs:
        _AT.setdefault(_sign, []).append(_one)
PLACED = re.compile(f"(?=({one_of(_AT)}))")
"""A line that holds none of this, in lower case, has no password by its place."""


@lru_cache(maxsize=1024)
def places_of(signs: frozenset[str]) -> tuple[Place, ...]:
    """The places that these signs and those inside of them stand for, each once."""
    all_signs = [sign for sign in _AT if any(sign in found for found in signs)]
    return tuple({id(place): place for sign in all_signs for place in _AT[sign]}.values())

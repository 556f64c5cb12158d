"""The places of passwords that have no name in front of them, as a table.

What makes them passwords is the program, the function or the sentence that they are given to.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .administration import ADMINISTRATION
from .calls import CALLS, is_hashed
from .feeding import FEEDING
from .placing import (
    ARG,
    LIT,
    Place,
    always,
    is_in_prose,
    is_made_key,
    is_own,
    is_strong,
    place,
)
from .programs import PROGRAMS
from .shapes import any_of, one_of
from .tools import TOOLS

_OF_TWO = (
    r"[ \t]{0,4}(?:=?[ \t]{0,4}\(|[ \t])[ \t]{0,4}(?:[\"'][^\"'\n]{1,64}[\"']|[\w.]{1,64})[ \t]{0,4},[ \t]{0,4}"
    r"[\"']([^\"'\n]{4,128})[\"'](?:\.\w{1,16}\(\))?[ \t]{0,4}(?:\)|[\r\n]*\Z)"
)
"""The second of two arguments, the first being a user."""
_OTHER_MARKS = (
    r"[\"')}]{0,2}(?:: ?[&\w]{1,16}␣)?␣(?:=>|:=|[=:,])␣"
    r"(?:(?:qq?|%q?)␣[{(\[|/!<]|r#{1,3}\"|\{\||\[={0,3}\[|raw\"|``)"
    r"([^\s{}()\[\]|/<>\"'`]{4,128})(?:[})\]|/!>\"`]|[\r\n]*\Z)"
)
"""What stands behind a name whose value is a literal between other marks than quotes."""
_USER_NAMES = (
    "admin", "administrator", "root", "user", "guest", "postgres", "sa", "elastic", "kibana", "neo4j", "rabbitmq",
    "service", "deploy", "jenkins", "operator", "default", "super", "me", "api", "app", "test", "demo", "dev", "ubuntu",
    "pi", "tomcat", "manager", "backup",
)  # fmt: skip
_USERS = f"(?:{'|'.join(_USER_NAMES)})"

_PLACES = (
    # Users and passwords as one word: `-u name:password`, `"admin:…"`, `NEO4J_AUTH=name/…`
    place(
        "-u·--user·--proxy-user·--auth",
        r"[ \t](?:-u|--(?:proxy-)?user|--auth|--credentials?)(?:[ =]|\b)[\"']?[^\s:\"'$/<>]{1,64}:"
        r"(?!\d{1,6}\b|root\b|users?\b)([^\s\"'$<>]{2,128})",
        always,
    ),
    place(
        " -a",
        r"\b(?:https?|xhs?)[ \t][^|;&\n]{0,200}?-a[ =]?[\"']?[^\s:\"'$/<>]{1,64}:([^\s\"'$<>]{2,128})",
        always,
    ),
    place(
        "auth·cred·login·_admin",
        r"(?:auth|auth_?(?:user|pair|basic)|credentials?|creds?|login|_admin)[\"']?␣(?:=>|:=|[=:])␣[\"']?"
        r"(?:basic )?[\w.@\-]{1,64}[:/]([^\s:/\"'`,${}()\[\]]{4,128})[\"']?␣[,;]?[\r\n]*\Z",
        is_strong,
    ),
    place(
        "·".join(f"{user}:" for user in _USER_NAMES),
        rf"(?:[\"'`]|\A[ \t]{{0,40}})(?!user:[a-z.]{{1,64}}@[\w\-]{{1,64}}\.[a-z]{{2,12}}[\"'`])"
        rf"{_USERS}:([^\s:/\"'`,${{}}()\[\]<>]{{6,128}})(?:[\"'`]|"
        rf"[ \t]{{0,8}}[\r\n]*\Z)",
        is_strong,
    ),
    place(
        "btoa·encode·buffer.from",
        r"(?:btoa|b64_?encode|base64_?encode(?:d_?string)?|encode_?to_?string|strict_encode64"
        r"|encode64|buffer\.from|"
        r"tobase64string|getbytes)␣\(␣b?(?:[\"'`][\w.@\-]{1,64}:|[\"'`][\w.@\-]{1,64}:[\"'`]␣[+.]␣"
        r"[\"'`])([^\s\"'`${}]{4,128})[\"'`]",
        is_strong,
    ),
    # Functions that log in, open a database, make a user
    place(
        "login·log_in·signin·sign_in·auth·credential",
        rf"(?:log_?in|sign_?in|(?:basic_?|digest_?|password_?)auth\w{{0,16}}|\bauth|http_?auth|credentials?){_OF_TWO}",
    ),
    place("auth·bind·connect", rf"(?:auth\w{{1,16}}|bind|connect){_OF_TWO}", is_strong),
    place(
        "pdo·mysqli·connect·ftp·create_·createuser·smtp·imap",
        r"\b(?:PDO|mysqli|\w{0,24}connect\w{0,8}|ftp(?:_?tls)?|create_?(?:super_?)?user"
        r"|getConnection|createConnection)␣\("
        r"␣(?:[\"'][^\"'\n]{0,200}[\"']|[\w.$]{1,64})␣,(?:␣\d{1,5}␣,)?␣[^,\n]{1,64},␣"
        rf"{LIT}",
    ),
    place(
        "wifi",
        rf"\bwi_?fi\w{{0,24}}\.(?:begin|connect|softap|set\w{{0,24}})\([^,\n]{{1,64}},␣{LIT}",
    ),
    place("fernet", r"Fernet\(␣b?[\"']([A-Za-z0-9_\-]{4,64}=?)"),
    place("totp·hotp", r"\b[TH]OTP\w{0,8}\(␣[\"']([A-Z2-7]{16,64}=*)[\"']", is_own),
    place(
        "jwt",
        rf"\bjwt\w{{0,8}}\.(?:sign|verify|encode|decode)\((?:\{{[^{{}}\n]{{0,80}}\}}|"
        rf"[^,\"'`\n]{{1,80}}),␣b?{LIT}",
    ),
    place(
        "tochararray",
        rf"(?:passw|keystore|truststore|\.load\(|PBE|protection)[^\n]{{0,120}}?{LIT}\.toCharArray\(\)",
    ),
    place(
        "check_password·verify_password·hash_password·set_password·bcrypt·argon·password_hash·password_verify",
        rf"\b\w{{0,16}}(?:password\w{{0,12}}|bcrypt\w{{0,16}})\((?:[^\"'`\n,]{{1,64}},␣)?b?{LIT}",
    ),
    # Forms that a test fills
    place(
        "password·passwd·pwd",
        r"\b(?:\w{0,16}\.)?(?:type|fill(?:_?in)?|enter\w{0,8}|input\w{0,8}|set\w{0,8}"
        r"|send\w{0,8})\b[^\n]{0,80}?(?:password|passwd|pwd)\b"
        rf"[\"'`/)\]i]{{0,6}}␣(?:,|\bwith:?|\bto\b|\bas\b|,␣with:)␣(?:with:?␣)?(?:value:?␣)?{LIT}",
    ),
    place(
        "as password·as the password·into the password",
        rf"{LIT} (?:as|into|in|for) (?:the |my )?\"?password",
    ),
    # Statements and sentences
    place("identified", r"\bidentified (?:with \w{1,32} )?by ['\"]([^'\"\n]{4,128})", is_own),
    place(
        "password·login",
        r"\b(?:user(?:name)?|login)[ ]?/[ ]?password[: |]{1,4}[`\"']?[\w.@-]{1,64}[`\"']? ?/ ?"
        r"[`\"']?([^\s`\"']{5,64})",
    ),
    place(
        "pwd=·password=",
        r"\b(?:user(?: id|name)?|uid|server|host|data source|account)=[^\s;&,]{1,64}[;& ]"
        r"[^\n(),]{0,200}?\b(?:password|pwd)="
        r"([^\s;&\"'`<>{}$,()\[\]]{4,64})",
        is_own,
    ),
    place(
        "passw·passphrase·pwd·pw ",
        r"\b(?:password|passwd|passphrase|pwd|pw)(?: for [\w.@-]{1,64})? (?:is|was|=|:)[: ]{0,2}[\"'`]?"
        r"([^\s\"'`<>()]{5,63}[^\s\"'`<>().,;!?])",
        is_in_prose,
    ),
    place(
        "cred·account·log in·login·logged in·sign in·sign-in·log-in",
        r"\b(?:credentials?|accounts?|log(?:ged)?[ -]?in|sign[ -]?in)\b[^\n]{0,40}?[ :(`\"']"
        r"[\w.@-]{2,64}[`\"']?(?: / |/)[`\"']?"
        r"([^\s`\"'/]{5,63}[^\s`\"'/.,;!?)])",
        is_in_prose,
    ),
    place(
        "log in·login·log-in·sign in·sign-in",
        rf"[ `\"'(]{_USERS}(?: / |/)([^\s`\"'/]{{5,63}}[^\s`\"'/.,;!?)])[^\n]{{0,40}}\b(?:log"
        rf"[ -]?in|sign[ -]?in)\b",
        is_in_prose,
    ),
    # A comment of two words
    place(
        "password ·passwd ·pass ·pwd ·pw ",
        r"\A[ \t]*(?:--|#|//|;|rem\b|%|\*)[ \t]{0,4}(?:\w{1,16}[ \t])?(?:password|passwd|pass|pwd|pw)[ \t]{1,4}"
        r"[\"'`]?([^\s\"'`<>()]{5,63})[\"'`]?[ \t]*[\r\n]*\Z",
        is_in_prose,
    ),
    # Literals between other marks than quotes: Perl's and Ruby's `q{}`, Rust's `r#""#`, OCaml's `{||}`, Lua's `[[]]`
    place(
        "passw·pwd·passphrase·_pass",
        rf"(?:passw\w{{0,16}}|passphrase|pwd|_pass){_OTHER_MARKS}",
    ),
    place(
        "secret·token·api_key·apikey",
        rf"(?:secret|token|api_?key)(?:_key)?{_OTHER_MARKS}",
        is_hashed,
    ),
    # Names that are set by a word of their own
    place(
        "setenv",
        rf"\bsetenv[ \t]{{1,4}}\w{{0,40}}(?:pass\w{{0,8}}|pwd|secret|token|key)\w{{0,8}}[ \t]{{1,4}}{ARG}",
    ),
    place("password as ·pwd as ", rf"(?:password|pwd) as \w{{1,24}}␣=␣{LIT}"),
    place("passw", rf"passw[\w\-]{{0,16}} pic [^\n\"']{{1,24}} value␣{LIT}"),
    # Values a little way behind their names
    place(
        ".value·.data·.text",
        rf"(?:passw\w{{0,24}}|pwd\w{{0,12}})[\"'`]?\)?\.(?:default)?(?:value|data|\w{{0,8}}text)␣=␣{LIT}",
    ),
    place("lazy", rf"(?:passw|secret|token|pwd|api_?key)\w{{0,16}}(?:: ?\w{{1,16}}\??)? by lazy ?\{{ ?{LIT}"),
    place(
        "field(·option(·input(·query(·form(·header(·body(",
        rf"(?:passw|secret|pwd)\w{{0,16}}[^\n\"'`]{{0,48}}\b(?:field|option|input|query|form"
        rf"|header|body)\([^\n\"'`]{{0,40}}{LIT}",
    ),
    place(
        "converttosecurestring·securestring",
        rf"\bConvertTo-SecureString[ \t]{{1,4}}(?:-String[ \t]{{1,4}})?{LIT}",
        is_own,
    ),
    place(
        "passw·pwd·_pass",
        rf"(?:passw\w{{0,16}}|pwd|_pass)[\"'`]?\)?\]?␣(?:\bor\b|\|\||\?\?|\?:|\?|\belse\b)␣{LIT}",
    ),
    place(
        "authorization",
        r"authorization[\"'`\]]{0,2}␣(?:=>|[:=,])␣[\"'`]?(?:bearer|token|digest|apikey|key)[ :]"
        r"([A-Za-z0-9._~+/\-]{1,512}={0,2})",
        is_made_key,
    ),
    place(
        "passw·pwd·_pass·secret·token",
        r"(?:passw\w{0,16}|pwd|_pass|secret|token)␣(?:: ?\w{1,16}␣)?=␣[^\n\"'`=|?]{1,80}(?:[\"'][\w.]{1,64}[\"'])?"
        rf"[\])]{{0,3}}␣(?:\bor\b|\|\||\?\?|\?:|\belse\b)␣{LIT}",
        is_strong,
    ),
    place(
        "passw·pwd·_pass·passwd",
        r"(?:passw\w{0,16}|pwd|_pass)␣(?:: ?\w{1,16}␣)?="
        rf"␣[^\n?]{{1,120}}\?[^\n]{{0,120}}?:␣{LIT}␣[;,]?[ \t]*[\r\n]*\Z",
    ),
    place(
        "? ",
        rf"\?␣{LIT}␣:␣[^\n\"'`]{{0,80}}(?:passw\w{{0,16}}|pwd|_pass)\b",
    ),
    place(
        ":-·:=",
        r"\$\{\w{0,32}(?:pass\w{0,8}|pwd|secret|token|key)\w{0,8}:[=\-]([^\s\"'`${}]{4,128})(?:\}"
        r"|[\"']?[\r\n]*\Z)",
    ),
    place(
        ": !·: &",
        r"\A[ \t\-]{0,40}[\"']?[\w.\-]{0,64}(?:passw\w{0,8}|pwd|secret|token)[\"']?:[ \t]{1,4}"
        r"(?:![\w!]{0,24}|&\w{1,24})[ \t]{1,4}"
        r"[\"']?([^\s\"']{4,128})",
    ),
    place("password", r"<(?:\w{1,16}:)?password\b[^<>]{1,160}>([^<>\r\n]{4,128})(?:</|[\r\n]*\Z)"),
    place(
        "fromhex·unhexlify·from(·decodehex·hex.decode",
        r"\b\w{0,24}key\b[^\n\"'`]{0,24}(?:fromhex|unhexlify|from|decode_?(?:hex|string)?)\("
        r"[\"'`]([0-9a-f]{32,128})[\"'`]",
    ),
    place("pusher", rf"\bPusher\([^\n]{{0,80}}?\b(?:key|secret):␣{LIT}"),
    place(
        "seed·phrase·recovery",
        r"\b(?:seed|recovery|secret|mnemonic)[ \-]?(?:phrase|words)?[\"']?␣[:=]␣[\"']?((?:"
        r"[a-z]{3,8} ){11,23}[a-z]{3,8})\b",
        is_own,
    ),
    place("mot de passe", rf"\bmot de passe␣[:=]␣{ARG}"),
    place(
        "密·口令·パスワード·비밀번호·парол",
        r"(?:密[码碼]|口令|パスワード|비밀번호|парол[ья])(?:是|は)?␣[：:=]␣[\"'`「]?([\x21-\x26\x28-\x7e]{4,128})",
    ),
    place("pwd=·password=", rf"\b(?:pwd|password)=[\"']␣[+.&]␣{LIT}"),
)
# Places by each of their signs. One sign may hold another (`--auth` holds `auth`): `_places_in` finds those
# too.
_AT: dict[str, list[Place]] = {}
for _one in (*_PLACES, *CALLS, *ADMINISTRATION, *FEEDING, *PROGRAMS, *TOOLS):
    for _sign in _one.signs:
        _AT.setdefault(_sign, []).append(_one)
_PLACED = re.compile(one_of(_AT))
_MAY_BE_PLACED = re.compile(any_of(_AT))
"""A line that holds none of this, in lower case, has no password by its place. (Written so that the search can look for
first letters alone: it is done for every line that is read. Signs may overlap; see `signs_in`.)"""


def placed_in(lower: str) -> re.Match[str] | None:
    """The first sign in a line in lower case, the longest that stands there; None if it holds none, and so no password
    by its place."""
    # Most lines hold none, which is seen by rarer letters than signs begin with.
    return _PLACED.search(lower) if _MAY_BE_PLACED.search(lower) is not None else None


def signs_in(lower: str, match: re.Match[str] | None) -> frozenset[str]:
    """The longest sign at each place of a line in lower case; `match` is what `placed_in` finds in it."""
    found = set()
    while match is not None:
        found.add(match[0])
        match = _PLACED.search(lower, match.start() + 1)
    return frozenset(found)


@lru_cache(maxsize=1024)
def places_of(signs: frozenset[str]) -> tuple[Place, ...]:
    """The places that these signs and those inside of them stand for, each once."""
    return tuple({id(place): place for sign in signs for place in _places_in(sign)}.values())


@lru_cache(maxsize=1024)  # there are fewer signs
def _places_in(sign: str) -> tuple[Place, ...]:
    return tuple(place for inner, places in _AT.items() if inner in sign for place in places)

"""Secrets as arguments of calls: keys of ciphers, signatures and hashes, and keys that a client is made with.

No name stands in front of such a value; what the function does with it makes it a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .placing import LIT, is_identifier, is_own, is_password, is_strong, is_unlike_name, place
from .values import is_placeholder, random_looking

_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/=_.~\-]{20,}")
_HEX = re.compile(r"[0-9a-f]{32,64}")
_ALGORITHM = re.compile(
    r"(?:id-)?(?:aes|des|3des|rc\d|bf|cast|camellia|chacha|sha|md\d|hmac|[hrep]s\d{3}|rsa|ecd|ed\d|x\d|blake|pbkdf|argon|"
    r"scrypt|bcrypt|utf|latin|iso)",
    re.IGNORECASE,
)
_ONE = r"(?:[^,\"'`()\n]{1,64}|[\"'][^\"'\n]{0,128}[\"']),␣"
"""An argument, and the comma behind it."""
_ANY = rf"(?:{_ONE}){{0,3}}"
_BYTES = (
    r"(?:[\w.:]{0,40}(?:get_?bytes|bytes(?:\.from)?|buffer\.from|b|utf8\.parse|from_?(?:str|bytes|slice)|encode)"
    r"\(?)?&?"
)


def is_key(value: str) -> bool:
    """Whether a program made it: letters of both cases and digits, or hex of the length of a hash."""
    mixed = _MIXED.fullmatch(value) is not None and random_looking(value, 20, 3.3)
    return (mixed or _HEX.fullmatch(value) is not None) and not is_placeholder(value)


def is_made(value: str) -> bool:
    """As `is_key`, without hex, which names many other things."""
    return _HEX.fullmatch(value) is None and is_key(value)


def is_chosen(value: str) -> bool:
    """Whether it looks like a password and is no name of an algorithm."""
    return _ALGORITHM.match(value) is None and is_password(value)


def is_hashed(value: str) -> bool:
    """Whether what is hashed is a secret: texts of tests and of examples are no more than words."""
    return random_looking(value, 14, 3.0) or (len(value) >= 8 and not value.islower() and is_password(value))


_GIVEN = re.compile(
    r"(?<![\w.$])([\w.$]{1,64})\([ \t]{0,4}b?[\"'][A-Za-z0-9+/=_\-]{20,128}[\"']"
    r"(?:[ \t]{0,4},[ \t]{0,4}b?[\"'][A-Za-z0-9+/=_\-]{20,128}[\"']){1,7}"
)
_LITERALS = re.compile(r"[\"']([A-Za-z0-9+/=_\-]{20,128})[\"']")
_COMPARES = re.compile(
    r"assert|expect|equal|check|verify|compare|vector|hash|digest|integrity|decode|parse", re.IGNORECASE
)


def keys_given(line: str) -> Iterator[tuple[int, int]]:
    """Keys that are given to a function two or more at a time, a key and its secret: code points from, to (exclusive).
    One alone may be an id; two side by side are compared, or are keys."""
    # Cheaper than the pattern, and most lines have no two literals side by side.
    if "'," not in line and '",' not in line:
        return
    for match in _GIVEN.finditer(line):
        # An assertion takes what is expected and what came, and two hashes look like two keys.
        if _COMPARES.search(match[1]):
            continue
        made = [one.span(1) for one in _LITERALS.finditer(line, match.end(1), match.end()) if is_made(one[1])]
        if len(made) > 1:
            yield from made


CALLS = (
    # Signatures and ciphers: whatever their key is, it is one
    place(
        "hmac·secretkeyspec·symmetricsecuritykey·signwith·.aes.·aes.new·createcipher·createdecipher·secretbox",
        r"\b(?:create_?hmac|hmac\.new|hash_hmac|hmac_?sha\d{1,3}|hmac(?:\.hex)?digest|hmac\.(?:hex)?digest|secretkeyspec|"
        r"symmetricsecuritykey|signwith|hmac(?:md5|sha)?\d{0,3}|(?:AES|DES|TripleDES|RC4|Rabbit|Blowfish)\.(?:encrypt|"
        r"decrypt|new)|create_?(?:de)?cipher(?:iv)?|secretbox|hmac\.new)"
        rf"(?:\.new)?␣\(␣{_ANY}{_BYTES}{LIT}",
        is_chosen,
    ),
    place(
        "scrypt·pbkdf2·bcrypt·encryptor.digest·argon2·hashpw·derivekey·rfc2898·crypt(",
        r"(?:\b(?:scrypt(?:_?sync)?|pbkdf2\w{0,16}|bcrypt\.(?:hash|generate|compare)\w{0,24}|argon2\w{0,4}\.(?:hash|verify)"
        r"|hashpw|derive_?key|crypt|rfc2898derivebytes)|BCrypt::Password\.create|encryptor\.digest|ph\.hash|hash_?password)"
        rf"␣\(␣(?:[\"']sha\d{{1,3}}[\"'],␣|\w{{1,24}},␣)?{_BYTES}{LIT}",
        is_chosen,
    ),
    place(
        "sha1·sha256·sha512·sha224·sha384·md5·digest",
        rf"\b(?:sha_?(?:1|224|256|384|512)|md5|blake2[bs]|hex_?digest|digest)\w{{0,4}}␣\(␣{_BYTES}{LIT}",
        is_hashed,
    ),
    # Clients that are made with their key
    place(
        "client(·api(·sdk(·bot(·stripe·openai(·anthropic(·octokit·github·gitlab·twilio·sendgrid·algolia·supabase"
        "·slack·mailgun·postmark·resend(·mistral·cohere(·groq(·pusher(·telegraf·discord·paypal·plaid·mixpanel"
        "·segment·amplitude·rollbar·bugsnag·honeycomb·raven·pinecone·replicate·deepgram·elevenlabs·tavily·authenticat",
        r"(?<![\w$])(?:[\w.$:]{0,48}(?:client|api|sdk|bot|gateway)|stripe|[\w.]{0,16}openai|anthropic|octokit|github|gitlab|"
        r"twilio|sendgrid\w{0,16}|algolia\w{0,16}|supabase|slack|mailgun|postmark|resend|mistral\w{0,8}|cohere|groq|pusher|"
        r"telegraf|discord\w{0,8}|paypal|plaid|mixpanel|segment|analytics|amplitude|rollbar|bugsnag|honeycomb|raven|pinecone|"
        r"replicate|deepgram|elevenlabs|tavily\w{0,8}|authenticate)(?:[.:]{1,2}(?:new|init|create|configure|from_?key))?"
        rf"(?:[\"']\))?␣\(␣{_ANY}{LIT}",
        is_key,
    ),
    place(
        "·".join(
            f"{one}.{does}"
            for one in ("bot", "client", "app")
            for does in ("run", "log", "start", "conn", "auth", "set")
        ),
        rf"\b(?:bot|client|app)\.(?:run|login|start|connect|auth\w{{0,8}}|set_?token)␣\(␣{LIT}",
        is_made,
    ),
    place("cookieparser(·cryptr(", rf"\b(?:cookieparser|cryptr)\(␣{LIT}", is_chosen),
    place(
        ".auth(",
        rf"\b(?:\w{{0,24}}(?:redis|client|conn\w{{0,8}}|db)|r)\.auth\(␣{LIT}␣(?:\)|[\r\n]*\Z)",
        is_strong,
    ),
    place(
        "passwordcredential·sequelize(",
        rf"\b(?:\w{{0,24}}passwordcredentials?|sequelize)\(␣(?:{_ONE}){{2,3}}{LIT}",
        is_own,
    ),
    place(
        "ldap_bind·ldap_sbind·ftp_login·imap_open·ssh2_auth_password",
        rf"\b(?:ldap_s?bind|ftp_login|imap_open|ssh2_auth_password)\(␣(?:{_ONE}){{2}}{LIT}",
        is_own,
    ),
    place(
        "username_pw_set·oci_connect·oci_pconnect·oci_new_connect",
        rf"\b(?:username_pw_set|oci_\w{{0,4}}connect)\(␣{_ONE}(?:\w{{1,16}}␣=␣)?{LIT}",
        is_own,
    ),
    # Stores of secrets
    place(
        "secrets.put·secrets.set·set_secret·setsecret·put_secret",
        rf"\b\w{{0,24}}secrets?\w{{0,16}}\.(?:put|set)(?:_?secret)?(?:_?async)?\(␣(?:{_ONE}){{1,3}}{LIT}",
    ),
    place(
        "put_parameter·putparameter",
        rf"\bput_?parameter(?:command)?\([^\n]{{0,160}}?\bvalue[\"']?␣[=:]␣{LIT}[\r\n]*\Z",
    ),
    place("securestring", rf"\bvalue[\"']?␣[=:]␣{LIT}[^\n]{{0,120}}\bSecureString\b", is_own),
    place("securestring", rf"\bSecureString\b[^\n]{{0,120}}\bvalue[\"']?␣[=:]␣{LIT}", is_own),
    place(
        "update_secret(",
        r"\bcreate_or_update_secret\([^\n]{0,160}?\bsecret␣=␣(?:dict␣\(|\{)",
        is_own,
        rf"[=:]␣{LIT}",
    ),
    # Headers that are set by a call, and cookies
    place(
        "bearer·authtoken(·auth_token(",
        r"\b(?:\w{0,16}bearer_?(?:auth\w{0,8}|token)?|(?:set|with|add)_?(?:http_?)?auth_?(?:token|bearer))␣\(␣"
        rf"(?:\w{{1,16}}␣[:=]␣)?{LIT}",
        is_unlike_name,
    ),
    place(
        "basic_auth·basicauth·basiccredentials",
        r"\b\w{0,16}basic_?(?:auth|credentials)\w{0,8}␣\(␣(?:\w{1,16}␣[:=]␣)?(?:[\w.()]{1,64}|[\"'][^\"'\n]{0,64}[\"']),␣"
        rf"(?:\w{{1,16}}␣[:=]␣)?(?:Some\(␣)?{LIT}",
        is_unlike_name,
    ),
    place("bearer ", r"[\"'`]bearer ([^\s\"'`]{6,128})(?:[\"'`]|[\r\n]*\Z)", is_unlike_name),
    place(
        "cookie·curl",
        r"(?:cookies?\b|\bcurl\b[^\n|;]{0,200}?[ \t](?:-b|--cookie))[^\n]{0,200}?(?<![a-z])(?:\w{0,16}(?:sess\w{0,12}|"
        r"(?:auth|access|refresh|remember|login|user)_?(?:token|id)?|jwt|token)|\w{0,12}sid|[a-z]{1,16}session)"
        r"[\"'`]?␣(?:=>|=|:(?!:)|,)␣[\"'`]?([\w.~+/\-]{6,512})(?![\w(\[.]|␣\()",
        is_identifier,
    ),
    # Fields of forms, and what a password is compared with
    place(
        "passw·pwd",
        r"(?:passw\w{0,16}|pwd\w{0,12})(?:\(\))?[\"'\])]{0,4}\??\.(?:perform␣\(␣)?(?:set_?text|send_?keys|fill|type|"
        r"set_?value|(?:to_?)?have_?value|(?:enter|type|replace)_?text|equals\w{0,12}|eq|compare\w{0,8}|is_?equal)␣\(␣"
        rf"{LIT}",
    ),
    place(
        "default=·default =",
        rf"(?:passw\w{{0,16}}|pwd|_pass)␣(?::␣[\w.\[\]]{{1,32}}␣)?=␣[\w.]{{1,64}}\([^\n\"'`]{{0,120}}\bdefault␣=␣{LIT}",
    ),
    place("passw·pwd", rf"(?:passw\w{{0,16}}|pwd\w{{0,12}})[^\n\"'`]{{0,48}}\bvalue:␣{LIT}"),
    place("verify", rf"\bverify␣\(␣{LIT},␣[^\n,\"'`]{{0,64}}(?:hash|passw)"),
    place("equals", rf"{LIT}\.equals\w{{0,12}}\([^\n()]{{0,40}}(?:passw|pwd)"),
    place(
        "passw·pwd",
        rf"\b(?:assert|expect)\w{{0,24}}␣\(␣{LIT},␣[^\n,\"'`]{{0,64}}(?:passw|pwd)\w{{0,12}}(?:\(\))?␣\)",
    ),
    place(
        "withemailandpassword·withpassword·withcredentials",
        rf"with(?:email_?and_?|user_?and_?)?(?:password|credentials)␣\(␣{_ANY}{LIT}␣(?:\)|[\r\n]*\Z)",
        is_own,
    ),
    place(
        "creds·credentials·logins",
        rf"\b\w{{0,16}}(?:creds|credentials|logins)␣(?::[^=\n]{{1,40}})?=␣[\[{{(]{{1,2}}␣[\"'][^\"'\n]{{1,64}}[\"']␣[:,]␣"
        rf"{LIT}",
    ),
)

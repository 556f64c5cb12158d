"""What a name tells of its value: `DB_PASSWORD` has a password, `apiKey` a key, `max_tokens` nothing secret."""

from __future__ import annotations

import re
from functools import lru_cache

from .values import Telling

QUICK = re.compile(
    # By their first letters, which the search then looks for before anything else: it is done for every line that is
    # read. What begins with a boundary looks back at it from behind its first letter, for the same reason.
    r"a(?:ssword|uth|(?<=\ba)es\b|dgangskode)|p(?:ass|w|epper|hrase|riv|sk|at\b|in\b|k\b|arola|(?<=\bp)do\b)|"
    r"s(?:e(?:cret|ed|ssion|nha)|alt|ig\b|igner|as\b|id\b|udo -s|qlplus|alasana|ifre)|t(?:oken|hin:)|"
    r"k(?:e(?:y|nnwort)|odeord)|c(?:red|ookie|ontrase|rypt|ipher)|b(?:earer|asic|ind)|"
    r"m(?:nemonic|otdepasse|ot_de_passe|ysqli)|w(?:allet|achtwoord)|d(?:eployer|sn|ockerc)|j(?:wt|elsz[óo])|"
    r"o(?:tp|penssl)|h(?:mac|as[łl]o|eslo)|identified|fernet|l(?:ogin|[öo]senord)|unzip|7z|-(?:p|u |-user)|"
    r"redis-cli|getconnection|şifre|парол|密[码碼]|口令|パスワード|비밀번호"
)
"""A line that holds none of this, in lower case, holds no telling name."""
IDENTIFIER = re.compile(
    r"[A-Za-z_$\u00c0-\u024f\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af][\w$\-]*"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z\u00df-\u024f]+|[0-9]+")
_QUALIFIERS_TEXT = """
    prod production dev development test testing staging stage live sandbox local value val str string b64
    base64 hex enc encoded raw plain plaintext text default primary secondary old new current env main master
    root admin user override data bytes for here const v confirmation confirm again repeat retype verify
"""
_QUALIFIERS = frozenset(_QUALIFIERS_TEXT.split())
_PASSWORD = (
    "password", "passwd", "passwort", "pwd", "passcode", "passwrd", "contrasena", "contraseña", "kennwort", "senha",
    "motdepasse", "userpass", "dbpass", "mysqlpass", "rootpass", "adminpass", "pgpass", "passw", "sshpass",
    "mailpass",
    "smtppass", "bindpw", "rootpw", "adminpw", "dbpw", "userpw", "ftppass", "authpass", "requirepass", "masterauth",
    "wachtwoord", "haslo", "hasło", "lösenord", "losenord", "heslo", "parola", "salasana", "şifre", "sifre", "kodeord",
    "adgangskode", "jelszó", "jelszo", "psk", "presharedkey", "wpapsk",
    "assword", "storepass", "keypass", "remotepass", "localpass", "truststorepass", "keystorepass",
)  # fmt: skip
_OWNERS = (
    "db", "database", "datasource", "mysql", "postgres", "postgresql", "pg", "mongo", "mongodb", "redis", "rabbitmq",
    "smtp", "mail", "email", "imap", "ldap", "ftp", "sftp", "ssh", "root", "admin", "sudo", "become", "keystore",
    "truststore", "wifi", "grafana", "elastic", "jdbc", "mssql", "oracle", "neo4j", "keycloak", "minio", "vpn", "proxy",
    "sql", "rpc", "nexus", "jenkins", "registry", "docker", "mqtt", "kafka", "sasl", "clickhouse", "mariadb", "couchdb",
)  # fmt: skip
"""Whose a password is, where the name says it: a server's, an account's."""
_PHRASE = ("passphrase", "mnemonic", "seedphrase", "recoveryphrase", "secretphrase")
# The first twenty also count at the end of a longer word (`mysecret`), so their order matters.
_SECRET = (
    "secret", "token", "apikey", "accesskey", "privatekey", "authkey", "accountkey", "clientkey", "signingkey",
    "encryptionkey", "masterkey", "sharedaccesskey", "sharedkey", "secretkey", "servicekey", "appkey",
    "applicationkey",
    "consumerkey", "subscriptionkey", "webhookkey", "sessionkey", "storagekey", "licensekey", "deploykey", "adminkey",
    "credential", "credentials", "authorization", "salt", "pepper", "clientkeydata", "privkey", "jwtkey", "hmackey",
    "cryptkey", "aeskey", "deskey", "writekey", "readkey", "ingestkey", "integrationkey", "routingkey", "projectkey",
    "serverkey", "xapikey", "functionskey", "hostkey", "accesskeyid",
    "dockerconfigjson", "dockercfg", "otpseed", "totpseed",
    "keyphrase", "authsid", "cookiesecret", "sastoken", "personalaccesstoken", "bottoken", "ddapikey",
    "authdata",
    "registrytoken", "npmtoken", "secretkeybase", "secrets", "apisecret", "bearer", "jwt",
)  # fmt: skip
_MADE_UP = re.compile(
    r"secret(?:key)?(?:base)?\Z|signingkey\Z|jwtkey\Z|xapikey\Z|encryptionkey\Z|masterkey\Z"
)
"""Names of keys that the person who sets a program up thinks of."""
_OWNED = re.compile(r"(.{1,64}?)(?:password|passwd|passw|passwort|pwd|pass|pw)\Z")
_FOREIGN = re.compile(r"парол[ья]|密[码碼]|口令|パスワード|비밀번호")
"""Words for a password in scripts that have no capitals, so that a name of them is not taken apart."""
_WEAK = (
    "pat",
    "key",
    "auth",
    "pk",
    "priv",
    "seed",
    "signer",
    "wallet",
    "deployer",
    "cookie",
    "session",
    "sig",
    "dsn",
    "keydata",
    "sid",
)
_INSIDE = re.compile(
    r"passw|passphrase|secret|token|apikey|accesskey|privatekey|authkey|accountkey|credential|hmac|cipher|^aes$"
)
_NOT_A_KEY_TEXT = """
    public foreign sort cache partition row column group hot shortcut key object dict map hash lookup
    item index translation react short access modifier press down up keyboard i18n json yaml data storage
    idempotency host
"""
_NOT_A_KEY = frozenset(_NOT_A_KEY_TEXT.split())
"""Words before `key` that make it something else."""


def _is_owned(joined: str) -> bool:
    rest = _OWNED.match(joined)
    return rest is not None and (rest[1].startswith(_OWNERS) or rest[1].endswith(_OWNERS))


@lru_cache(maxsize=16384)
def telling(name: str) -> Telling | None:
    """What a name says about its value; None if nothing."""
    # Names in other scripts (`пароль`, `密码`) have no words to be cut into.
    if not name.isascii() and _FOREIGN.search(name[:128]):
        return Telling.PASSWORD
    words = [word.lower() for word in _WORD.findall(name[:128])]
    # `password_2`, `apiKeyValue`: what comes behind says which one, not what it is.
    while len(words) > 1 and (words[-1] in _QUALIFIERS or words[-1].isdecimal()):
        words.pop()
    joined = "".join(words)
    if not joined:
        return None
    # In order of how much each says; the first that holds is taken.
    if joined.endswith(_PHRASE):
        return Telling.PHRASE
    # Short words only as a word of their own: `compass` and `spin` end with them.
    if joined.endswith(_PASSWORD) or words[-1] in ("pass", "pw", "pin", "otp"):
        return Telling.ACCOUNT if _is_owned(joined) else Telling.PASSWORD
    if (
        words[-1] in _SECRET
        or joined.endswith(_SECRET[:20])
        or "".join(words[-2:]) in _SECRET
        or "".join(words[-3:]) in _SECRET
    ):
        # `JWT_SECRET` in capitals is a setting, which a person may have filled in.
        made_up = _MADE_UP.search(joined) or (name.isupper() and len(words) > 1)
        return Telling.MADE_UP if made_up else Telling.SECRET
    if joined.endswith("s") and joined[:-1].endswith(_PASSWORD):
        return Telling.PASSWORD
    # Somewhere in the name, so it speaks of a secret: `token_count`, `password_hint`.
    if _INSIDE.search(joined):
        return Telling.NAMED
    if words[-1] in _WEAK and not (words[-1] == "key" and len(words) > 1 and words[-2] in _NOT_A_KEY):
        return Telling.WEAK
    return None


def is_plural(name: str) -> bool:
    """Whether it is the name of several secrets: `passwords`, `apiKeys`."""
    words = _WORD.findall(name[:128])
    while len(words) > 1 and (words[-1].lower() in _QUALIFIERS or words[-1].isdecimal()):
        words.pop()
    # The singular must be a telling name itself: `address` ends in `s` too.
    return bool(words) and words[-1][-1:] in "sS" and telling("_".join(words)[:-1]) is not None

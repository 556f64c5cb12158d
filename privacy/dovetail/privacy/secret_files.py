"""The one list of files that hold secrets by their name: neither read into a prompt or an index, nor written.

It is about files. A folder on the way counts only where tools keep nothing but secrets in it (`.ssh`, `.aws`,
`.gnupg`) or where name and folder together say it (`.kube/config`): `app/credentials/provider.py` is code.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES_TEXT = """
    .env .envrc .netrc _netrc .pgpass pgpass.conf .my.cnf .htpasswd .npmrc .yarnrc.yml .pypirc .git-credentials
    .vault-token .dockercfg .s3cfg .boto credential credentials
"""
_NAMES = frozenset(_NAMES_TEXT.split())
_ENDINGS = tuple(
    ".env .pem .key .p12 .pfx .jks .keystore .kdbx .ppk .gpg .pgp .age .tfstate .tfvars .tfvars.json".split()  # noqa: SIM905
)
_BEGINNINGS = (".env.", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
_INSIDE = (".tfstate.",)
_DATA = re.compile(
    r"(?:credentials?|secrets?)(?:\.[\w-]{1,64})?\.(?:json|ya?ml|toml|ini|txt|csv|properties)|"
    r"client_secrets?[\w-]{0,128}\.(?:apps\.googleusercontent\.com\.)?json|service[-_]account[\w-]{0,128}\.json"
)
_SAMPLES = (".example", ".sample", ".template", ".dist", ".pub", ".env.default", ".env.defaults")
"""Files that are published to be copied; and the public half of a key."""
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws"})
_IN_FOLDERS = frozenset(
    {
        (".kube", "config"),
        (".docker", "config.json"),
        ("gcloud", "application_default_credentials.json"),
        ("gcloud", "credentials.db"),
        (".config", "hub"),
        ("gh", "hosts.yml"),
    }
)
_ARMOURED = re.compile(r"key|secret|priv|backup|gpg|pgp")
_FINGERPRINT = re.compile(r"[0-9a-f]{8,40}\.asc")
"""`.asc` is also AsciiDoc: only such names as people give to exported keys."""


@lru_cache(maxsize=4096)
def is_secret_file(path: str) -> bool:
    """Whether the file at `path` (with forward slashes, relative or absolute) holds secrets by its name.

    The names are those that Windows would open: dots and blanks at the end, and a stream (`x::$DATA`), do not
    make another file of it.
    """
    parts = [part.split(":")[0].rstrip(". ").lower() for part in path.split("/") if part]
    if not parts:
        return False
    *folders, name = parts
    if not _FOLDERS.isdisjoint(folders):
        return not name.endswith(".pub")
    if folders and (folders[-1], name) in _IN_FOLDERS:
        return True
    if name.endswith(_SAMPLES) or ".example." in name:
        return False
    if name in _NAMES or name.endswith(_ENDINGS) or name.startswith(_BEGINNINGS):
        return True
    if any(part in name for part in _INSIDE) or _DATA.fullmatch(name):
        return True
    return name.endswith(".asc") and bool(_ARMOURED.search(name) or _FINGERPRINT.fullmatch(name))


def is_secret_folder(path: str) -> bool:
    """Whether nothing but secrets is kept in the folder at `path`, so that it need not be walked."""
    return path.rstrip("/").rpartition("/")[2].lower() in _FOLDERS

"""The one list of files that hold secrets by their name: neither read into a prompt or an index, nor written.

It is about files. A folder on the way counts only where tools keep nothing but secrets in it (`.ssh`, `.aws`,
`.gnupg`) or where name and folder together say it (`.kube/config`): `app/credentials/provider.py` is code.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = re.compile(
    r"\.env|\.env\..+|.+\.env|\.envrc|"
    r".+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|pgp|age)|"
    r"id_(?:rsa|dsa|ecdsa|ed25519).*|"
    r"[._]netrc|\.pgpass|pgpass\.conf|\.my\.cnf|\.htpasswd|\.npmrc|\.yarnrc\.yml|\.pypirc|\.git-credentials|"
    r"\.vault-token|\.dockercfg|\.s3cfg|\.boto|"
    r"(?:credentials?|secrets?)(?:\.[\w-]+)?\.(?:json|ya?ml|toml|ini|txt|csv|properties)|"
    r"credentials|client_secrets?[\w.-]*\.json|service[-_]account[\w.-]*\.json|"
    r".+\.tfstate(?:\..+)?|.+\.tfvars(?:\.json)?",
    re.IGNORECASE,
)
_SAMPLES = re.compile(
    r".+\.pub|.*\.env\.(?:example|sample|template|dist|defaults?)|"
    r".*\.(?:example|sample|template|dist)|.+\.example\.\w+",
    re.IGNORECASE,
)
"""Files that are published to be copied; and the public half of a key."""
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws"})
_IN_FOLDERS = (
    (".kube", "config"),
    (".docker", "config.json"),
    ("gcloud", "application_default_credentials.json"),
    ("gcloud", "credentials.db"),
    (".config", "hub"),
    ("gh", "hosts.yml"),
)
_ARMOURED = re.compile(r".+\.asc", re.IGNORECASE)
_ARMOURED_KEY = re.compile(
    r"(?:.*(?:key|secret|private|priv|backup|gpg|pgp).*|[0-9a-f]{8,40})\.asc", re.IGNORECASE
)
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
    if _SAMPLES.fullmatch(name):
        return False
    return bool(_NAMES.fullmatch(name) or (_ARMOURED.fullmatch(name) and _ARMOURED_KEY.fullmatch(name)))


def is_secret_folder(path: str) -> bool:
    """Whether nothing but secrets is kept in the folder at `path`, so that it need not be walked."""
    return path.rstrip("/").rpartition("/")[2].lower() in _FOLDERS

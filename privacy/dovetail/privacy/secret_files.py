"""The one list of files that hold secrets by their name: neither read into a prompt or an index, nor written.

It is about files. A folder on the way counts only where tools keep nothing but secrets in it (`.ssh`, `.aws`,
`.gnupg`) or where name and folder together say it (`.kube/config`): `app/credentials/provider.py` is code.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES_TEXT = """
    .env .envrc .netrc _netrc .pgpass pgpass.conf .pg_service.conf .my.cnf .mylogin.cnf .htpasswd .npmrc .yarnrc.yml
    .pypirc .git-credentials .vault-token .dockercfg .s3cfg .boto credential credentials .terraformrc terraform.rc
    kubeconfig .databrickscfg .rclone.conf rclone.conf .msmtprc .fetchmailrc .offlineimaprc .mbsyncrc .curlrc .wgetrc
    .cvspass .passwd .password .passwords passwords.txt password.txt .secret .secrets .token .tokens kaggle.json
    local.settings.json settings-security.xml wpa_supplicant.conf .ftpconfig sftp-config.json logins.json
    .vault_pass .vault_password .vault-pass .vault-password vault_pass.txt vault_password.txt credentials.yml.enc
    wallet.dat .viminfo .lesshst wp-config.php vault.yml vault.yaml .dev.vars google-services.json
    googleservice-info.plist htpasswd shadow gshadow .dockerconfigjson key.properties keystore.properties
    signing.properties passwords.csv password.csv passwords.xlsx password.xlsx wireguard.conf .esmtprc .smbcredentials
    smbcredentials sitemanager.xml recentservers.xml connectionstrings.config .aws-credentials msal_token_cache.json
    encrypted_data_bag_secret deploy_key
"""
_NAMES = frozenset(_NAMES_TEXT.split())
_ENDINGS = tuple(
    """.env .pem .key .p8 .p12 .pfx .pkcs12 .jks .jceks .bks .keystore .keytab .keychain .keychain-db .kdb .kdbx .ppk
    .gpg .pgp .age .tfstate .tfvars .tfvars.json .kubeconfig .ovpn .agekey
    .private_key .htdigest token.pickle""".split()  # noqa: SIM905
)
_BEGINNINGS = (".env.", ".dev.vars.", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_xmss")
_INSIDE = (".tfstate.",)
_HISTORY = re.compile(r"\.[\w-]{1,32}_history")
"""What was typed into a shell or a database's console."""
_DATA = re.compile(
    r"\.?(?:[\w-]{1,64}[-_.])?(?:credentials?|secrets?)(?:\.[\w-]{1,64})?\.(?:json|ya?ml|toml|ini|txt|csv|properties|env|xcconfig|xml)|"
    r"(?:[\w-]{1,64}[-_.])?(?:api|access|auth|oauth|refresh|secret)[-_]?(?:key|token)s?\.(?:json|ya?ml|toml|ini|txt|csv|properties|xcconfig)|"
    r"[\w-]{1,64}_(?:rsa|dsa|ecdsa|ed25519)|wg[0-9]{1,3}\.conf|"
    r"client_secrets?[\w-]{0,128}\.(?:apps\.googleusercontent\.com\.)?json|(?:[\w-]{1,64}[-_.])?service[-_]?account(?:key)?[\w-]{0,128}\.json|"
    r"[\w-]{0,128}firebase-adminsdk[\w-]{0,64}\.json|kubeconfig\.ya?ml"
)
_SAMPLES = (".example", ".sample", ".template", ".dist", ".pub", ".env.default", ".env.defaults")
"""Files that are published to be copied; and the public half of a key."""
_COPY = re.compile(r"(?:~|\.(?:bak|backup|old|orig|save|sw[a-p]|tmp|copy)|#)\Z")
"""What editors and people put behind the name of a copy."""
_LOCKED = re.compile(r"\A(?:\.?#|\.(?=\.))")
"""What editors put before the name of a lock, of an unsaved text and of a swap file."""
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".envs", ".password-store"})
_IN_FOLDERS = frozenset(
    {
        (".kube", "config"),
        (".docker", "config.json"),
        ("gcloud", "application_default_credentials.json"),
        ("gcloud", "credentials.db"),
        (".config", "hub"),
        ("gh", "hosts.yml"),
        (".m2", "settings.xml"),
        (".gradle", "gradle.properties"),
        (".composer", "auth.json"),
        ("composer", "auth.json"),
        (".vscode", "sftp.json"),
        (".huggingface", "token"),
        ("huggingface", "token"),
        (".dbt", "profiles.yml"),
        (".bundle", "config"),
        ("ngrok", "ngrok.yml"),
        (".ngrok2", "ngrok.yml"),
        ("doctl", "config.yaml"),
        (".snowsql", "config"),
        (".fly", "config.yml"),
        (".davfs2", "secrets"),
        (".oci", "config"),
        ("hcloud", "cli.toml"),
        (".cf", "config.json"),
        (".bluemix", "config.json"),
        (".netlify", "config.json"),
        (".circleci", "cli.yml"),
        ("age", "keys.txt"),
    }
)
_ARMOURED = re.compile(r"key|secret|priv|backup|gpg|pgp")
_FINGERPRINT = re.compile(r"[0-9a-f]{8,40}\.asc")
"""`.asc` is also AsciiDoc: only such names as people give to exported keys."""


@lru_cache(maxsize=4096)
def is_secret_file(path: str) -> bool:
    """Whether the file at `path` (with forward slashes, relative or absolute) holds secrets by its name.

    The names are those that Windows would open: dots and spaces at the end, and a stream (`x::$DATA`), do not
    make another file of it.
    """
    parts = [part.split(":")[0].rstrip(". ").lower() for part in path.split("/") if part]
    if not parts:
        return False
    *folders, name = parts
    # In `.ssh` and the like everything but public keys is secret.
    if not _FOLDERS.isdisjoint(folders):
        return not name.endswith(".pub")
    if folders and (folders[-1], name) in _IN_FOLDERS:
        return True
    # `id_rsa.bak`, `.env~`: a copy is as secret as what it was made of.
    while (copy := _COPY.search(name)) is not None and copy.start():
        name = name[: copy.start()]
    # `.#.env`, `#.env#`, `..env.swp`: what editors keep beside the file holds its text.
    name = _LOCKED.sub("", name)
    # `.env.example` is made to be read. (Asked before the endings, which it has too.)
    if name.endswith(_SAMPLES) or ".example." in name:
        return False
    if name in _NAMES or name.endswith(_ENDINGS) or name.startswith(_BEGINNINGS) or _HISTORY.fullmatch(name):
        return True
    if any(part in name for part in _INSIDE) or _DATA.fullmatch(name):
        return True
    return name.endswith(".asc") and bool(_ARMOURED.search(name) or _FINGERPRINT.fullmatch(name))


def is_secret_folder(path: str) -> bool:
    """Whether nothing but secrets is kept in the folder at `path`, so that it need not be walked."""
    return path.rstrip("/").rpartition("/")[2].lower() in _FOLDERS

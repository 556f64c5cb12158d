"""What docs/privacy.md says that is found, and that is not, is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dovetail.privacy import redact
from dovetail.privacy.secrets import shapes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
KEY = "k3Jd8sKq2mZx" + "81LpQv7TaB"
FOUND = {
    "from five characters on": ('password = "ab1c!"', "ab1c!"),
    "words among them where the name tells whose they are (`DB_PASSWORD`)": (
        'DB_PASSWORD = "maple"',
        "maple",
    ),
    "a value on the next line": (f"api_key =\n  '{KEY}'", KEY),
    "`passwords:`": ("passwords:\n  - Kiwi6900!", "Kiwi6900!"),
    "`api_keys = [`": (f"api_keys = [\n    '{KEY}',\n]", KEY),
    "columns of an `INSERT`": ("INSERT INTO u (name, password) VALUES ('bob', 'Kiwi6900!')", "Kiwi6900!"),
    "`sqlcmd -P`": ("sqlcmd -S h -U sa -P Kiwi6900!", "Kiwi6900!"),
    "`keytool -storepass`": ("keytool -list -storepass Kiwi6900!", "Kiwi6900!"),
    "`smbclient -U name%…`": ("smbclient //h/s -U bob%Kiwi6900!", "Kiwi6900!"),
    "lines of network devices": (" neighbor 10.0.0.1 password 7 Kiwi6900!", "Kiwi6900!"),
    "Redis' lists of users": ("user app on >Kiwi6900! ~* +@all", "Kiwi6900!"),
    "here-documents": ("password = <<~END\n  Kiwi6900!\nEND\n", "Kiwi6900!"),
    "`sudo`": ("echo Kiwi6900! | sudo -S reboot", "Kiwi6900!"),
    "`docker login`": ("echo Kiwi6900! | docker login -u bob --password-stdin", "Kiwi6900!"),
    "`passwort`": ('passwort = "Kiwi6900!"', "Kiwi6900!"),
    "`密码`": ('密码 = "Kiwi6900!"', "Kiwi6900!"),
    "in base64 under `data:`": ("data:\n  any: cHctY2QwNzJjZDg=", "cHctY2QwNzJjZDg="),
    "all values under `stringData:`": ("stringData:\n  any: Kiwi6900!", "Kiwi6900!"),
    "columns of CSV files": ("user,password\nseller,Kiwi6900!", "Kiwi6900!"),
    "and of Markdown": ("| user | password |\n|---|---|\n| seller | Kiwi6900! |", "Kiwi6900!"),
    "above its name": ('{\n  "value": "Kiwi6900!",\n  "key": "password"\n}', "Kiwi6900!"),
    "here-strings": ('passwd --stdin bob <<< "Kiwi6900!"', "Kiwi6900!"),
    "the bytes of a key": (
        "uint8_t aes_key[8] = {43, 126, 21, 22, 40, 174, 210, 166};",
        "43, 126, 21, 22, 40, 174, 210, 166",
    ),
    "**A string in pieces**": (f'api_key = ("{KEY}"\n    "a8Fh2LmN9pQ3rT7vX1zB")', "a8Fh2LmN9pQ3rT7vX1zB"),
    "**What a comment names**": ('x = "c0pper-X4y"  # the admin password', "c0pper-X4y"),
    "**Cookies of sessions, and calls that set headers**": ("Set-Cookie: sessionid=q7zp2lx9v4", "q7zp2lx9v4"),
}
LEFT = {
    "Placeholders (`your-api-key`": ("password: your-api-key", "your-api-key"),
    "`${TOKEN}`": ("token=${TOKEN}", "${TOKEN}"),
    "`changeme`": ("password=changeme", "changeme"),
    "a card number": ("card = '4111 1111 1111 1111'", "4111 1111 1111 1111"),
    "in a variable called `x`": (
        "x = 'd41d8cd98f00b204e9800998ecf8427e'",
        "d41d8cd98f00b204e9800998ecf8427e",
    ),
    "where the user has no usual name": ("seller:Kiwi6900!", "Kiwi6900!"),
    "a password with spaces in it": ('password = "two words 12"', "two words 12"),
    '`token = "maple_24"`': ('token = "maple_24"', "maple_24"),
    '`new Widget("…")`': (f'new Widget("{KEY}")', KEY),
}


@pytest.mark.parametrize("said", FOUND)
def test_what_is_said_to_be_found_is_found(said: str) -> None:
    text, secret = FOUND[said]
    assert said in PAGE
    assert secret not in redact(text)


@pytest.mark.parametrize("said", LEFT)
def test_what_is_said_to_be_left_is_left(said: str) -> None:
    text, kept = LEFT[said]
    assert said in PAGE
    assert kept in redact(text)


def test_as_many_issuers_as_are_said() -> None:
    named = re.search(r"with the prefixes of their issuers \(([^)]*)\)", PAGE)
    assert named is not None and "some hundred others" in named[1]
    assert sum(map(len, shapes._PREFIXES.values())) >= 100 + named[1].count(",")


def test_the_tests_that_are_named_are_there() -> None:
    for page in ("docs/privacy.md", "SECURITY.md", "tests/attacks/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        base = ROOT / "tests" if page.startswith("tests") else ROOT
        for name in re.findall(r"`((?:tests|attacks|faults|privacy|edits|server|e2e|fim)/[\w/.]+)`", text):
            assert (base / name).exists(), (page, name)

"""Which servers a policy lets be asked, in whatever spelling of their address."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from policies import MINE, THEIRS, gathered, ours  # noqa: F401 (a fixture by its name)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ('endpoints = ["https://*.corp.example"]', [MINE]),
        ('endpoints = ["https://models.corp.example"]', [MINE]),
        ('endpoints = ["https://models.corp.example/v1"]', [MINE]),
        ('endpoints = ["https://models.corp.example/v2"]', []),
        ('endpoints = ["http://*.corp.example"]', []),
        ('endpoints = ["https://corp.example"]', []),
        ('endpoints = ["https://*.corp.example:8443"]', []),
        ('endpoints = ["https://*.corp.example:*"]', [MINE]),
        ("endpoints = []", []),
        ('deniedEndpoints = ["*://*.example"]', []),
        ('deniedEndpoints = ["https://elsewhere.example"]', [MINE]),
        ('endpoints = ["*://*"]\ndeniedEndpoints = ["https://models.corp.example"]', [THEIRS]),
        ("", [MINE, THEIRS]),
    ],
)
def test_which_endpoints_are_allowed(policy: str, kept: list[str], tmp_path: Path) -> None:
    """Of suggestions and of chat alike, and each that is refused names the file that forbids it."""
    urls = [MINE, THEIRS]
    user = "\n".join(f'[[endpoints]]\nurl = "{url}"' for url in urls)
    found = gathered(tmp_path, f"[policy]\n{policy}", user=user)
    assert [one.url for one in found.settings.endpoints] == kept
    for url in urls:
        chat = gathered(tmp_path, f"[policy]\n{policy}", user=f'[chat]\nurl = "{url}"\nmodel = "m"')
        assert chat.settings.chat.url == (url if url in kept else "")
        assert [str(tmp_path / "site" / "managed.toml") in one.text for one in chat.problems] == [True] * (
            url not in kept
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://models.corp.example@elsewhere.example/v1",
        "https://elsewhere.example/#.corp.example",
        "https://elsewhere.example/?.corp.example",
        "https://elsewhere.example\\.corp.example/v1",
        "https://elsewhere.example%2f.corp.example/v1",
        "https://evilcorp.example",
        "https://corp.example",
        "https://.corp.example",
        "https://models.corp.example.elsewhere.example",
        "https://models.corp.example:8443",
        "http://models.corp.example",
        "ftp://models.corp.example",
        "//models.corp.example",
        "https://models.corp.example/../x/%2e%2e/y",
        "https://[::ffff:1.2.3.4",
        "https://models.corp.example:port",
        "https://models。corp。example/v1",
        "https://models.corp.example/a/..;/b",
        "https://models.corp.example/%252e%252e/b",
        "https://models.corp.example//v1",
        "https://models.corp.example/%76%31",
    ],
)
def test_no_spelling_gets_past_the_list(url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert found.settings.endpoints == ()


@pytest.mark.parametrize("name", ["Host", "hOST"])
def test_the_header_host_names_a_server_too(name: str, tmp_path: Path) -> None:
    """Behind one address there may be many."""

    def kept(host: str) -> int:
        said = {"endpoints": [{"url": MINE, "headers": {name: host}}]}
        found = gathered(tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[said])
        return len(found.settings.endpoints)

    assert [kept("other.corp.example"), kept("elsewhere.example"), kept("other.corp.example:8443")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("denied", "url"),
    [
        ("http://10.0.0.5:*", "http://10.5:8080"),
        ("http://10.0.0.5:*", "http://167772165"),
        ("http://10.0.0.5:*", "http://0xa.0.0.5"),
        ("http://10.0.0.5:*", "http://012.0.0.5"),
        ("http://10.0.0.5:*", "http://10.0.0.5.:8080"),
        ("http://10.0.0.5:*", "http://[::ffff:10.0.0.5]:8080"),
        ("http://10.0.0.5:*", "http://[::ffff:a00:5]"),
        ("http://[::1]:*", "http://[0:0:0:0:0:0:0:1]:8080"),
        ("http://[0::1]:*", "http://[::0001]"),
        ("https://gw.example/team", "https://gw.example/%74eam/v1"),
        ("https://gw.example/team", "https://gw.example//team"),
        ("https://gw.example/team", "https://gw.example/team;x=1/v1"),
        ("https://elsewhere.example", "https://ｅlsewhere.example/v1"),
        ("https://elsewhere.example", "https://u@ELSEWHERE.example.:443/v1"),
    ],
)
def test_no_spelling_gets_past_what_is_denied(denied: str, url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, f'[policy]\ndeniedEndpoints = ["{denied}"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert found.settings.endpoints == ()
    others = ["https://10.0.0.5", "http://[::2]", "https://gw.example/my%20team/v1/", "https://gw.example"]
    near = gathered(
        tmp_path,
        f'[policy]\ndeniedEndpoints = ["{denied}"]',
        said=[{"endpoints": [{"url": one} for one in others]}],
    )
    assert [one.url for one in near.settings.endpoints] == others


@pytest.mark.parametrize(
    "url",
    ["https://MODELS.Corp.Example/v1", "https://models.corp.example.:443/v1", "https://a.b.corp.example"],
)
def test_other_spellings_of_what_is_allowed_are_allowed(url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert [one.url for one in found.settings.endpoints] == [url]

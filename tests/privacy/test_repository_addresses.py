"""One repository has many addresses, and patterns are written in as many ways: each finds the other."""

from __future__ import annotations

import pytest

from dovetail.privacy.ignore.config import entries
from dovetail.privacy.ignore.remotes import RepositoryPatterns, remotes

ADDRESSES = [
    "https://github.com/corp/secret-pay",
    "HTTPS://GitHub.COM/Corp/Secret-Pay.GIT",
    "https://github.com:443/corp/secret-pay.git/",
    "https://github.com./corp/secret-pay",
    "https://www.github.com/corp/secret-pay",
    "https://user:p@ss@github.com/corp/secret-pay.git",
    "https://github.com//corp///secret-pay.git/",
    "https://github.com/x/../corp/./secret-pay.git",
    "https://github.com/%63orp/secret%2Dpay",
    "https://github.com/corp/secret-pay.git?x=1#y",
    "https::https://github.com/corp/secret-pay",
    "git@github.com:Corp/secret-pay.git",
    "github.com:/corp/secret-pay",
    "git@github.com:~/../corp/secret-pay",
    "[git@github.com:22]:corp/secret-pay.git",
    "git@[github.com]:corp/secret-pay.git",
    "ssh://git@github.com:22/corp/secret-pay",
    "ssh://git@ssh.github.com:443/corp/secret-pay.git",
    "git+ssh://git@github.com/corp/secret-pay",
    "git://github.com/corp/secret-pay.git",
]
PATTERNS = [
    "github.com/corp/secret-*",
    "GitHub.com/Corp/",
    "*/corp/secret-pay",
    "https://github.com/corp/secret-pay.git",
    "https://github.com/corp/secret-?ay",
    "git@github.com:corp/secret-pay.git",
    "git@github.com:22/corp/secret-pay",
    "github.com:corp/secret-*",
    "git@github.com/corp",
    "ssh://git@github.com:22/corp/secret-*",
    "www.github.com/corp",
    "//github.com/corp",
]
OTHERS = [
    "https://github.com/corp/web",
    "https://github.com/corporation/secret-pay",
    "https://github.com.evil.example/corp/secret-pay",
    "https://host.example/github.com/corp/secret-pay",
    "git@gitlab.com:corp/secret-pay.git",
    "/srv/github.com/corp/secret-pay",
]


def addresses(*urls: str) -> tuple[str, ...]:
    return (
        remotes(entries("".join(f'[remote "r{at}"]\nurl = "{url}"\n' for at, url in enumerate(urls)))) or ()
    )


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pattern_takes_each_spelling(pattern: str) -> None:
    patterns = RepositoryPatterns.of([f"repository:{pattern}"])
    assert [url for url in ADDRESSES if not patterns.match(addresses(url))] == []


def test_no_spelling_takes_another_repository() -> None:
    patterns = RepositoryPatterns.of(
        ["repository:github.com/corp/secret-*", "repository:git@github.com:corp/secret-pay"]
    )
    assert [url for url in OTHERS if patterns.match(addresses(url))] == []


@pytest.mark.parametrize("key", ["branch.main.remote", "branch.main.pushRemote", "remote.pushDefault"])
def test_an_address_in_the_place_of_a_remotes_name(key: str) -> None:
    """git takes one there, and then the repository needs no remote."""
    section, _, name = key.rpartition(".")
    first, _, subsection = section.partition(".")
    head = f'[{first} "{subsection}"]' if subsection else f"[{first}]"
    found = remotes(entries(f"{head}\n{name} = git@github.com:corp/secret-pay.git\n"))
    assert found == ("github.com/corp/secret-pay",)
    assert remotes(entries(f"{head}\n{name} = origin\n")) == ()


def test_an_ipv6_address_keeps_its_colons() -> None:
    patterns = RepositoryPatterns.of(["repository:ssh://[fd00::1]/team"])
    urls = ("ssh://git@[fd00::1]:22/team/app", "[fd00::1]:team/app", "git@[fd00::1]:team/app.git")
    assert all(patterns.match(addresses(url)) for url in urls)
    assert not patterns.match(addresses("ssh://[fd00::2]/team/app"))

"""Settings: read, merged, refused by name; where they may come from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.server.settings import Settings, gather, json_schema, markdown, merge, read, workspace_part


def test_defaults() -> None:
    """Nothing said: the defaults, no problem."""
    assert read({}) == (Settings(), [])
    assert read(None) == (Settings(), [])


def test_what_is_right_holds() -> None:
    """Every kind of value."""
    settings, problems = read(
        {
            "enabled": False,
            "completion": {
                "multiline": "never",
                "maxLines": 3,
                "languages": {"go": False},
                "exclude": ["*.min.js"],
            },
            "embedded": {"confidence": 1},
            "endpoints": [{"url": "http://127.0.0.1:1", "extra": {"a": 1}}],
        }
    )
    assert problems == []
    assert not settings.enabled
    assert settings.completion.max_lines == 3
    assert settings.completion.languages == {"go": False}
    assert settings.completion.exclude == ("*.min.js",)
    assert settings.embedded.confidence == 1.0
    assert settings.endpoints[0].url == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        ({"completon": {}}, "completon", "did you mean completion?"),
        ({"completion": {"maxline": 1}}, "completion.maxline", "did you mean completion.maxLines?"),
        ({"zzz": 1}, "zzz", "known here: "),
        ({"enabled": "yes"}, "enabled", "must be true or false, not 'yes'. Using the default, true."),
        ({"completion": 1}, "completion", "must be an object, not 1. Using the defaults."),
        (
            {"completion": {"maxLines": 0}},
            "completion.maxLines",
            "must be a number from 1 to 200, not 0. Using the default, 24.",
        ),
        ({"completion": {"maxLines": 1.5}}, "completion.maxLines", "must be a whole number, not 1.5"),
        ({"completion": {"maxLines": True}}, "completion.maxLines", "must be a whole number, not true"),
        ({"completion": {"maxLines": float("nan")}}, "completion.maxLines", "must be a whole number"),
        ({"completion": {"maxLines": float("inf")}}, "completion.maxLines", "must be a whole number"),
        ({"completion": {"multiline": "some"}}, "completion.multiline", "must be one of auto, never, always"),
        ({"completion": {"multiline": []}}, "completion.multiline", "must be one of auto, never, always"),
        ({"completion": {"stop": "x"}}, "completion.stop", "must be a list"),
        ({"completion": {"stop": [1]}}, "completion.stop", "must be a list of strings"),
        ({"completion": {"languages": {"go": 1}}}, "completion.languages", "an object of true and false"),
        ({"endpoints": [{"ulr": ""}]}, "endpoints[0].ulr", "did you mean endpoints[0].url?"),
        ({"endpoints": ["x"]}, "endpoints[0]", "must be an object, not 'x'"),
        ([], "the settings", "must be an object, not an empty list"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_holds(data: Any, name: str, said: str) -> None:
    """By its full name, with what is allowed; other settings of the same object hold."""
    if isinstance(data, dict):
        data = merge(data, {"log": {"level": "debug"}})
    settings, (problem,) = read(data)
    assert problem.name == name
    assert name in problem.text
    assert said in problem.text
    if isinstance(data, dict):
        assert settings.log.level == "debug"


names = st.sampled_from(
    ["enabled", "completion", "endpoints", "chat", "maxLines", "exclude", "languages", "stop", "url", "extra"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(names, values, max_size=4))
def test_nothing_a_client_says_raises(data: dict[str, Any]) -> None:
    """Anything JSON can hold gives settings, and sentences about the rest."""
    settings, problems = read(merge(data))
    assert isinstance(settings, Settings)
    assert all(problem.text.endswith((".", "?")) for problem in problems)


def test_dotted_keys_are_nested_ones() -> None:
    """As VS Code sends them."""
    assert merge({"completion.maxLines": 3}, {"completion": {"maxTokens": 9}}) == {
        "completion": {"maxLines": 3, "maxTokens": 9}
    }


def test_layers(tmp_path: Path) -> None:
    """User's file, workspace's file, client: the later wins, key by key."""
    config, root = tmp_path / "config", tmp_path / "root"
    config.mkdir()
    root.mkdir()
    (config / "dovetail.toml").write_text(
        'endpoints = [{url = "http://127.0.0.1:9"}]\n[completion]\nmaxLines = 2\nmaxTokens = 20\n',
        encoding="utf-8",
    )
    (root / "dovetail.toml").write_text("[completion]\nmaxLines = 3\nmultiline = 'never'\n", encoding="utf-8")
    found = gather(config, [root], [{"completion": {"multiline": "always"}}])
    settings, problems = found.settings, found.problems
    assert problems == []
    assert settings.endpoints[0].url == "http://127.0.0.1:9"
    assert (settings.completion.max_lines, settings.completion.max_tokens) == (3, 20)
    assert settings.completion.multiline == "always"


@pytest.mark.parametrize(
    "toml",
    [
        'endpoints = [{url = "http://evil.example"}]',
        '"endpoints" = [{url = "http://evil.example"}]',
        '[[endpoints]]\nurl = "http://evil.example"',
        '[chat]\nurl = "http://evil.example"',
        '"chat.url" = "http://evil.example"',
        'chat.url = "http://evil.example"',
        'chat.keyCommand = ["rm"]',
        '"chat.keyCommand" = ["rm"]',
        "[log]\nlevel = 'debug'",
        "statistics.enabled = true",
        "enabled = true",
    ],
)
def test_a_cloned_repository_cannot_send_code_anywhere(tmp_path: Path, toml: str) -> None:
    """Whatever way it is written, nothing of it holds, and it is said by name and file."""
    (tmp_path / "dovetail.toml").write_text(toml + "\n", encoding="utf-8")
    found = gather(tmp_path / "none", [tmp_path])
    settings, (problem,) = found.settings, found.problems
    assert settings == Settings()
    assert "was ignored" in problem.text
    assert str(tmp_path / "dovetail.toml") in problem.text


@given(st.dictionaries(names, values, max_size=4))
def test_no_workspace_file_sets_what_is_the_users(data: dict[str, Any]) -> None:
    """By any nesting."""
    kept, _ = workspace_part(merge(data), Path("dovetail.toml"))
    settings, _ = read(kept)
    assert settings.endpoints == ()
    assert settings.chat == Settings().chat


def test_exclusions_add_up(tmp_path: Path) -> None:
    """A workspace, or a client, can exclude more, never less."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "dovetail.toml").write_text("completion.exclude = ['*.pem']\n", encoding="utf-8")
    (tmp_path / "dovetail.toml").write_text("completion.exclude = []\n", encoding="utf-8")
    settings = gather(config, [tmp_path], [{"completion": {"exclude": ["b"]}}]).settings
    assert set(settings.completion.exclude) == {"*.pem", "b"}


def test_a_workspace_can_turn_dovetail_off(tmp_path: Path) -> None:
    """But not on (tested above)."""
    (tmp_path / "dovetail.toml").write_text("enabled = false\n", encoding="utf-8")
    found = gather(tmp_path / "none", [tmp_path])
    settings, problems = found.settings, found.problems
    assert not settings.enabled
    assert problems == []


@pytest.mark.parametrize("content", [b"a = [", b"\xff\xfa", b"= 1", b"[" * 3000])
def test_a_broken_file_is_one_problem(tmp_path: Path, content: bytes) -> None:
    """Named with its path; everything else holds."""
    (tmp_path / "dovetail.toml").write_bytes(content)
    found = gather(tmp_path, [], [{"enabled": False}])
    settings, (problem,) = found.settings, found.problems
    assert str(tmp_path / "dovetail.toml") in problem.text
    assert "was not used" in problem.text
    assert not settings.enabled


def test_schema_and_page_name_every_setting() -> None:
    """Both come from the same classes."""
    schema = json_schema()
    page = markdown()
    assert schema["properties"]["completion"]["properties"]["maxLines"]["maximum"] == 200
    for name in ("completion.maxLines", "endpoints[].keyEnv", "chat.url", "statistics.enabled"):
        assert f"| `{name}` |" in page


def test_the_pages_made_from_the_settings_are_fresh() -> None:
    """`scripts/gen-docs` was run after the last change."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, str(root / "scripts" / "gen-docs"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, f"run scripts/gen-docs: {done.stdout}{done.stderr}"

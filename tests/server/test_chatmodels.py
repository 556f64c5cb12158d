"""What is known of chat models: kept, bounded, read from any file, and forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.edits.chat import Evidence, Form
from dovetail.server.models.chatmodels import ChatModels, seconds_for

URL = "http://user:pass@127.0.0.1:8080/v1?key=abc"


def test_what_became_of_answers_is_kept_by_server_and_model(tmp_path: Path) -> None:
    models = ChatModels.in_state(tmp_path / "state")
    models.note(URL, "big", [(Form.BLOCKS, True), (Form.BLOCKS, False)])
    models.note("http://127.0.0.1:8081", "big", [(Form.WHOLE, True)])
    assert models.of(URL, "big").blocks.asked == 2 and models.of(URL, "big").whole.asked == 0
    assert models.of("http://127.0.0.1:8081/v1", "big").whole.fitted == 1
    assert models.of(URL, "other") == Evidence()


def test_nothing_of_an_address_but_its_host_is_kept(tmp_path: Path) -> None:
    models = ChatModels(tmp_path / "known.json")
    models.note(URL, "big", [(Form.BLOCKS, True)])
    text = models.path.read_text(encoding="utf-8")
    assert "127.0.0.1:8080" in text and "pass" not in text and "abc" not in text


def test_those_asked_longest_ago_are_forgotten(tmp_path: Path) -> None:
    models = ChatModels(tmp_path / "known.json")
    for number in range(80):
        models.note(URL, f"m{number}", [(Form.BLOCKS, True)])
    models.note(URL, "m20", [(Form.BLOCKS, True)])
    known = list(models.all())
    assert (
        len(known) == 64 and known[-1].startswith("m20 ") and not any(one.startswith("m15 ") for one in known)
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["models", "blocks", "m"]), inner)
        ),
    )
)
def test_whatever_stands_in_the_file_is_read_as_counts_or_as_nothing(value: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "known.json")
        path.write_text(json.dumps(value), encoding="utf-8")
        models = ChatModels(path)
        assert all(one.blocks.fitted <= one.blocks.asked for one in models.all().values())
        models.note(URL, "m", [(Form.BLOCKS, True)])
        assert models.of(URL, "m").blocks.asked == 1


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"[" * 100_000, b'{"models": ' + b" " * 200_000 + b"{}}"]
)
def test_a_spoilt_file_counts_as_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(data)
    assert ChatModels(path).all() == {}


def test_a_folder_that_cannot_be_written_stops_no_edit(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    models = ChatModels(tmp_path / "file" / "known.json")
    models.note(URL, "m", [(Form.BLOCKS, True)])
    assert models.all() == {}


def test_it_is_forgotten_on_request(tmp_path: Path) -> None:
    models = ChatModels(tmp_path / "known.json")
    models.note(URL, "m", [(Form.BLOCKS, True)])
    assert (models.forget(), models.forget()) == (1, 0)
    assert models.all() == {}


def test_a_small_model_has_less_time_and_others_what_the_settings_say() -> None:
    assert seconds_for(Evidence(135), 120_000) == 18
    assert seconds_for(Evidence(135), 120_000, 90) == 90
    assert seconds_for(Evidence(70_000), 120_000) == 240

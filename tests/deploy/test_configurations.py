"""The configurations that are given away: parsed, and held against Ray's own schema where Ray is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from team.options import Options, OptionsError
from team.telemetry import DESCRIPTIONS, OWN, PREFIX

from bench.team.fleet import PYTHON
from dovetail.server.settings import gather

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
YAML = sorted(path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*.y*ml"))
CHECK = """
import json, sys, yaml
from pathlib import Path
from ray.serve.schema import ServeDeploySchema
from ray.serve.config import RequestRouterConfig
found = {}
for name in sys.argv[2:]:
    kinds = []
    for document in yaml.safe_load_all(Path(sys.argv[1], name).read_text()):
        if isinstance(document, list):
            continue  # plays of Ansible: parsed, no more
        text = document.get("spec", {}).get("serveConfigV2")
        serve = yaml.safe_load(text) if text else document if "applications" in document else None
        if serve is not None:
            known = ServeDeploySchema.model_validate(serve).model_dump(exclude_unset=True)
            kinds.append([app["args"] | {"import_path": app["import_path"]} for app in known["applications"]])
            for app in known["applications"]:
                for model in app["args"].get("llm_configs", []):
                    RequestRouterConfig.model_validate(model["deployment_config"]["request_router_config"])
    found[name] = kinds
print(json.dumps(found))
"""


def test_the_file_for_administrators_shows_each_option_with_its_default() -> None:
    text = (DEPLOY / "ray" / "team.toml").read_text()
    shown = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    defaults = {one.name: one.default for one in fields(Options) if one.name != "engine"}
    assert shown.keys() == defaults.keys()
    unlike = {name for name, value in shown.items() if value != defaults[name]}
    assert unlike == {"model", "keys"}  # which have no default worth showing


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"host": "0.0.0.0"}, "keys must name a file"),
        ({"host": "team.corp.example"}, "keys must name a file"),
        ({"host": "::"}, "keys must name a file"),
        ({"slots": 4, "atOnce": 5}, "atOnce must be at most slots (4), not 5"),
        ({"slots": 0}, "slots must be a whole number from 1"),
        ({"slots": True}, "slots must be a whole number from 1"),
        ({"queue": 1.5}, "queue must be a whole number"),
        ({"slot": 3}, "there is no option 'slot'"),
        ({"model": 3}, "model must be text"),
        ({"haproxy": "yes"}, "haproxy must be true or false"),
        ({"engine": "llama-server"}, "engine must be a list"),
    ],
)
def test_options_that_cannot_be_used_are_said(table: dict[str, object], why: str) -> None:
    with pytest.raises(OptionsError, match=re.escape(why)):
        Options.of(table)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_a_loopback_address_needs_no_keys(host: str) -> None:
    assert Options.of({"host": host, "model": "m.gguf"}).host == host


def test_configurations_of_serve_hold_against_rays_schema() -> None:
    if not PYTHON.exists():
        if os.environ.get("CI"):
            pytest.fail("scripts/get-team did not install Ray")
        pytest.skip("Ray is not installed here: scripts/get-team installs it")
    said = subprocess.run(
        [PYTHON, "-c", CHECK, DEPLOY, *YAML], capture_output=True, text=True, timeout=120, check=False
    )
    assert said.returncode == 0, said.stderr[-2000:]
    found = json.loads(said.stdout)
    served = {name: apps for name, kinds in found.items() for apps in kinds}
    assert served.keys() == {"ray/config.yaml", "kuberay/rayservice.yaml", "llm/config.yaml"}
    for (app,) in served.values():
        path = app.pop("import_path")
        if path == "team.serve:application":
            Options.of(app)
        else:
            assert path == "ray.serve.llm:build_openai_app"
            assert app["ingress_deployment_config"]["num_replicas"] >= 2
            (model,) = app["llm_configs"]
            assert model["experimental_configs"] == {"stream_batching_interval_ms": 0}


def test_the_board_asks_for_numbers_that_are_exported() -> None:
    board = json.loads((DEPLOY / "grafana" / "dovetail.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bray_(\w+)", target["expr"])
    }
    assert asked <= {PREFIX + name for name in DESCRIPTIONS}
    left = {name for name in OWN if PREFIX + name not in asked}
    assert not left, "numbers of our own that the board does not show"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_files_to_roll_out_hold_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dovetail.server.settings._policy._of_administrator", lambda _: True)
    monkeypatch.setattr("dovetail.server.settings._policy._writable_by_others", lambda _: "")
    rollout = DEPLOY / "rollout"
    found = gather(tmp_path, [], machine=rollout / "dovetail.toml", managed=rollout / "managed.toml")
    assert found.problems == []
    (endpoint,) = found.settings.endpoints
    assert endpoint.session == "X-Session-Id"
    assert found.policy.locks("statistics.share.url")
    assert not found.policy.closed

"""The configurations that do not run here, held against the public types of their formats (schemas.json)."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SCHEMAS = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def check(document: Any, kind: str) -> None:
    jsonschema.Draft202012Validator({**SCHEMAS, "$ref": f"#/$defs/{kind}"}).validate(document)


def test_kuberay() -> None:
    found = documents("kuberay/rayservice.yaml")
    assert [one["kind"] for one in found] == ["RayService", "PodMonitor", "NetworkPolicy"]
    for one in found:
        check(one, one["kind"])
    (service, monitor, policy) = found
    cluster = service["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        assert {mount["name"] for each in pod["containers"] for mount in each["volumeMounts"]} <= {
            volume["name"] for volume in pod["volumes"]
        }
    ports = {
        one["name"]: one["containerPort"]
        for one in cluster["headGroupSpec"]["template"]["spec"]["containers"][0]["ports"]
    }
    assert {one["port"] for one in monitor["spec"]["podMetricsEndpoints"]} <= ports.keys()
    let_in = {port["port"] for rule in policy["spec"]["ingress"] for port in rule.get("ports", [])}
    assert let_in == set(ports.values())


def test_the_production_stack() -> None:
    (values,) = documents("production-stack/values.yaml")
    check(values, "values")
    # The header that Dovetail sends, in small letters as the router compares it.
    assert values["routerSpec"]["sessionKey"] == "x-session-id"


def test_ansible() -> None:
    (plays,) = documents("rollout/ansible.yml")
    check(plays, "plays")
    for name in plays[0]["tasks"][1]["loop"]:
        assert (DEPLOY / "rollout" / name).is_file()


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("production-stack/values.yaml", ("routerSpec", "sessionHeader"), "x"),
        ("production-stack/values.yaml", ("routerSpec", "routingLogic"), "sticky"),
        ("production-stack/values.yaml", ("servingEngineSpec", "modelSpec", 0, "requestCPU"), "4"),
        ("kuberay/rayservice.yaml", ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "replica"), 2),
        (
            "kuberay/rayservice.yaml",
            ("spec", "rayClusterConfig", "headGroupSpec", "rayStartParams", "num-cpus"),
            0,
        ),
        ("rollout/ansible.yml", (0, "tasks", 0, "ansible.builtin.file", "mode"), 755),
    ],
)
def test_a_field_of_another_name_or_kind_is_found(name: str, place: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(documents(name)[0])
    kind = {"production-stack": "values", "kuberay": "RayService", "rollout": "plays"}[name.partition("/")[0]]
    check(document, kind)
    at = document
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(document, kind)


@pytest.mark.skipif(sys.platform == "win32", reason="a script of macOS")
def test_the_script_for_jamf_puts_both_files_where_only_root_writes(tmp_path: Path) -> None:
    """Run as it is, with programs that only say what they were called with."""
    said = tmp_path / "said"
    for name in ("mkdir", "chown", "chmod", "install"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\n(printf "%s" {name}; printf "|%s" "$@"; echo) >> "{said}"\n')
        program.chmod(0o755)
    script = DEPLOY / "rollout" / "jamf.sh"
    subprocess.run(
        ["/bin/sh", script], env={"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}, check=True, timeout=30
    )
    folder = "/Library/Application Support/dovetail"
    assert said.read_text().splitlines() == [
        f"mkdir|-p|{folder}",
        f"chown|root:wheel|{folder}",
        f"chmod|755|{folder}",
        *(
            f"install|-o|root|-g|wheel|-m|644|/private/tmp/dovetail/{name}|{folder}/{name}"
            for name in ("dovetail.toml", "managed.toml")
        ),
    ]

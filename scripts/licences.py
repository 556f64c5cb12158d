#!/usr/bin/env python3
"""Write LICENSES.md: what a plain install brings, what each extra adds, what the VS Code extension bundles, and under
which licence.

    scripts/licences.py [--check]

--check writes nothing, and ends with 1 if the page is out of date. Run it with the Python that Dovetail is installed
for. Versions are not listed: they are in constraints.txt and clients/vscode/package-lock.json.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "LICENSES.md"
NAME = "dovetail-lsp"
HEAD = """# Licences of what Dovetail brings
<!-- Written by scripts/licences.py. Do not edit. -->

Dovetail itself is under the [Apache License 2.0](LICENSE). Everything below is permissive, or under
the MPL and unmodified; a test fails on anything else. Nothing under the GPL or LGPL is installed or bundled. The
licences' texts are in each package; those of what the extension bundles are in its `ThirdPartyNotices.txt`.
"""
SHORT = (
    (
        r"^Apache( Software)?( License)?,?( Version)? ?2\.0( License)?$|^Apache Software License$",
        "Apache-2.0",
    ),
    (r"^MIT( License)?$|^The MIT License.*$", "MIT"),
    (r"^Mozilla Public License 2\.0.*$", "MPL-2.0"),
    (r"^Python Software Foundation License$", "PSF-2.0"),
)


def required(name: str, extra: str = "", seen: set[str] | None = None) -> Iterator[Distribution]:
    """A distribution and all that it needs here, each once. What is not installed is not needed on this system."""
    seen = set() if seen is None else seen
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    yield found
    for text in found.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for each in requirement.extras or {""}:
                yield from required(requirement.name, each, seen)


def licence_of(found: Distribution) -> str:
    """What its metadata says: the SPDX expression, else the classifiers, else the first line of the old field."""
    data = found.metadata
    expression = data.get("License-Expression") or ""
    classifiers = [
        line.split("::")[-1].strip()
        for line in data.get_all("Classifier") or []
        if line.startswith("License")
    ]
    old = (data.get("License") or "").strip().splitlines()[:1]
    said = expression or "; ".join(classifiers) or "".join(old) or _by_text(found)
    return next((short for pattern, short in SHORT if re.match(pattern, said)), said)


def _by_text(found: Distribution) -> str:
    """By the licence file, where the metadata says nothing: what its first lines are called."""
    for file in found.files or ():
        if re.match(r"licen[cs]e", file.name, re.IGNORECASE):
            head = " ".join(file.read_text(encoding="utf-8").split()[:12])
            return next((name for name in ("Apache License Version 2.0", "MIT License") if name in head), "")
    return ""


def installed(extra: str = "") -> dict[str, str]:
    """Licence by name of what a plain install brings, or what `extra` brings, without Dovetail itself."""
    tree = {found.metadata["Name"]: licence_of(found) for found in required(NAME, extra)}
    tree.pop(NAME, None)
    return dict(sorted(tree.items(), key=lambda item: item[0].lower()))


def bundled() -> dict[str, str]:
    """Licence by name of the packages of whose code the extension's bundle may hold some: what its sources import, and
    all that those depend on, by the lock."""
    extension = ROOT / "clients" / "vscode"
    packages = json.loads((extension / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    waiting = {
        "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
        for source in (extension / "src").rglob("*.ts")
        for name in re.findall(
            r"^import .* from '([@a-z][^']*)';", source.read_text(encoding="utf-8"), re.MULTILINE
        )
        if not name.startswith("node:") and name != "vscode"
    }
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        package = packages[f"node_modules/{name}"]
        found[name] = str(package.get("license", ""))
        waiting |= set(package.get("dependencies", {})) - set(found)
    return dict(sorted(found.items()))


def copied() -> dict[str, str]:
    """Licence by name of the scripts that the wheel holds; each has its licence file beside it."""
    folder = ROOT / "cli" / "dovetail" / "cli" / "page"
    found = {}
    for script in sorted(folder.glob("*.min.js")):
        words = script.read_text(encoding="utf-8").split("\n", 1)[0]
        name = "@observablehq/plot" if "plot" in words else "d3"
        text = (folder / f"LICENSE-{name.rpartition('/')[2]}").read_text(encoding="utf-8")
        found[name] = (
            "ISC" if text.partition("\n\n")[2].startswith("Permission to use, copy, modify, and/or") else ""
        )
    return found


def page() -> str:
    """The whole page."""
    plain = installed()
    parts = [("A plain install", plain)]
    for extra in distribution(NAME).metadata.get_all("Provides-Extra") or []:
        added = {name: licence for name, licence in installed(extra).items() if name not in plain}
        parts.append((f"Added by the extra `{extra}`", added))
    parts.append(("Copied into the wheel, for the page of `dovetail stats`", copied()))
    parts.append(("Bundled into the VS Code extension", bundled()))
    text = HEAD
    for title, tree in parts:
        if tree:
            text += f"\n## {title}\n| package | licence |\n|---|---|\n"
            text += "".join(f"| {name} | {licence} |\n" for name, licence in tree.items())
    return text


def main() -> int:
    wanted = page()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        print("LICENSES.md: out of date; run scripts/licences.py")
        return 1
    PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    print("LICENSES.md: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())

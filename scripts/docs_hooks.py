"""Hooks of mkdocs: pages that stand elsewhere in the repository become pages of the site, and each link is looked up.

The same Markdown is read in the repository and on the site. A link in it names a file of the repository; here it
becomes a link to that file's page, to its address where the repository has one, or its plain words. One that names
nothing is a warning, which `make docs` takes for an error.
"""

from __future__ import annotations

import logging
import posixpath
import re
import tomllib
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = {  # the page's name on the site, and the file that it is made from
    "index.md": "README.md",
    "architecture.md": "ARCHITECTURE.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
    "unreleased.md": "changelog.d/README.md",
    "conduct.md": "CODE_OF_CONDUCT.md",
    "licences.md": "LICENSES.md",
    "measurements.md": "bench/README.md",
    "editors/neovim-plugin.md": "clients/neovim/README.md",
    "editors/vscode.md": "clients/vscode/README.md",
}
MEDIA = (".svg", ".png", ".gif")
LINK = re.compile(r"(?P<mark>!?)\[(?P<words>[^\]\n]*)\]\((?P<target>[^)\s]+)\)")
SOURCE = re.compile(r'(?P<attribute>\b(?:src|srcset))="(?P<target>[^"]+)"')
CODE = re.compile(r"^(?: {4}|\t)|^```")
log = logging.getLogger("mkdocs.hooks.dovetail")


def on_config(config: Any) -> Any:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "editors").glob("*.md")}
    pages |= {page for page in ELSEWHERE if page.startswith("editors/")} | {"neovim.md"}
    for section in config.nav:
        if isinstance(section, dict) and "Editors" in section:
            section["Editors"] = sorted(pages, key=lambda page: page.rsplit("/", 1)[-1])
    # A page that nobody has put into its section yet is found all the same.
    named = {
        page
        for section in config.nav
        if isinstance(section, dict)
        for part in section.values()
        for page in part
    }
    others = {path.name for path in (ROOT / "docs").glob("*.md")} - named
    for section in config.nav:
        if isinstance(section, dict) and "Reference" in section:
            section["Reference"] += sorted(others)
    return config


def on_files(files: Files, config: Any) -> Files:
    for page, source in ELSEWHERE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    for source in sorted((ROOT / "clients" / "vscode" / "media").iterdir()):
        if source.suffix in MEDIA:
            files.append(File.generated(config, f"media/{source.name}", abs_src_path=str(source)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    source = ELSEWHERE.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    out, fenced = [], False
    for line in markdown.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and not CODE.match(line):
            line = LINK.sub(lambda found: _link(found, source, page), line)
            line = SOURCE.sub(lambda found: _picture(found, source, page), line)
        out.append(line)
    return "\n".join(out)


def _link(found: re.Match[str], source: str, page: Any) -> str:
    target, words, mark = found["target"], found["words"], found["mark"]
    if re.match(r"[a-z]+:|#", target):
        return found.group()
    path, _, anchor = target.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if not (ROOT / wanted).exists():
        log.warning("%s: %s names nothing in the repository", source, target)
        return found.group()
    on_site = _on_site(wanted)
    if on_site is None:
        address = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dovetail"][
            "repository"
        ]
        return f"[{words}]({address}/blob/main/{wanted})" if address and not mark else words
    there = _from(page, on_site)
    return f"{mark}[{words}]({there}{'#' + anchor if anchor else ''})"


def _picture(found: re.Match[str], source: str, page: Any) -> str:
    """The same for a picture that is written as HTML."""
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), found["target"]))
    on_site = _on_site(wanted)
    if on_site is None or not (ROOT / wanted).exists():
        log.warning("%s: the picture %s is not on the site", source, found["target"])
        return found.group()
    return f'{found["attribute"]}="{_from(page, on_site)}"'


def _from(page: Any, on_site: str) -> str:
    return posixpath.relpath(on_site, posixpath.dirname(page.file.src_uri) or ".")


def on_post_page(output: str, page: Any, config: Any) -> str:
    """A page of the site fetches nothing from elsewhere when it is read."""
    for found in re.findall(
        r"<(?:script|link|img|source|iframe)\b[^>]*(?:src|href|srcset)=\"(https?:[^\"]+)\"", output
    ):
        log.warning("%s would fetch %s", page.file.src_uri, found)
    return output


def _on_site(wanted: str) -> str | None:
    """The site's own name of a file of the repository."""
    for page, source in ELSEWHERE.items():
        if source == wanted:
            return page
    if wanted.startswith("docs/") and (ROOT / wanted).is_file() and not wanted.endswith((".json", ".1")):
        return wanted.removeprefix("docs/")
    if wanted.startswith("clients/vscode/media/") and wanted.endswith(MEDIA):
        return f"media/{Path(wanted).name}"
    if wanted == "docs/editors":
        return "editors/helix.md"
    return None

"""Signatures of what the file imports from its own workspace.

Measured on seven repositories: skeletons of imported files beat open-file windows and repository maps in recall
of the names that the hole needs.
"""

from __future__ import annotations

import asyncio
import posixpath

from dovetail.privacy import NOTHING, Shown, redact
from dovetail.text import Import, Snapshot, definitions, imports

from ...types import Snippet, SuggestionRequest, Window
from .contract import DocumentSet

MOST_FILES = 8
MOST_LINES = 10
_ENDINGS = {
    "python": (".py", "/__init__.py"),
    "javascript": (".js", ".mjs", ".jsx", ".ts", "/index.js", "/index.ts"),
    "typescript": (".ts", ".tsx", ".d.ts", ".js", "/index.ts"),
    "tsx": (".tsx", ".ts", ".js", "/index.tsx", "/index.ts"),
    "rust": (".rs", "/mod.rs"),
    "ruby": (".rb",),
    "lua": (".lua", "/init.lua"),
    "c": ("",),
    "cpp": ("",),
    "java": (".java",),
    "kotlin": (".kt",),
    "scala": (".scala",),
    "php": (".php", ""),
    "zig": ("",),
    "css": ("", ".css"),
}


def candidate_paths(path: str, found: Import, language: str) -> list[str]:
    """Workspace paths that an import may mean, likeliest first."""
    source = found.source.strip("\"'<>`")
    folder = posixpath.dirname(path)
    if language == "python":
        dots = len(source) - len(source.lstrip("."))
        base = source.lstrip(".").replace(".", "/")
        if dots:
            # One dot is the file's own package, each further dot one level up.
            for _ in range(dots - 1):
                folder = posixpath.dirname(folder)
            stems = [posixpath.join(folder, base) if base else folder]
        else:
            stems = [base, posixpath.join("src", base), posixpath.join(folder, base)]
        # `from a import b`: `b` may be a module of its own, which is likelier than a name in `a`.
        stems = [
            s for stem in stems for s in (*(posixpath.join(stem, name) for name in found.names), stem) if s
        ]
    elif source.startswith("."):
        stems = [posixpath.normpath(posixpath.join(folder, source))]
        # TypeScript imports `./a.js` and means `a.ts`.
        if stems[0].endswith((".js", ".mjs", ".jsx")):
            stems.append(stems[0].rsplit(".", 1)[0])
    else:
        plain = source.replace("::", "/").replace("\\", "/")
        if language in ("java", "kotlin", "scala", "lua", "haskell"):
            plain = plain.replace(".", "/")
        stems = [
            posixpath.join(folder, plain),
            plain,
            posixpath.join("src", plain),
            posixpath.join("include", plain),
        ]
    endings = _ENDINGS.get(language, ("",))
    paths = [posixpath.normpath(stem + ending) for stem in stems for ending in (*endings, "")]
    # Nothing above the workspace, not itself, and only files.
    return [
        p for p in dict.fromkeys(paths) if not p.startswith("..") and p != path and posixpath.splitext(p)[1]
    ]


class ImportedSignatures:
    """Headers of the definitions in imported workspace files; those that the import names come first."""

    name = "imports"
    interleaved = True

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]:
        if request.snapshot.language is None:
            return []
        result: list[Snippet] = []
        for found in await asyncio.to_thread(imports, request.snapshot):
            paths = candidate_paths(request.path, found, request.snapshot.language.name)[:12]
            there = frozenset(snippet.path for snippet in result)
            # One trip to a thread for all: a file is read, and its secrets are looked for.
            snippet = await asyncio.to_thread(
                self._first, paths, there, found, request.snapshot.uri, documents
            )
            if snippet is not None:
                result.append(snippet)
            if len(result) >= MOST_FILES:
                break
        return result

    def _first(
        self, paths: list[str], there: frozenset[str], found: Import, asked: str, documents: DocumentSet
    ) -> Snippet | None:
        for path in paths:
            # Two imports of one file: the first has brought its skeleton.
            if path in there:
                return None
            if (text := documents.read(path, asked)) is not None:
                skeleton = _skeleton(path, text, found)
                return Snippet(path, skeleton, self.name, 1.0) if skeleton else None
        return None


def _skeleton(path: str, text: Shown, found: Import) -> Shown:
    headers = definitions(Snapshot.open(path, text))
    wanted = [d for d in headers if d.name in found.names or d.parent in found.names]
    return redact("\n".join(d.signature for d in (wanted or headers)[:MOST_LINES])) if headers else NOTHING

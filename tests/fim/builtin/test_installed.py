"""What is installed: which packages are found, which of their names, and what they are good for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.learner.installed import imported, installed, packages
from dovetail.fim.builtin.learner.learn import learn, load
from dovetail.fim.builtin.learner.signatures import signatures
from dovetail.fim.builtin.learner.store import Store
from dovetail.fim.builtin.learner.walk import Walk
from dovetail.fim.types import INSTALLED
from dovetail.privacy import Exclusions
from dovetail.text import Snapshot

KEY = "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"
PYTHON = f'''
import os
API_KEY = "{KEY}"
TIMEOUT: float = 3.0
_hidden = 1
def fetch_document(
    url: str,
    *, retries: int = 3,  # times
) -> "Document":
    """Not this one: def docstring()."""
    inner_name = 1
    def nested(): pass
class Document(Base):
    title: str
    def render_page(self, width): return width
    def _private(self): pass
class _Secret:
    def unseen(self): pass
@decorated
async def fetch_all(urls): pass
'''


def test_public_names_of_python() -> None:
    found = signatures(PYTHON, "python")
    for wanted in (
        'def fetch_document(url: str, *, retries: int = 3) -> "Document":',
        "class Document(Base):",
        "    title: str",
        "    def render_page(self, width)",
        "TIMEOUT: float",
        "async def fetch_all(urls)",
    ):
        assert wanted in found
    for absent in ("_hidden", "nested", "inner_name", "_private", "_Secret", "unseen", "docstring"):
        assert absent not in found


@pytest.mark.parametrize(
    ("language", "text", "public", "private"),
    [
        (
            "typescript",
            "/* never */\nexport interface Options {\n  retryLimit?: number; // times\n  private own: string;\n}\n",
            ("export interface Options {", "retryLimit"),
            ("never", "own"),
        ),
        (
            "go",
            "func NewClient(url string) *Client {\nfunc (c *Client) Do(r Request) error {\nfunc hidden() {\n"
            "type Client struct {\n\tTimeout int\n\town int\n",
            ("func NewClient(url string) *Client", "Do(r Request)", "\tTimeout int", "type Client struct"),
            ("hidden", "own"),
        ),
        (
            "rust",
            "pub fn spawn(f: F) -> Handle {\n    pub async fn join(self) {}\nfn hidden() {}\npub struct Pool {\n"
            "    pub size: usize,\n    own: u8,\n",
            ("pub fn spawn(f: F) -> Handle", "pub async fn join(self)", "pub struct Pool", "pub size: usize"),
            ("hidden", "own"),
        ),
    ],
)
def test_public_names_of_other_languages(
    language: str, text: str, public: tuple[str, ...], private: tuple[str, ...]
) -> None:
    found = signatures(text, language)
    assert all(name in found for name in public)
    assert not any(name in found for name in private)
    assert signatures(text, "cobol") == ""


def write(base: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text, encoding="utf-8")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    write(
        root,
        {
            ".gitignore": ".venv/\nnode_modules/\n",
            ".git/HEAD": "ref: refs/heads/main\n",
            "app.py": "import docs\nfrom single import thing\nimport absent\n",
            "other.py": "import unused_here\n",
            "web/page.ts": "import { get } from 'http-kit/client'\nimport x from './local'\n",
            "go.mod": "module example.org/me\n\nrequire (\n\tgithub.com/Big/kit v1.2.3\n)\n",
            "main.go": 'package main\n\nimport (\n\t"fmt"\n\tkit "github.com/Big/kit/sub"\n)\n',
            "Cargo.lock": '[[package]]\nname = "fast-pool"\nversion = "0.3.1"\n',
            "src/main.rs": "use fast_pool::Pool;\n",
            ".venv/lib/python3.11/site-packages/docs/__init__.py": PYTHON,
            ".venv/lib/python3.11/site-packages/docs/tests/test_x.py": "def test_inside(): pass\n",
            ".venv/lib/python3.11/site-packages/docs/credentials.json": "{}",
            ".venv/lib/python3.11/site-packages/single.py": "def thing(): pass\n",
            ".venv/lib/python3.11/site-packages/never.py": "def never_imported(): pass\n",
            "node_modules/http-kit/index.d.ts": "export declare function get(url: string): void;\n",
        },
    )
    write(tmp_path / "go/pkg/mod/github.com/!big/kit@v1.2.3", {"sub/kit.go": "package kit\nfunc Run() {\n"})
    write(tmp_path / "cargo/registry/src/index-1/fast-pool-0.3.1", {"src/lib.rs": "pub struct Pool {}\n"})
    return root


def environment(work: Path) -> dict[str, str]:
    return {"GOPATH": str(work.parent / "go"), "CARGO_HOME": str(work.parent / "cargo")}


def test_only_what_is_imported_is_found_the_open_files_imports_first(work: Path) -> None:
    files = Walk([Exclusions(work)]).files()
    names = imported(files, work / "app.py")
    assert set(names[:3]) == {("python", "docs"), ("python", "single"), ("python", "absent")}
    found = {p.name: p for p in packages(names, [work], environment(work))}
    assert set(found) == {"docs", "single", "http-kit", "github.com/Big/kit/sub", "fast_pool"}


def test_limits_secrets_and_settings_hold(work: Path) -> None:
    files = Walk([Exclusions(work)]).files()

    def keys(globs: tuple[str, ...] = (), limit: int = 1 << 20) -> set[str]:
        sources = installed(
            files, [work], near=None, extra_globs=globs, limit=limit, environment=environment(work)
        )
        return {source.key.removeprefix(INSTALLED) for source in sources}

    everything = keys()
    assert everything == {
        "python/docs/__init__.py",
        "python/single/single.py",
        "typescript/http-kit/index.d.ts",
        "go/github.com/Big/kit/sub/kit.go",
        "rust/fast_pool/lib.rs",
    }
    assert keys(("*.d.ts",)) == everything - {"typescript/http-kit/index.d.ts"}
    assert keys(limit=10) == set()


def test_names_of_packages_are_completed_and_their_keys_never(work: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    learnt = learn(store, [work], installed_limit=1 << 20)
    library = load(store)
    assert library is not None
    assert library.installed >= 2
    assert learnt.files == library.files
    model = BuiltinModel()
    model.adopt(library)
    text = "import docs\npage = docs.fetch_d"
    snapshot = Snapshot.open("file:///new.py", text + "\n")
    found = model.complete(snapshot, snapshot.lines.point(len(text)), "new.py", count=3)
    assert any(proposal.text.startswith("ocument") for proposal in found)
    assert model.search("render_page width", most=1)[0].path.startswith(INSTALLED)
    assert not any(KEY[:5] in word for word in library.vocabulary)
    assert not learn(store, [work], installed_limit=1 << 20).changed
    assert learn(store, [work]).changed
    library = load(store)
    assert library is not None
    assert library.installed == 0


def test_private_modules_that_a_package_gives_on_are_its_own(tmp_path: Path) -> None:
    kit = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages" / "kit"
    kit.mkdir(parents=True)
    (kit / "__init__.py").write_text("from ._api import fetch\nfrom os import _exit\n", encoding="utf-8")
    for name in ("_api", "_inner", "open"):
        (kit / f"{name}.py").write_text(
            f"def {name.strip('_')}_call(url, timeout=3): pass\n", encoding="utf-8"
        )
    (tmp_path / "app.py").write_text("import kit\n", encoding="utf-8")
    files = Walk([Exclusions(tmp_path, ())], 1 << 20).files(None)
    found = installed(files, [tmp_path], near=None, extra_globs=(), environment={})
    assert [Path(each.key).name for each in found] == ["__init__.py", "_api.py", "open.py"]

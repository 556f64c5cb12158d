"""What the code says may come next: parameters of a call, members of an object, names that were just bound."""

from __future__ import annotations

import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.lexer import words_of
from dovetail.fim.builtin.words.table import NAMES
from dovetail.fim.types import INSTALLED

PYTHON = """
class Client(Base):
    def __init__(self, base_url, *, timeout: float = 3, retries=None):
        self.base_url = base_url

    def fetch_orders(self, limit: int, after=None):
        return []

def other(): pass
def mask(text, keep_last=4, *, star="*"):
    return text
"""
GO = """
type Command struct {
    Use string
}
func (c *Command) Execute(ctx Context, args []string) error {
    return nil
}
"""
TYPESCRIPT = """
export class Ky {
	readonly options: Options;
	constructor(input: Input, settings: Options = {}) {
		this.request = new Request(input);
	}
	async retryDelay(attempt: number) {
	}
}
"""
PACKAGE = """
def get(url, params=None, **kwargs):
class Session:
  def send(self, request):
class Adapter(Upper):
  def close(self):
class Upper:
  def mend(self):
codes =
"""
LITERALS = """
text.split(","), text.strip(), items.append(1), table.setdefault("a", 1), parts.join("b"), size.toFixed(2)
v.to_string()
"""
COLUMNS = {name: NAMES.index(name) for name in ("parameter", "member", "bound")}


def hinted(above: list[str], head: str, path: str = "app/main.py") -> dict[str, dict[str, float]]:
    """By kind, the candidates that the code hints at behind `head`, each with its rank."""
    model = BuiltinModel()
    for name, text in (("shop/client.py", PYTHON), ("cmd/root.go", GO), ("source/ky.ts", TYPESCRIPT)):
        model.update(name, text)
    model.update(f"{INSTALLED}python/requests/api.py", PACKAGE)
    model.update("notes.txt", LITERALS)
    lines = [*(f"{line}\n" for line in above), f"{head}\n"]
    words, options = model.look(lines, len(above), head, path)
    found: dict[str, dict[str, float]] = {kind: {} for kind in COLUMNS}
    for option in options:
        for token, row in zip(option.table.tokens, option.table.rows, strict=True):
            for kind, column in COLUMNS.items():
                if row[column] >= 0:
                    found[kind][words.vocabulary.texts[token].strip()] = float(row[column])
    return found


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        (["client = Client(timeout=3)"], "client.", {"__init__", "base_url", "fetch_orders"}),
        (["def f(client: Client):"], "    client.fe", {"fetch_orders"}),
        (["x = 1"], "Client.", {"__init__", "base_url", "fetch_orders"}),
        (["x = 1"], "unknown.", set()),
        (["x = requests"], "requests.", set()),
        (["import requests"], "x = requests.", {"get", "Session", "codes", "Adapter", "Upper"}),
        (["import requests as web"], "x = web.", {"get", "Session", "codes", "Adapter", "Upper"}),
        (["from shop import client"], "client.", {"Client", "other", "mask"}),
        (["import requests"], "requests.Session.", {"send"}),
        (["a = Adapter()"], "a.me", {"mend"}),
        (["	cmd := &Command{}"], "	cmd.", {"Execute", "Use"}),
        (["	const ky = new Ky(1);"], "	ky.", {"constructor", "request", "options", "retryDelay"}),
    ],
)
def test_members_of_what_the_object_was_made_of(above: list[str], head: str, names: set[str]) -> None:
    found = hinted(above, head)["member"]
    assert found.keys() <= names and len(found) >= min(1, len(names))
    assert not hinted(above, head)["parameter"]


@pytest.mark.parametrize(
    ("path", "above", "head", "names"),
    [
        ("a.py", [], 'x = ", ".', {"join", "split", "strip"}),
        ("a.py", ['line = f"{a}"'], "line.", {"join", "split", "strip"}),
        ("a.py", ["rows = []"], "rows.", {"append"}),
        ("a.py", ["rows: list[str] = []", "n = 1"], "rows.ap", {"append"}),
        ("a.py", ['seen = {"a": 1}'], "seen.", {"get", "items", "setdefault"}),
        ("a.py", ['line = "a"', "line = Client()"], "line.", {"__init__", "base_url", "fetch_orders"}),
        ("a.py", ["line = read()", 'other.line = "a"'], "line.", set()),
        ("a.ts", ["const parts = [];"], "parts.", {"join"}),
        ("a.ts", ["let size = 1.5;"], "size.", {"toFixed"}),
        ("a.rs", ['let v = "a";'], "v.", {"to_string", "split"}),
        ("a.go", ['v := "a"'], "v.", set()),
    ],
)
def test_members_of_a_literal(path: str, above: list[str], head: str, names: set[str]) -> None:
    assert hinted(above, head, path)["member"].keys() == names


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ([], "client = Client(", {"base_url", "timeout", "retries"}),
        ([], "client = Client(url, timeout=3, ", {"base_url", "retries"}),
        (["client = Client(", "    url,"], "    timeout=3, re", {"retries"}),
        ([], "print(mask(", {"text", "keep_last", "star"}),
        ([], "print(mask(name), ", set()),
        ([], "def mask(", set()),
        ([], "	new Ky(", {"input", "settings"}),
        ([], "total = (", set()),
    ],
)
def test_parameters_of_the_call_that_it_does_not_name_yet(
    above: list[str], head: str, names: set[str]
) -> None:
    assert hinted(above, head)["parameter"].keys() == names


def test_names_that_were_just_bound_are_known_nearest_first() -> None:
    above = ["def far(away):", "    pass", "", "def f(order, base_url):", "    timeout = 1", "    limit = 2"]
    found = hinted(above, "    return ")["bound"]
    assert sorted(found, key=lambda name: found[name]) == ["limit", "timeout", "order"]
    assert not hinted(above, "    x.")["bound"]
    assert words_of("    return ") == ("return",)

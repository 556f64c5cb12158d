"""What the code says may come next: parameters of a call, members of an object, names that were just bound."""

from __future__ import annotations

import numpy as np
import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.lexer import words_of
from dovetail.fim.builtin.words.chain import Options, Words
from dovetail.fim.builtin.words.table import NAMES, said_of
from dovetail.fim.types import INSTALLED
from dovetail.text import Snapshot

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
func NewCommand(n int) *Command {
    return nil
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
OTHER = """
def other_of(client) -> Client:
    return client

async def orders_of(client) -> list[Client]:
    return []

class Wide(Client, Unknown):
    def widen(self): ...

class Sheer(Client):
    shade = 1

class Any:
    def __getattr__(self, name):
        return name
"""
COLUMNS = {name: NAMES.index(name) for name in ("parameter", "member", "bound")}
WHOLE = NAMES.index("members whole")


def model_of(files: dict[str, str]) -> BuiltinModel:
    model = BuiltinModel()
    for name, text in files.items():
        model.update(name, text)
    return model


def looked(above: list[str], head: str, path: str = "app/main.py") -> tuple[Words, list[Options]]:
    files = {"shop/client.py": PYTHON, "cmd/root.go": GO, "source/ky.ts": TYPESCRIPT, "shop/other.py": OTHER}
    model = model_of({**files, f"{INSTALLED}python/requests/api.py": PACKAGE})
    lines = [*(f"{line}\n" for line in above), f"{head}\n"]
    return model.look(lines, len(above), head, path)


def hinted(above: list[str], head: str, path: str = "app/main.py") -> dict[str, dict[str, float]]:
    """By kind, the candidates that the code hints at behind `head`, each with its rank."""
    words, options = looked(above, head, path)
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
        (["client = Client(timeout=3)"], "client.", {"base_url", "fetch_orders"}),
        (["def f(client: Client):"], "    client.fe", {"fetch_orders"}),
        (["def f(client: Optional[Client]):"], "    client.fe", {"fetch_orders"}),
        (["def f(clients: list[Client]):"], "    clients.fe", set()),
        (["x = 1"], "Client.", {"base_url", "fetch_orders"}),
        (["x = other_of(1)"], "x.", {"base_url", "fetch_orders"}),
        (["x = await self.other_of(1)"], "x.", {"base_url", "fetch_orders"}),
        (["x = orders_of(1)"], "x.", set()),
        (["x = Sheer()"], "x.", {"shade", "base_url", "fetch_orders"}),
        # What another function binds, and what is bound to something else since.
        (["def f():", "    x = Client()", "def g(x):"], "    x.", set()),
        (["x = Client()", "x = read()"], "x.", set()),
        (
            ["def f(self):", "    self.x = Client()", "def g(self):"],
            "    self.x.",
            {"base_url", "fetch_orders"},
        ),
        (["x = 1"], "unknown.", set()),
        (["x = requests"], "requests.", set()),
        (["import requests"], "x = requests.", {"get", "Session", "codes", "Adapter", "Upper"}),
        (["import requests as web"], "x = web.", {"get", "Session", "codes", "Adapter", "Upper"}),
        (["from shop import client"], "client.", {"Client", "other", "mask"}),
        (["import requests"], "requests.Session.", {"send"}),
        (["a = Adapter()"], "a.me", {"mend"}),
    ],
)
def test_members_of_what_the_object_was_made_of(above: list[str], head: str, names: set[str]) -> None:
    found = hinted(above, head)["member"]
    assert found.keys() <= names and len(found) >= min(1, len(names))
    assert not hinted(above, head)["parameter"]


@pytest.mark.parametrize(
    ("path", "above", "head", "names"),
    [
        ("cmd/new.go", ["	cmd := &Command{}"], "	cmd.", {"Execute", "Use"}),
        ("cmd/new.go", ["func f(cmd *Command) {"], "	cmd.", {"Execute", "Use"}),
        ("cmd/new.go", ["	cmd := NewCommand(1)"], "	cmd.", {"Execute", "Use"}),
        ("source/a.ts", ["	const ky = new Ky(1);"], "	ky.", {"request", "options", "retryDelay"}),
        # A body in one line, and what stands below it.
        (
            "a.ts",
            ["interface User { id: number; email(): string }", "function f(user: User) {"],
            "  user.",
            {"id", "email"},
        ),
        (
            "a.rs",
            [
                "struct Point { x: f64, y: Vec<Vec<u8>>, z: Map<u8, A> }",
                "fn f(point: &Point) {",
                "  let z = 1;",
            ],
            "  point.",
            {"x", "y", "z"},
        ),
        ("a.go", ["type Point struct { X, Y int }", "func f(p *Point) {"], "	p.", {"X", "Y"}),
        (
            "a.rs",
            ["struct Point {", "    x: f64,", "}", "impl Point {", "    fn f(&self) {"],
            "        self.",
            {"x", "f"},
        ),
        (
            "a.rs",
            [
                "struct Point<T> {",
                "    x: T,",
                "}",
                "impl<T: Into<Vec<u8>>> fmt::Display for Point<T> where T: Ord {",
                "    fn f(&self) {",
            ],
            "        self.",
            {"x", "f"},
        ),
        # A class of another language is another class.
        ("source/a.ts", ["	const client = new Client(1);"], "	client.", set()),
    ],
)
def test_members_in_other_languages(path: str, above: list[str], head: str, names: set[str]) -> None:
    assert hinted(above, head, path)["member"].keys() == names


@pytest.mark.parametrize(
    ("path", "above", "head", "whole"),
    [
        ("a.py", ["x = Client()"], "x.", False),  # `Base` is nowhere
        ("a.py", ["x = Sheer()"], "x.", False),
        ("a.py", ["x = Any()"], "x.", False),
        ("a.py", ["x = Plain()"], "x.", False),  # there is none
        ("a.py", ["class Plain:", "    a = 1", "    b = 2", "", "x = Plain()"], "x.", True),
        ("a.py", ["class Plain(ABC):", "    a = 1", "", "x = Plain()"], "x.", True),
        ("a.py", ["class Plain(metaclass=Odd):", "    a = 1", "", "x = Plain()"], "x.", False),
        (
            "a.py",
            ["class Plain:", "    a = 1", "", "class Plain:", "    b = 1", "", "x = Plain()"],
            "x.",
            False,
        ),
        ("a.py", ["class Plain:", "    a = 1", "", "    def f(self):"], "        self.", False),
        ("a.py", ["x = []"], "x.", False),
        ("cmd/new.go", ["	cmd := &Command{}"], "	cmd.", True),
        ("source/a.ts", ["	const ky = new Ky(1);"], "	ky.", True),
        ("a.rb", ["class Plain", "  def a", "  end", "end", "x = Plain.new"], "x.", False),
    ],
)
def test_a_class_is_known_to_be_whole(path: str, above: list[str], head: str, whole: bool) -> None:
    _, options = looked(above, head, path)
    rows = np.concatenate([option.table.rows for option in options]) if options else np.empty((0, WHOLE + 1))
    assert (rows[:, WHOLE] > 0).tolist() == [whole] * len(rows)


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ([], "from shop.client import ", {"Client", "other", "mask"}),
        ([], "from shop.client import Cl", {"Client"}),
        ([], "from shop.client import mask, ot", {"other"}),
        ([], "from .client import mask, ma", set()),
        (["from shop.client import ("], "    ma", {"mask"}),
        (["from shop.client import (", "    mask,"], "    o", {"other"}),
        ([], "from requests import Se", {"Session"}),
        ([], "from nowhere import Cl", set()),
    ],
)
def test_names_to_import(above: list[str], head: str, names: set[str]) -> None:
    assert hinted(above, head)["member"].keys() == names


def test_a_class_of_the_document_is_read_over_the_borders_of_its_pieces() -> None:
    fields = [f"    field_{number} = {number}\n" for number in range(600)]
    above = ["class Long:\n", *fields, "    very_last = 1\n", "\n", "x = Long()\n"]
    words, (option, *_) = BuiltinModel().look([*above, "x.very_\n"], len(above), "x.very_", "a.py")
    assert [words.vocabulary.texts[token] for token in option.table.tokens] == ["very_last"]
    assert option.table.rows[0, NAMES.index("members")] == 256  # too many to be known to be whole
    assert option.table.rows[0, WHOLE] == 0


def test_a_class_is_not_read_as_it_was_saved() -> None:
    model = model_of({"a.py": "class Plain:\n    was = 1\n    stays = 1\n"})
    above = ["class Plain:\n", "    now = 1\n", "    stays = 1\n", "\n", "x = Plain()\n"]
    words, (option, *_) = model.look([*above, "x.\n"], len(above), "x.", "a.py")
    members = {
        words.vocabulary.texts[token]
        for token, row in zip(option.table.tokens, option.table.rows, strict=True)
        if row[COLUMNS["member"]] >= 0
    }
    assert members == {"now", "stays"}
    assert option.table.rows[0, WHOLE] == 1


@pytest.mark.parametrize(
    ("path", "above", "head", "names"),
    [
        ("a.py", [], 'x = ", ".', {"join", "format", "split"}),
        ("a.py", ['line = f"{a}"'], "line.", {"join", "format", "split"}),
        ("a.py", ["rows = []"], "rows.", {"append"}),
        ("a.py", ["rows: list[str] = []", "n = 1"], "rows.ap", {"append"}),
        ("a.py", ['seen = {"a": 1}'], "seen.", {"get", "items"}),
        ("a.py", ['line = "a"', "line = Client()"], "line.", {"base_url", "fetch_orders"}),
        ("a.py", ["line = read()", 'other.line = "a"'], "line.", set()),
        ("a.ts", ["const parts = [];"], "parts.", {"map", "push"}),
        ("a.ts", ["let size = 1.5;"], "size.", {"toString", "toFixed"}),
        ("a.rs", ['let v = "a";'], "v.", {"to_string", "len"}),
        ("a.go", ['v := "a"'], "v.", set()),
    ],
)
def test_members_of_a_literal(path: str, above: list[str], head: str, names: set[str]) -> None:
    found = hinted(above, head, path)["member"].keys()
    assert names <= found
    assert bool(found) == bool(names)


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ([], "client = Client(", {"base_url", "timeout", "retries"}),
        ([], "client = Client(url, timeout=3, ", {"base_url", "retries"}),
        (["client = Client(", "    url,"], "    timeout=3, re", {"retries"}),
        ([], "print(mask(", {"text", "keep_last", "star"}),
        ([], "print(mask(name), ", set()),
        ([], "def mask(", set()),
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


SHOP = {
    "shop/client.py": """class OrderClient:
    def __init__(self, base_url, timeout_seconds=3):
        self.base_url = base_url

    def fetch_orders(self, page_number, include_archived=False):
        return []

    def cancel_order(self, order_id):
        return None
"""
}


@pytest.mark.parametrize(
    ("above", "typed", "wanted"),
    [
        # `shop.client` stands above, and is no member.
        (
            "from shop.client import OrderClient\n\nclient = OrderClient('u')\n",
            "found = client.c",
            "ancel_order",
        ),
        (
            "from shop.client import OrderClient\n\nclient = OrderClient('u')\n",
            "found = client.f",
            "etch_orders",
        ),
        ("", "from shop.client import Or", "derClient"),
        (
            "def total(price_list, tax_rate):\n    amount = sum(price_list)\n",
            "    return amount * t",
            "ax_rate",
        ),
    ],
)
def test_what_the_code_says_counts_in_a_small_workspace(above: str, typed: str, wanted: str) -> None:
    snapshot = Snapshot.open("file:///shop/new.py", above + typed)
    end = snapshot.lines.point(len(above + typed))
    best = model_of(SHOP).complete(snapshot, end, "shop/new.py")[0]
    assert best.text.startswith(wanted)
    assert best.confidence > 0.5


def test_strangers_to_a_known_class_get_what_its_members_leave() -> None:
    above = [
        "class Plain:\n",
        "    go = 1\n",
        "    good = 2\n",
        "\n",
        "god = gone = Plain()\n",
        "x = Plain()\n",
    ]
    words, options = BuiltinModel().look([*above, "x.go\n"], len(above), "x.go", "a.py")
    texts = [words.vocabulary.texts[token] for token in options[0].table.tokens]
    assert {"good", "god", "gone"} <= set(texts)
    even = words._without_strangers(options[0].table, [0.4] * len(texts))
    assert dict(zip(texts, even, strict=True)) == pytest.approx({"good": 0.4, "god": 0.24, "gone": 0.24})


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, 0),
        ({"member": 2, "fitting members": 1, "typed": 1}, 1),
        ({"member": 2, "fitting members": 3, "typed": 1}, 2),
        ({"member": 2, "fitting members": 9, "typed": 1}, 0),
        ({"parameter": 0, "fitting parameters": 1, "typed": 1}, 3),
        ({"parameter": 0, "fitting parameters": 1, "typed": 5}, 4),
        ({"bound": 0, "fitting names": 1, "typed": 2}, 6),
        ({"bound": 0, "fitting names": 2, "typed": 2}, 0),
        ({"fitting members": 1, "typed": 1}, 8),
        ({"fitting members": 1, "typed": 1, "members whole": 1}, 9),
        ({"fitting parameters": 1, "typed": 1}, 10),
        ({"members whole": 1, "fitting members": 4}, 12),
        ({"members whole": 1, "fitting members": 4, "member": 1}, 13),
        ({"members whole": 1, "typed": 1}, 14),
        ({"member": 2, "fitting members": 1, "typed": 1, "workspace level": 0}, 15),
        ({"bound": 0, "fitting names": 1, "typed": 9, "workspace level": 0}, 21),
        ({"members whole": 1, "fitting members": 4, "member": 1, "workspace level": 0}, 22),
    ],
)
def test_kinds_of_what_the_code_says(given: dict[str, float], kind: int) -> None:
    row = np.zeros((1, len(NAMES)), np.float32)
    row[0, NAMES.index("workspace level")] = 2
    for name in ("parameter", "member", "bound"):
        row[0, NAMES.index(name)] = -1
    for name, value in given.items():
        row[0, NAMES.index(name)] = value
    assert said_of(row).tolist() == [kind]

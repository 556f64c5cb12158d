"""The members of what is made without a class of its own: object literals, enums, namespaces, structs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.lexer import words_of
from dovetail.fim.builtin.model.question import Question
from dovetail.fim.builtin.words import definitions
from dovetail.fim.builtin.words.imports import Origin, origin_of
from dovetail.fim.builtin.words.objects import GO, PYTHON, SCRIPT, braced, made

API = """
export const api = {
  fetchUser(id) {
    return get(id);
  },
  retries: 3,
  async saveUser(user) {
    await put(user);
  },
  nested: {
    deep: 1,
    deeper: { deepest: 2 },
  },
  handler: () => {
    const inner = { hidden: 1 };
  },
  shorthand,
  "quoted-key": 1,
  'plainKey': 2,
  [computed]: 3,
  get size() { return 1; },
  ...others,
};
export const plain = { alpha: 1, beta: { gamma: 2, delta() { return 1; } } };
export enum Colour { Red, Green = "g", Blue = 3 }
export const enum Size {
  Small = 1,
  Large,
}
export const KEYS = {
  up: "ArrowUp",
  down: "ArrowDown",
} as const;
export const typed: Record<string, number> = {
  first: 1,
  second: 2,
};
export let strict = { width: 1, height: 2 } satisfies Shape;
function local() {
  const within = { unseen: 1 };
}
"""
FILES = {
    "src/api.ts": API,
    "src/other.ts": "export const api = { elsewhere: 1 };\n",
    "src/index.ts": "export { plain } from './api';\n",
    "src/lib.js": """
const helper = 1;
module.exports = {
  parseLine(text) {
    return text;
  },
  formatLine: (text) => text,
  helper,
};
""",
    "src/doors.js": """
exports.openDoor = function () {};
exports.closeDoor = () => {};
module.exports.lockDoor = lockDoor;
exports.frame = { hinge: 1 };
""",
    "src/widget.js": """
export default {
  name: "widget",
  data() {
    return { count: 0 };
  },
  methods: { go() {} },
};
""",
    "src/settings.js": """
const settings = {
  theme: "dark",
  locale: "de",
};
export default settings;
""",
    "app/kinds.py": """
@dataclass
class Point:
    x_pos: int
    y_pos: int = 0

class Shade(Enum):
    DARK = 1
    LIGHT = 2

class Row(NamedTuple):
    ident: int
    label: str

Pair = namedtuple("Pair", ["left", "right"])
Trio = namedtuple("Trio", "uno dos, tres")
options = SimpleNamespace(verbose=True, depth=3)
Mode = Enum("Mode", "FAST SLOW")
seen = isinstance(options, Point) or (options is None)
""",
    "shop/order.go": """
package shop

type Base struct {
	Ident string
}

func (b *Base) Save() error {
	return nil
}

type Order struct {
	Base
	Total int
	items []string
}

type Opener interface {
	Open(name string) error
}

type part struct {
	size int
}

var Defaults = struct {
	Depth int
	Width int
}{Depth: 1, Width: 2}

func (o Order) Cancel(reason string) {
}
""",
    "src/engine.rs": """
pub struct Engine {
    pub speed: u32,
    fuel: f64,
}

impl Engine {
    pub const MAX: u32 = 3;
    pub fn start(&mut self) -> bool {
        true
    }
    fn halt(&self) {}
}

#[derive(Debug)]
pub enum Gear {
    /// The first, with a } in its comment.
    First,
    #[serde(rename = "back")]
    Reverse { ratio: f64 },
    Neutral(u8),
}
""",
}


def members(above: str, head: str, path: str) -> set[str]:
    """What the code says may stand behind `head`, which follows the lines `above`."""
    model = BuiltinModel()
    for name, text in FILES.items():
        model.update(name, text)
    lines = [*(f"{line}\n" for line in above.split("\n")), f"{head}\n"]
    question = Question(model._state, lines, len(lines) - 1, path, ())
    assert question.words.hinter is not None
    texts = question.words.vocabulary.texts
    return {texts[token] for token in question.words.hinter.at(words_of(head.strip())).members}


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ("const box = { width: 1, height: 2 };", "box.", "width height"),
        ("const api = {\n  fetchAll() {\n    return 1;\n  },\n  tries: 3,\n};", "api.", "fetchAll tries"),
        ("var box = { go() { return 1; }, stop: () => 2 };", "if (box.", "go stop"),
        ("let box: Record<string, number> = { width: 1 };", "box.", "width"),
        ("const box = Object.freeze({\n  one: 1,\n  two: 2,\n});", "box.", "one two"),
        ("const box = { one: 1 } as const;", "box?.", "one"),
        ("const cfg = {\n  server: {\n    port: 1,\n  },\n  debug: true,\n};", "cfg.", "server debug"),
        ("const cfg = {\n  server: {\n    port: 1,\n  },\n  debug: true,\n};", "cfg.server.", "port"),
        ("const cfg = { a: { b: { cee: 1 } }, dee: 1 };", "cfg.a.b.", "cee"),
        ("const cfg = { a: 1 };", "cfg.a.", ""),
        ("const box = {};\nbox.late = 1;\nbox.other = () => 2;", "box.", "late other"),
        ("const box = { a: 1 };\nbox.late = 1;", "box.", "a late"),
        ("const box = { a: 1 };\nbox = read();", "box.", ""),
        ("function f() {\n  const box = { width: 1 };", "  box.", "width"),
        ("function f() {\n  const box = { width: 1 };\n}\nfunction g(box) {", "  box.", ""),
        ("class App {\n  state = {\n    open: true,\n  };\n  run() {", "    this.state.", "open"),
        ("class App {\n  constructor() {\n    this.state = { open: true };\n  }\n  run() {", "    this.state.", "open"),
        ("const api = {\n  tries: 3,\n  go() {", "    this.", "tries go"),
        # What is no object, or another one.
        ("const box = merge({ one: 1 });", "box.", ""),
        ("const box = { one: 1 }.one;", "box.", ""),
        ("const { one, two } = source;", "source.", ""),
        ("const f = () => {\n  const q = 1;\n  return q;\n};", "f.", ""),
        ("const other = { one: 1 };", "box.", ""),
        ("call({ box: { one: 1 } });", "one.", ""),
        # Signs that are no brackets or commas.
        ("const box = { a: '}, b: {', c: \"'\", d: `}\n${x}`, e: /[}']/ };", "box.", "a c d e"),
        ("const box = { f: 1 /* } */, // }\n  g: 1 };", "box.", "f g"),
        ("const box = { a: 'it\\'s }', b: 1, 'c-d': 2, 'e': 3, 4: 5, [f]: 6, ...g, h };", "box.", "a b e h"),
        ("const box = { get size() { return 1; }, async load() {} };", "box.", "size load"),
        ("const box = { get: 1, default: 2 };", "box.", "get default"),
        ("const box = { a: 1,", "  b: box.", "a"),
        # From other files.
        (
            "import { api } from './api';",
            "api.",
            "fetchUser retries saveUser nested handler shorthand plainKey size",
        ),
        ("import {\n  Colour,\n  api as client,\n} from './api';", "client.nested.", "deep deeper"),
        ("import { api } from './other';", "api.", "elsewhere"),
        ("import { plain } from '.';", "plain.beta.", ""),
        ("import { plain } from './index';", "plain.beta.", "gamma delta"),
        ("import { typed } from './api';", "typed.", "first second"),
        ("import { strict } from './api';", "strict.", "width height"),
        ("import { within } from './api';", "within.", ""),
        ("", "api.", ""),
        ("import { KEYS } from './api';", "KEYS.", "up down"),
        ("import { Colour } from './api';", "Colour.", "Red Green Blue"),
        ("", "Size.", "Small Large"),
        ("const lib = require('./lib');", "lib.", "parseLine formatLine helper"),
        ("import lib from './lib.js';", "lib.", "parseLine formatLine helper"),
        ("const doors = require('./doors');", "doors.", "openDoor closeDoor lockDoor frame"),
        ("const doors = require('./doors');", "doors.frame.", "hinge"),
        ("import widget from './widget';", "widget.", "name data methods"),
        ("import widget from './widget';", "widget.methods.", "go"),
        ("import conf from './settings';", "conf.", "theme locale"),
    ],
)  # fmt: skip
def test_objects_in_javascript_and_typescript(above: str, head: str, names: str) -> None:
    assert members(above, head, "src/main.ts") == set(names.split())


@pytest.mark.parametrize(
    ("above", "head", "names"),
    [
        ("p = Point(1)", "p.", "x_pos y_pos"),
        ("x = 1", "Shade.", "DARK LIGHT"),
        ("r = Row(1, 2)", "r.", "ident label"),
        ("r = Pair(1, 2)", "r.", "left right"),
        ("r = Trio(1, 2, 3)", "r.", "uno dos tres"),
        ("x = 1", "Mode.", "FAST SLOW"),
        ("opts = SimpleNamespace(verbose=True, depth=3)", "opts.", "verbose depth"),
        ("o = types.SimpleNamespace(\n    lower=1,  # a)\n    upper=max(2, big=3),\n)", "o.", "lower upper"),
        ("o = SimpleNamespace(inner=SimpleNamespace(a=1), b=2)", "o.inner.", "a"),
        ("opts = dict(verbose=True)", "opts.verb", ""),
        ("from app.kinds import options", "options.", "verbose depth"),
        ("from app.kinds import (\n    Row,\n    options as chosen,\n)", "chosen.", "verbose depth"),
        ("", "options.", ""),
    ],
)
def test_namespaces_in_python(above: str, head: str, names: str) -> None:
    assert members(above, head, "app/main.py") == set(names.split())


@pytest.mark.parametrize(
    ("path", "above", "head", "names"),
    [
        ("shop/m.go", "func f(o *Order) {", "\to.", "Base Total items Cancel Ident Save"),
        ("shop/m.go", "\to := &Order{Total: 1}", "\to.", "Base Total items Cancel Ident Save"),
        ("shop/m.go", "func f(o Opener) {", "\to.", "Open"),
        ("shop/m.go", "func f(p part) {", "\tp.", "size"),
        ("shop/m.go", "func f(p *part) {", "\tp.", "size"),
        ("shop/m.go", "func f(p string) {", "\tp.", ""),
        ("shop/m.go", "\tcfg := struct {\n\t\tA, B int // }\n\t\tC string\n\t}{1, 2, ``}", "\tcfg.", "A B C"),
        ("shop/m.go", "", "\tDefaults.", "Depth Width"),
        ("src/m.rs", "let e = Engine { speed: 1, fuel: 0.0 };", "e.", "speed fuel MAX start halt"),
        ("src/m.rs", "", "Gear::", "First Reverse Neutral"),
        ("src/m.rs", "fn f(g: Gear) {", "g.", ""),
        ("src/m.rs", "", "Engine::", "speed fuel MAX start halt"),
        ("src/m.rs", "impl Gear {\n    fn all() {", "        Self::", "First Reverse Neutral all"),
    ],
)
def test_structs_and_enums(path: str, above: str, head: str, names: str) -> None:
    assert members(above, head, path) == set(names.split())


@pytest.mark.parametrize(
    ("line", "name", "origin"),
    [
        ("import x, { y as z } from '../a/b.mjs'", "x", Origin("b", "")),
        ("import x, { y as z } from '../a/b.mjs'", "z", Origin("b", "y")),
        ("import x, { y as z } from '../a/b.mjs'", "y", None),
        ("import { default as x } from 'b'", "x", Origin("b", "")),
        ("import type { X } from './b'", "X", Origin("b", "X")),
        ("import * as x from './b'", "x", None),
        ("import './x'", "x", None),
        ("const { a, b: c } = require('./b')", "a", Origin("b", "a")),
        ("const { a, b: c } = require('./b')", "c", Origin("b", "b")),
        ("const a = load('./b')", "a", None),
        ("from ..b import c as d, e", "d", Origin("b", "c")),
        ("from ..b import c as d, e", "e", Origin("b", "e")),
        ("from ..b import c as d, e", "c", None),
        ("import b", "b", None),
    ],
)
def test_where_a_name_is_imported_from(line: str, name: str, origin: Origin | None) -> None:
    assert origin_of([line], 1, name) == origin
    assert origin_of([line], 0, name) is None


def test_a_file_of_a_module_is_read_once_for_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = definitions.defined_by
    monkeypatch.setattr(definitions, "defined_by", lambda words, **how: read.append("") or real(words, **how))
    model = BuiltinModel()
    model.update("app/kinds.py", FILES["app/kinds.py"])
    for number in range(1, 4):
        lines = [*["import kinds\n"] * number, "kinds.\n"]
        hinter = Question(model._state, lines, number, "app/main.py", ()).words.hinter
        assert hinter is not None and hinter.at(words_of("kinds.")).members
        if number == 1:
            once = len(read)
    assert len(read) == once > 0


def test_what_is_bound_to_no_object_is_not_read_far(monkeypatch: pytest.MonkeyPatch) -> None:
    model = BuiltinModel()
    for number in range(20):
        model.update(f"src/{number}.ts", "const config = load();\n" + "use(config, 1);\n" * 400)
    model.update("src/conf.ts", "export const config = { depth: 1 };\n")
    read: list[int] = []
    real = definitions.Definitions.texts_of
    monkeypatch.setattr(
        definitions.Definitions,
        "texts_of",
        lambda self, tokens: read.append(len(tokens)) or real(self, tokens),
    )
    lines = ["import { config } from './conf';\n", "config.\n"]
    hinter = Question(model._state, lines, 1, "src/main.ts", ()).words.hinter
    assert hinter is not None and len(hinter.at(words_of("config.")).members) == 1
    assert sum(read) < 4_000


def test_what_is_in_a_list_is_no_member_of_it() -> None:
    found = members("const box = [{ one: 1 }];", "box.", "src/main.ts")
    assert "push" in found and "one" not in found


SIGNS = (*"(){}[],;:=*#?/'\"`\\.@", "...", "//", "/*", "*/", '"""', "\n  ", "a", "get", "Enum", "1", "struct")


@settings(deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=40), st.sampled_from([SCRIPT, PYTHON, GO]))
def test_whatever_stands_in_a_text_is_read_to_an_end(texts: list[str], language: str) -> None:
    begins = {SCRIPT: ["{"], PYTHON: ["SimpleNamespace", "("], GO: ["struct", "{"]}
    for begin in (begins[language], ["Enum", "(", '"', "a", '"', ","], []):
        found = made([*begin, *texts], 0, [], language)
        assert found is None or found.names.keys() <= {"a", "get", "Enum", "struct"}


def test_an_object_that_is_cut_off_may_have_more() -> None:
    texts = ["{", "a", ":", "1", ",", "b", ":", "{", "c", ":", "2", "}", ",", "}"]
    assert braced(texts, 0)[0].whole
    for end in range(1, len(texts)):
        found, behind = braced(texts[:end], 0)
        assert not found.whole and behind == end and found.names.keys() <= {"a", "b"}

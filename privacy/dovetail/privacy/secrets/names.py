"""Where the value of a telling name stands: behind `=` or `:`, as an argument, in an element, on the next line."""

from __future__ import annotations

import re

from attrs import define

from .opening import Follows, Open, indent_of, led_on
from .telling import IDENTIFIER, is_plural, telling
from .values import Telling, made_of_words


@define(frozen=True, slots=True)
class Value:
    """A value behind a telling name."""

    start: int
    """Code points from the start of the line; the end is exclusive."""
    end: int
    telling: Telling
    quoted: bool
    near: bool = True
    """Whether it stands where a value stands, not merely further on in the line."""


_CLOSERS = re.compile(r"(?:[ \t]<(?:const|close)>)?(?:\\{0,7}[\"'`)\]}*]){0,4}")
_BLANKS = re.compile(r"[ \t]{0,40}")
_OPERATOR = re.compile(r"=>|::=|:=|\?:|===|==|!==|!=|\?\?=|\|\|=|\?=|\+=|->|<-|\?\?|\|\||=|::|:|,|\(|\{|\[|>")
_TYPED = re.compile(r"[&*]?['\w.<>\[\]?|]{1,48}(?: ?[\w.<>\[\]?|&']{1,24})?[ \t]{0,8}=(?!=)[ \t]{0,8}")
_PADDED = re.compile(r"(?<=\w)=(?:[\r\n#})\],]|\Z)")
"""An equals sign that ends a value in base64, and not a type."""
_GO_TYPED = re.compile(r"(?:\[\d{0,6}\]|[\w.*]{1,32}) {0,8}(?:=|:=)[ \t]{0,8}(?=[\"'`])")
_VALUE_ATTRIBUTE = re.compile(
    r"\"?'?[ \t,]{0,8}\"?(?:value|content|default|Value|newValue)\"?[ \t]{0,4}[=:][ \t]{0,4}(?=[\"'])"
)
_DEFAULT = re.compile(r"[\"'] {0,4}\{ {0,4}default {0,8}= {0,4}(?=\")")
_VALUE_ELEMENT = re.compile(r"</\w{1,32}>[ \t]{0,16}<(?:value|string)>")
_ELEMENT_OPENS = re.compile(r"<[\w:.\-]{1,64}[ \t][^<>]{0,160}[\"']\Z")
_ELEMENT_ENDS = re.compile(r"[\"'][^<>]{0,160}>[ \t]{0,40}[\r\n]*\Z")
_CHAINED = re.compile(
    r"[\"'`]?\]?[\"'`]?\)[ \t]{0,4}\.(?:type|send_?keys|fill|(?:set_?)?value|val|input|enter_?text|press_?sequentially)"
    r"\([ \t]{0,4}(?=[\"'`])|[\"'`]?\]?[\"'`],[ \t]{0,4}(?=[\"'`])",
    re.IGNORECASE,
)
"""A field of a form is found by its name, and filled: `get("#password").type("…")`, `fill("[name=password]", "…")`."""
_PREFIX = re.compile(
    r"(?:[bBrRuUfFLN]{1,2}|@|\$|new [\w.]{1,32}\(|(?:Some|Just)[ (]{1,2}|\[\]\w{1,8}\(|"
    r"(?:\w{1,24}::){0,2}\w{0,24}\((?:\w{1,16}:[ ]?)?)?(?=\\{0,7}[\"'`])"
)
_QUOTE = re.compile(r"\\{0,7}(?:\"\"\"|'''|''(?=[^\s\"'`,;.:+|&=!<>(){}\[\]])|[\"'`])")
"""Two single quotes too, as Nix has them, if they do not stand for an empty string."""
_BARE = re.compile(r"[^\s;,\"'`<>(){}\[\]]{1,512}")
_BARE_IN_QUERY = re.compile(r"[^\s;,&\"'`<>(){}\[\]\\]{1,512}")
_AN_OPTION = re.compile(r"--[a-z][a-z0-9\-]{1,24}(?:=|\Z)")
_INDEX = re.compile(r"\w{0,16}\][ \t]{0,8}=?[ \t]{0,8}")
_BARE_TO_END = re.compile(r"[^\s\"'`<>]{1,512}")
_CONFIG = re.compile(
    r"[ \t]*(?:export |set |set -{1,2}\w{1,9} |setx |ENV |ARG |declare -x |local |- |\"|')?[\w.\-/]*\Z",
    re.ASCII,
)
_END = re.compile(r"[ \t]*(?:[#;].*|\\)?[\r\n]*\Z")
_NAME_ENTRY = re.compile(
    r"[ \t\-{]*[\"']?(?:[Nn]ame|[Kk]ey)[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?([\w.\-]{3,128})[\"']?,?[\r\n]*\Z|"
    r"[ \t]*(?:<[\w:.\-]{1,64}(?:[ \t][^<>\n]{0,160})?[ \t](?:[Nn]ame|[Kk]ey|[Ii]d|type)|(?:[Ii]d|type))=\""
    r"([\w.\- ]{3,128})\"[ \t]*[\r\n]*\Z|"
    r"[ \t]*<(?:\w{1,16}-)?(?:key|name)>([\w.\- ]{3,128})</(?:\w{1,16}-)?(?:key|name)>[ \t]*[\r\n]*\Z"
)
"""`name: DB_PASSWORD`, whose value stands on the next line (`value: …`)."""
_TO_END = re.compile(r"[^\r\n#\"']{12,512}")
_LITERAL = re.compile(r"\"([^\"\\]{0,4096})\"|'([^'\\]{0,4096})'|`([^`\\]{0,4096})`")
"""Short ones too: what stands between two of them is none, however long it is."""
_PROMPT = re.compile(
    r"\bexpect\w{0,16}[ (]|\A[ \t]*(?:-\w{2,8} )?[\"'{][^\"'{}\n]{1,64}[\"'}][ \t]\{[ \t]*[\r\n]*\Z"
)
"""A program waits for a question there: `expect "Password:"`, and in a list of several `"Password:" {`."""
_BRACKET = re.compile(r"[ \t]*(?:new )?(?:[\w.<>\[\]*:]{1,48}[ \t]?)?([\[{(])[ \t]*[\r\n]*\Z")
_CELL = re.compile(r"[* ]{0,40}\|[ ]{0,40}`?([^\s|`]{4,128})`?[ ]{0,200}\|")
"""The next column of a table."""
_BOLD = re.compile(r"(?::\*\*|\*\*:)[ ]{0,4}")
_NO_MORE = re.compile(r"[ \t]*[\r\n]*\Z")
_DATA = re.compile(r"[ \t]*(string|binary)?[dD]ata:[ \t]*[\r\n]*\Z")
_SHORT_LITERAL = re.compile(r"\"([^\"\\\n]{0,256})\"|'([^'\\\n]{0,256})'|`([^`\\\n]{0,256})`")
_SEVERAL = re.compile(
    r"\b([\w$]{0,60}[sS])[\"']?[ \t]{0,8}(?:=|:|=>|:=)[ \t]{0,8}(?:new )?[\w.<>\[\]*]{0,32}[ \t]?[\[{(]|"
    r"\b(\w{2,60})[ \t]{1,4}(?:not[ \t]{1,4})?in[ \t]{0,4}[(\[{]"
)
_BLOCK = re.compile(r"[ \t]*[|>][+\-0-9]{0,2}[ \t]*[\r\n]*\Z")
_CALL = re.compile(r"[\w\])]\(|\[[\w:]")
_NOTHING = re.compile(
    r"[ \t(\[\\]{0,64}+(?:\]?[\w.:]{0,40}\()?[ \t]{0,4}(?:[bruf]{0,2}(?:\"\"\"|''')\\?|`|={0,4}\[|"
    r"<<[<~\-]?[ \t]?[\"']?\w{1,32}[\"']?(?:\.\w{1,16}){0,2};?)?[\r\n]*\Z"
)
"""Nothing, or the beginning of a text of several lines: a triple quote, Lua's long bracket, a here-document."""


def values(line: str) -> tuple[list[Value], Open | None]:
    """The places of a line at which a telling name's value stands, and what is open at its end."""
    found: list[Value] = []
    opened: Open | None = None
    strongest: tuple[int, Telling] | None = None
    for match in IDENTIFIER.finditer(line):
        kind = telling(match[0])
        if kind is None:
            continue
        # "key: …" alone says little; "API key: …" is a secret's name in two words.
        if kind in (Telling.WEAK, Telling.PASSWORD) and match.start():
            kind = _with_words_before(line, match.start(), match[0], kind)
        if strongest is None or kind.rank < strongest[1].rank:
            strongest = match.start(), kind
        value, opens = _behind(line, match.start(), match.end(), kind)
        if value is not None and not _is_verdict(line, match[0], value):
            found.append(value)
        if opens is not None:
            opened = opens
    # The value stands on the next line under a name of its own (`value:`), whatever else this line says.
    if (entry := _NAME_ENTRY.match(line)) is not None:
        kind = telling(entry[1] or entry[2] or entry[3])
        opened = Open(kind, indent_of(line), Follows.ENTRY) if kind is not None else opened
    elif (leads := led_on(line)) is not None:
        opened = leads
    elif strongest is not None and opened is None and _PROMPT.search(line):
        opened = Open(strongest[1], indent_of(line), Follows.ENTRY)
    # A line that speaks of a secret may hold it further on: any literal in it is tried, but only random ones
    # count.
    if strongest is not None and strongest[1] is not Telling.WEAK:
        for match in _LITERAL.finditer(line):
            start, end = match.span(match.lastindex or 0)
            if end - start >= 16:
                found.append(Value(start, end, Telling.NAMED, True, near=False))
    # `passwords = ["…", "…"]`: each item is one.
    if (
        (several := _SEVERAL.search(line)) is not None
        and (of_all := telling(several[1] or several[2])) is not None
        and of_all.chosen
    ):
        literals = _SHORT_LITERAL.finditer(line, several.end())
        found += (Value(*match.span(match.lastindex or 0), Telling.PASSWORD, True) for match in literals)
    return found, opened


def _is_verdict(line: str, name: str, value: Value) -> bool:
    """Whether a test has passed there: `PASS  tests/a.test2.js`, `--- PASS: TestLogin/case_2`."""
    if name != "PASS" or value.quoted or not made_of_words(line[value.start : value.end]):
        return False
    timed = line[value.end :].lstrip(" \t").startswith(("(", "["))
    return timed or "/" in line[value.start : value.end] or line.lstrip().startswith("--- ")


_BEFORE = re.compile(
    r"(?:\b(?P<key>api|secret|access|private|auth|signing|encryption|master|service|client|account|license)[ ])\Z|"
    r"\b(?P<owner>[\w\-]{2,32})\.\Z",
    re.IGNORECASE,
)


def _with_words_before(line: str, start: int, name: str, kind: Telling) -> Telling:
    """What a name tells together with the word before it: `API key: …`, `datasource.password=…`."""
    before = _BEFORE.search(line, max(0, start - 40), start)
    if before is None:
        return kind
    if kind is Telling.WEAK:
        return Telling.SECRET if before["key"] and name.lower() == "key" else kind
    return (
        Telling.ACCOUNT if before["owner"] and telling(before["owner"] + "_pass") is Telling.ACCOUNT else kind
    )


def data_of_secret(line: str) -> Open | None:
    """Of a line that heads the data of a Kubernetes object, what follows it: in a secret that is base64, or text."""
    match = _DATA.match(line)
    if match is None:
        return None
    text = match[1] == "string"
    return Open(Telling.PASSWORD, indent_of(line), Follows.EACH if text else Follows.ENCODED)


def _opens(line: str, name: str, sign: str, at: int, kind: Telling) -> Open | None:
    """What is open where nothing follows the operator `sign`, or only a bracket."""
    if sign not in (":", "=", "=>", ":=", "(", ",", "{"):
        return None
    bracket = "{" if sign == "{" and _NO_MORE.match(line, at) else ""
    if sign not in "({," and (match := _BRACKET.match(line, at)) is not None:
        bracket = match[1]
    indent = indent_of(line)
    plural = sign != "{" and (bracket or (sign == ":" and _NO_MORE.match(line, at)))
    if plural and kind is not Telling.WEAK and is_plural(name):
        return Open(kind, indent, Follows.EACH)
    if bracket == "{":
        return Open(kind, indent, Follows.DEFAULT)
    return Open(kind, indent, Follows.NEXT) if sign != "{" and _NOTHING.match(line, at) else None


def _behind(line: str, start: int, end: int, kind: Telling) -> tuple[Value | None, Open | None]:
    at = end
    # The order matters: each form is a special case of those below it (`value="…"` would otherwise pass for
    # an operator).
    if (element := _VALUE_ELEMENT.match(line, at)) is not None:
        return _text_of_element(line, element.end(), kind), None
    if (attribute := _VALUE_ATTRIBUTE.match(line, at)) is not None:
        return _quoted(line, attribute.end(), kind), None
    if (default := _DEFAULT.match(line, at)) is not None:
        return _quoted(line, default.end(), kind), None
    chained = _CHAINED.match(line, at)
    # Two arguments (`"password", "…"`) are a field and its text only where people choose the value.
    if chained is not None and (kind.chosen or chained[0][-1] != ","):
        return _quoted(line, chained.end(), kind), None
    if (bold := _BOLD.match(line, at)) is not None:
        word = _BARE.match(line, bold.end())
        lone = word is not None and _NO_MORE.match(line, word.end())
        bare = Value(*word.span(), kind, quoted=False) if word is not None and lone else None
        return bare or _quoted(line, bold.end(), kind), None
    # An element whose attribute is the name: its text follows on the next line.
    if _ELEMENT_ENDS.match(line, at) and line.lstrip().startswith("<"):
        return None, Open(kind, indent_of(line), Follows.ENTRY)
    closers = _CLOSERS.match(line, at)
    at = closers.end() if closers else at
    # A table has a bar in front of the first column as well; otherwise the bar is an operator.
    own = kind.chosen or kind in (Telling.SECRET, Telling.MADE_UP)
    if own and (cell := _CELL.match(line, at)) is not None and "|" in line[:start]:
        return Value(*cell.span(1), kind, quoted=False), None
    blank = _BLANKS.match(line, at)
    gap = blank.end() if blank else at
    if (go := _GO_TYPED.match(line, gap)) is not None and gap > at:
        return _quoted(line, go.end(), kind), None
    operator = _OPERATOR.match(line, gap)
    if operator is None:
        return _as_argument(line, start, at, gap, kind), None
    sign, at = operator[0], _BLANKS.match(line, operator.end()).end()  # type: ignore[union-attr]
    if sign == ">" and _NO_MORE.match(line, operator.end()) and line.lstrip().startswith("<"):
        return None, Open(
            kind, indent_of(line), Follows.NEXT if line[end : end + 1] == ">" else Follows.ENTRY
        )
    if sign == ">" and (line[end : end + 1] == ">" or _ELEMENT_OPENS.search(line, max(0, gap - 240), gap)):
        return _text_of_element(line, operator.end(), kind), None
    if sign == "[":  # an array in C, or a key: `password[25] = "…"`
        index = _INDEX.match(line, operator.end())
        at = index.end() if index else at
    if sign in (":", "=", "=>") and _BLOCK.match(line, at):
        return None, Open(kind, indent_of(line), Follows.BLOCK)
    ended = ")" in line[end:gap]  # the end of a call or of a list of parameters
    if not ended and (opens := _opens(line, line[start:end], sign, at, kind)) is not None:
        return None, opens
    # `password: str = "…"`: the value stands behind the type.
    if (
        sign == ":"
        and (typed := _TYPED.match(line, at)) is not None
        and not _PADDED.match(line, typed.end() - 1)
    ):
        at = typed.end()
        if not ended and _NOTHING.match(line, at):
            return None, Open(kind, indent_of(line), Follows.NEXT)
    prefix = _PREFIX.match(line, at)
    if prefix is not None:
        return _quoted(line, prefix.end(), kind), None
    if kind is Telling.PHRASE and sign in ("=", ":") and (words := _TO_END.match(line, at)) is not None:
        return Value(*words.span(), kind, True), None
    if sign in ("=", ":", "=>", "?=", ":=") and not (sign == ":" and line.startswith(":", operator.end())):
        # `::` is a scope, not a colon with a value.
        return _bare(line, start, at, sign, kind, spaced=gap > end or at > operator.end()), None
    return None, None


def _quoted(line: str, at: int, kind: Telling) -> Value | None:
    """A value in quotes; one whose end is missing goes to the end of the line."""
    opening = _QUOTE.match(line, at)
    if opening is None:
        return None
    start = opening.end()
    close = start
    mark = opening[0]
    # A quote behind a backslash belongs to the value, unless the opening quote was escaped as well: then the
    # whole literal stands inside another one.
    while True:
        close = line.find(mark, close)
        if close < 0:
            close = len(line.rstrip("\r\n"))
            break
        if mark.startswith("\\") or line[close - 1] != "\\" or close == start:
            break
        close += len(mark)
    return Value(start, close, kind, True) if close > start else None


def _text_of_element(line: str, start: int, kind: Telling) -> Value | None:
    end = line.find("<", start)
    if end <= start:
        end = len(line.rstrip("\r\n"))
    return Value(start, end, kind, True) if line[start:end].strip() else None


def _as_argument(line: str, start: int, end: int, at: int, kind: Telling) -> Value | None:
    """`--password hunter2`, `PASSWORD "…"`, `machine h login l password p`."""
    if at == end or line[start:end] == "pass":  # a word of sentences, and of Python
        return None
    if _QUOTE.match(line, at):
        return _quoted(line, at, kind)
    # `-p` or `--password`: the hyphens may be only part of a word.
    option = line[:start].endswith("--") or (
        line[start - 1 : start] == "-" and start >= 2 and line[start - 2] in " \t"
    )
    setting = kind.chosen and re.search(
        r"(?:^|[\s/])(?:login|user|machine|set|SET)\s+\S*\s*\Z", line[max(0, start - 80) : start]
    )
    lone = re.fullmatch(
        r"[ \t]*(?:set +(?:-{1,2}\w{1,9} +){0,3}|SETENV +|ENV +|ARG +|Environment=)?[\w.\-]*", line[:start]
    ) and _END.match(line, _stop(line, at))
    word = _BARE.match(line, at)
    if word is not None and _AN_OPTION.match(word[0]):
        return None
    if not (option or setting or lone):
        return Value(*word.span(), Telling.NAMED, False) if word and kind is not Telling.WEAK else None
    return Value(*word.span(), kind, False) if word else None


def _stop(line: str, at: int) -> int:
    word = _BARE_TO_END.match(line, at)
    return word.end() if word else at


def _bare(line: str, start: int, at: int, sign: str, kind: Telling, *, spaced: bool) -> Value | None:
    """A value without quotes: the line is one setting, or the name stands inside a string or a query."""
    # Up to 200 characters back: a line that is one setting starts with it.
    if _CONFIG.match(line[max(0, start - 200) : start]):
        word = _BARE_TO_END.match(line, at)
        if word is not None and _END.match(line, word.end()):
            if kind is Telling.ACCOUNT and not _is_setting(line, start, at, spaced):
                kind = Telling.PASSWORD
            return None if _CALL.search(word[0]) else Value(*word.span(), kind, quoted=not _is_code(word[0]))
    word = _BARE.match(line, at) if sign != "=" else _BARE_IN_QUERY.match(line, at)
    if word is None:
        return None
    inside = _inside_quotes(line, start)
    # A call or an index (`password = get(…)`) is code, and no value.
    if line[word.end() : word.end() + 1] in ("(", "[", "{") or line[word.end() - 1 : word.end() + 1] == "->":
        return None
    set_for_command = (
        kind is Telling.ACCOUNT and not line[:start].strip() and _is_setting(line, start, at, spaced)
    )
    return Value(*word.span(), kind, quoted=set_for_command or (inside and not spaced))


def _is_setting(line: str, start: int, at: int, spaced: bool) -> bool:
    """Whether an unquoted word is a value there, no variable or type: `DB_PASSWORD=x`, `a.password=x`."""
    name = IDENTIFIER.match(line, start)
    assert name is not None
    if line[:at].rstrip().endswith(":"):
        return name[0].isupper() or (name[0].islower() and line[at : at + 1].islower() and "_" in name[0])
    return not spaced and (name[0].isupper() or line[:start].endswith("."))


def _is_code(word: str) -> bool:
    """Whether what stands without quotes may as well be an expression."""
    return word.endswith((",", ";")) or re.search(r"[(){}\[\]$]|\.[A-Za-z_]", word) is not None


def _inside_quotes(line: str, at: int) -> bool:
    head = line[max(0, at - 2000) : at]
    return any(head.count(mark) % 2 for mark in ('"', "'", "`")) or "?" in head or "&" in head

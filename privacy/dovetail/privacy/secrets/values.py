"""Whether a value looks like a secret: how random it is, and whether a person wrote it as a placeholder."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from enum import Enum
from functools import lru_cache

_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[A-Za-z]")
_WORDS_TEXT = """
    my your the a an some test tests testing fake dummy sample example default new old user users db root admin
    super top shared client server access refresh api auth session csrf bearer invalid wrong bad good valid
    correct secure secret secrets random long very change changed changeme replace insert enter put here me this
    that with in is it be to of and or not set use used real own strong value values string text data key keys
    token tokens password passwords passwd passphrase pass pwd pw username name names id none null nil undefined
    true false empty todo tbd redacted hidden masked placeholder foo bar baz qux xyz abc production development
    prod dev staging local localhost please something anything whatever field input type same other another
    different goes from for on no yes you app application web www com org private public credential credentials
    first second third one two three
"""
_WORDS = frozenset(_WORDS_TEXT.split())
_LONGEST = max(map(len, _WORDS))
# "1234" to "1234567890".
_COUNTED = frozenset("1234567890"[:size] for size in range(4, 11))
"""Nobody's number, but counted up."""
_TEMPLATE = re.compile(
    r"\$\{|\{\{|\}\}|<[A-Za-z_ \-]+>|%\(|%[sdv]|\$\(|\{[\w.:!\[\]'\"]*\}|\[[A-Z_ ]+\]|#\{|\.\.\.|\u2026"
)
_VARIABLE = re.compile(
    r"[\-=?+]?\$(?:env:)?(?:[A-Z_][A-Z0-9_]*|[a-z]+[0-9]?(?:_[a-z0-9]+)*|[a-z]+(?:[A-Z][a-z]+)*)|%[A-Za-z_]\w*%|@[a-z][\w.\-]*@|![A-Z_]+!|"
    r"(?:env|prop|var|sys|file|ssm|vault|op|ref):[A-Za-z_/.][\w/.\-]*"
)
"""What a shell, a batch file or a build puts a value in place of."""
_EXPRESSION = re.compile(r"\(\?[=!:<]|\[\^?(?:[A-Za-z]-[A-Za-z]|[0-9]-[0-9])|\.\*|\\[dwsbDWSB]")
"""What regular expressions have in them."""
_RULES = re.compile(r"[a-z_]{2,32}(?::[\w,]{1,64})?(?:\|[a-z_]{2,32}(?::[\w,]{1,64})?)+")
"""The rules of a field of a form: `required|string|min:8`."""
_TAGS = re.compile(r"(?:\w{1,24}:\"[^\"]{0,128}\" ?){1,8}")
"""The tags of a field in Go."""
_BETWEEN = re.compile(r"[\s_\-.!?:<>\[\]()]+")
_WORD_BREAK = re.compile(r"[_\-./:\s|+]+")
_WORDS_ONLY = re.compile(
    r"[A-Za-z]{2,}|[0-9]{1,4}|[A-Za-z]+[0-9]{1,3}|[A-Za-z]?[0-9]{1,3}[A-Za-z]{1,3}|[A-Za-z]"
)
_TYPES = re.compile(
    r"(?:u?int|float|double|uint|bytes?|str|string|f|i|u|s|utf_?-?|sha_?-?|md|base|rsa_?-?|aes_?-?|hmac_?-?sha_?-?|ed|x|v|"
    r"gpio|pin|led|adc|dac|pwm|version|oauth|arg|param|var|val|p|t|tmp|temp|char|varchar|number|bits?|level|http|ipv|h|argon|pbkdf|secp|hs|rs|es|ps|"
    r"sql|python|py|node|es|win|web|s|k|r|n|c|a|b|d|e|g)"
    r"[0-9]{1,4}(?:[a-z]{1,2}[0-9]{0,2})?",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"[A-Z]")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)
_CHAIN = re.compile(
    r"(?:var|vars|local|data|module|self|this|env|process|config|settings|secrets|options|opts|args|params|props|ctx|"
    r"req|request|inputs|outputs|github|vault|each|import)(?:\.[A-Za-z_]\w{0,64}){1,8}|[A-Za-z_]\w{0,64}(?:\.[A-Za-z_]\w{0,64}){2,8}"
)
"""An attribute of an attribute, as code and templates write it: `module.db.password2`."""
_WRITTEN_PATH = re.compile(
    r"[\w\-]{1,64}(?:/[\w.\-]{1,64}){2,16}|[\w\-]{1,64}(?:/[\w.\-]{1,64}){1,16}\.[a-z]{1,5}[0-9]?"
)
"""Three names and more with slashes between them, or a file in a folder."""
_IN_BRACKETS = re.compile(r"[(\[{]")
_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]{32,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BASE64_TEXT = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_MARK = re.compile(r"[^\w\s]", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")


class Telling(Enum):
    """How much the name in front of a value says about it."""

    PASSWORD = "password"
    """A password, which people choose: short, perhaps with spaces."""
    ACCOUNT = "password of an account"
    """A password whose name also tells whose it is (`DB_PASSWORD`): no label is called so, and words count too."""
    PHRASE = "passphrase"
    MADE_UP = "program's secret"
    """A key that a person may choose where a program should (`JWT_SECRET`): a word and a number count too."""
    SECRET = "secret"
    """A key or token, which a program made."""
    NAMED = "named"
    """The name speaks of a secret without being one's name (`token_prefix`): only what looks random counts."""
    WEAK = "weak"
    """A word that also means other things (`key`, `auth`): only what looks very random counts."""

    @property
    def chosen(self) -> bool:
        """Whether people choose such a value, so that it may be short."""
        return self in (Telling.PASSWORD, Telling.ACCOUNT)

    @property
    def rank(self) -> int:
        """0 for the kind that says most."""
        return _RANKS[self.value]


_RANKS = {kind.value: rank for rank, kind in enumerate(Telling)}


def has_digit(value: str) -> bool:
    return _DIGIT.search(value) is not None


def has_hole(value: str) -> bool:
    """Whether it is a template, or what a shell or a build puts a value in place of."""
    return _TEMPLATE.search(value) is not None or _VARIABLE.fullmatch(value) is not None


@lru_cache(maxsize=8192)
def is_placeholder(value: str) -> bool:
    """Whether a person would read it as "put yours here", or it is a template's hole."""
    # All sixteen hexadecimal digits in order are an alphabet, no key.
    if has_hole(value) or "0123456789abcdef" in value.lower():
        return True
    bare = _BETWEEN.sub("", value)
    # "xxxx", "****", "0000", with or without separators.
    if len(set(bare)) <= 2:
        return True
    return len(bare) <= 48 and _covered(bare.lower())


def _covered(text: str) -> bool:
    """Whether words that stand for a secret, and numbers of up to three digits, make up all of it."""
    # `reached[n]`: the first n characters are made of such words. Linear in the text, times the longest word:
    # trying every way to cut it would grow exponentially.
    reached = [True, *[False] * len(text)]
    for start in range(len(text)):
        if not reached[start]:
            continue
        for end in range(start + 1, min(len(text), start + _LONGEST) + 1):
            part = text[start:end]
            if (
                part in _WORDS
                or part in _COUNTED
                # Three digits at most, none of them next to another number: `test123`, but not a date or an
                # account's number.
                or (end - start <= 3 and part.isdecimal() and not text[start - 1 : start].isdecimal())
                # A letter three times or more: `xxx`, `aaaa`.
                or (end - start >= 3 and len(set(part)) == 1)
            ):
                reached[end] = True
    return reached[-1]


def _entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def random_looking(value: str, least: int = 16, bits: float = 3.3) -> bool:
    """Keys mix letters and digits and use many different characters; names and sentences do not."""
    if len(value) < least or not (_DIGIT.search(value) and _LETTER.search(value)):
        return False
    # Bounded: a single line may be a megabyte of base64.
    if any(character.isspace() for character in value[:4096]):
        return False
    if made_of_words(value) or is_path(value) or _is_camel_case(value):
        return False
    return _entropy(value[:4096]) >= bits


def _is_camel_case(value: str) -> bool:
    """Whether capitals and small letters come in runs, as in `PackedFloat32Array`: in random ones a run has two."""
    if len(value) > 64 or value.islower() or value.isupper():
        return False
    runs = _CAMEL.findall(value)
    return bool(runs) and sum(map(len, runs)) >= 3.5 * len(runs)


@lru_cache(maxsize=8192)
def is_encoded_text(value: str, least: int = 12) -> bool:
    """Whether it is text in base64: what looks like a word does not decode to printable characters alone."""
    if not least <= len(value) <= 4096 or len(value) % 4 or not _BASE64_TEXT.fullmatch(value):
        return False
    try:
        text = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return all(32 <= byte < 127 or byte in (9, 10, 13) for byte in text)


def _is_noise(value: str) -> bool:
    """A long run of letters, digits and marks of every kind, spaces among them, as generators of salts make it."""
    if not 40 <= len(value) <= 256 or len(_MARK.findall(value)) < 8 or len(set(_MARK.findall(value))) < 6:
        return False
    return len(_DIGIT.findall(value)) >= 3 and len(_CAPITAL.findall(value)) >= 3 and _entropy(value) >= 4.6


def random_letters(value: str) -> bool:
    """A long run of letters alone that is no word and no identifier: capitals everywhere, or no vowels."""
    if len(value) < 16 or not value.isascii() or not value.isalpha() or _entropy(value) < 3.3:
        return False
    # Of random letters about half are capitals; of identifiers, far fewer.
    share = len(_CAPITAL.findall(value)) / len(value)
    if 0.3 <= share <= 0.7:
        return True
    return len(value) >= 20 and share in (0.0, 1.0) and _CONSONANTS.search(value) is not None


def made_of_words(value: str) -> bool:
    """Whether it is words and small numbers between separators, as identifiers and paths are."""
    parts = [part for part in _WORD_BREAK.split(value) if part]
    # A single part with a digit in it may well be a key: `hunter2`.
    return all(_WORDS_ONLY.fullmatch(part) for part in parts) and (len(parts) > 1 or not has_digit(value))


def is_words(value: str) -> bool:
    """Whether it is words with small numbers, one alone (`handler2`, `16-alpine`) too: no password but a name."""
    return all(
        _WORDS_ONLY.fullmatch(part) and (len(part) != 4 or not part.isdecimal() or part[:2] in ("19", "20"))
        for part in _WORD_BREAK.split(value)
        if part
    )


def is_path(value: str) -> bool:
    """Whether it is a path, an address without a secret part, a domain or a MIME type."""
    if _WRITTEN_PATH.fullmatch(value) and made_of_words(value):
        return True
    return (
        (value.startswith(("/", "./", "../", "~", "#", "@")) and not _BASE64.fullmatch(value))
        or "://" in value
        or value.startswith("arn:")
    )


def is_reference(value: str) -> bool:
    """Whether, without quotes, it is where code takes a value from, and not one."""
    return _CHAIN.fullmatch(value) is not None and made_of_words(value)


def is_secret(value: str, telling: Telling, *, quoted: bool) -> bool:
    """Whether `value`, found behind a name of that kind, is taken for a secret."""
    # Three characters guard nothing; past 4096 it is data.
    size = len(value)
    if not 3 < size <= 4096:
        return False
    # First of all, since salts hold braces and dollars that look like a template's.
    if (telling in (Telling.SECRET, Telling.MADE_UP) or telling.chosen) and quoted and _is_noise(value):
        return True
    # What is surely none, whatever its name: placeholders, rules of forms, patterns.
    if (
        is_placeholder(value)
        or _RULES.fullmatch(value)
        or _TAGS.fullmatch(value)
        or _EXPRESSION.search(value)
    ):
        return False
    if _NAME_OF_KEY.search(value) and not telling.chosen:
        return False
    # What is surely one, if the name says more than a little.
    if random_looking(value, 20, 3.0) and telling is not Telling.WEAK and telling is not Telling.NAMED:
        return True
    if is_encoded_text(value) and not made_of_words(value):
        return True
    if telling is Telling.WEAK:
        # Weak names stand in front of hashes and ids all day: either 32 hexadecimal digits, or very random
        # base64.
        dense = _HEX.fullmatch(value) or (
            _BASE64.fullmatch(value) and size >= 20 and random_looking(value, 20, 3.6)
        )
        return bool(dense) and not _UUID.fullmatch(value) and not made_of_words(value)
    if telling is Telling.NAMED:
        # Code and templates have brackets in them; a key that somebody made has not.
        return random_looking(value) and not _UUID.fullmatch(value) and not _IN_BRACKETS.search(value)
    # A real name of a secret: what a program made looks random; what a person chose is told by how it is put
    # together.
    if random_looking(value) or random_letters(value):
        return True
    if telling is Telling.PHRASE and quoted and _is_phrase(value):
        return True
    if telling.chosen and quoted and _is_hyphenated_phrase(value):
        return True
    if telling is Telling.ACCOUNT and quoted and _WORD_ALONE.fullmatch(value) and not _ABOUT.search(value):
        return True
    if any(character.isspace() for character in value) or is_path(value):
        return False
    # Without quotes, prose in other scripts would count.
    if not quoted and (not value.isascii() or is_reference(value)):
        return False
    if telling is Telling.MADE_UP and _is_word_and_number(value):
        return True
    # 2.7 bits a character: as if of six or seven different characters, each as often as the others.
    if telling in (Telling.SECRET, Telling.MADE_UP):
        if not (_mixed(value, quoted) and not made_of_words(value) and _entropy(value) >= 2.7):
            return False
        return size >= 10 or (size >= 8 and has_digit(value) and _LETTER.search(value) is not None)
    return size >= 5 and _mixed(value, quoted)


_NAME_OF_KEY = re.compile(r"(?:Private|Public)Key(?:Types?)?\Z")
"""The name of a class, as `Ed25519PrivateKey`."""
_WORD_AND_NUMBER = re.compile(
    r"([A-Za-z]{3,16})[_\-.!@#+]?([0-9]{2,8})[!@#$%*?]{0,3}|([0-9]{2,8})[_\-.!@#+]?([A-Za-z]{3,16})[!@#$%*?]{0,3}|"
    r"[A-Z]?[a-z]{2,12}(?:[0-9][a-z]{1,6}){1,3}[0-9]{0,4}[!@#$%*?_]{0,2}[a-z]{0,12}[0-9]{0,6}"
)


def _is_word_and_number(value: str) -> bool:
    """Whether it is put together as people make passwords, and is no label: `Tiger_9719`, `hunter2hunter2`."""
    match = _WORD_AND_NUMBER.fullmatch(value)
    if match is None or not 7 <= len(value) <= 32 or _TYPES.fullmatch(value) or _ABOUT.search(value):
        return False
    number = match[2] or match[3]
    return number is None or len(number) >= 4 or value[:1].isupper()


def _mixed(value: str, quoted: bool) -> bool:
    """Letters with digits, or with marks that no name and no label has: as people choose passwords."""
    if _TYPES.fullmatch(value) or (made_of_words(value.strip(":?!.;,")) and not has_digit(value)):
        return False
    letters = _LETTER.search(value) is not None
    if not letters:
        return has_digit(value) and len(value) >= 6 and len(set(value)) >= 3
    inner = value.strip(":?!.,;* ")
    marks = re.search(r"[!@#$%^&*?~+=|;]", inner) is not None
    if quoted:
        return has_digit(value) or marks
    return (has_digit(value) or marks) and not re.search(r"[()\[\]{}<>\"'`]", value)


_WORD_ALONE = re.compile(r"[A-Za-z][a-z]{4,31}")
_ABOUT = re.compile(
    r"pass|pwd|secret|token|key|get|env|conf|vault|setting|string|var|requir|option|enter|change|forgot|reset|invalid|"
    r"missing|incorrect|hash|encrypt|prompt|generat|random|input|field|value|plain|unset|blank|param|arg|cred|sensitive",
    re.IGNORECASE,
)
"""What is said of a password, or names one."""


def _is_hyphenated_phrase(value: str) -> bool:
    """Four words or more with hyphens between them, as generators of passwords make them."""
    words = value.split("-")
    return (
        4 <= len(words) <= 12
        and all(re.fullmatch(r"[A-Za-z]{3,12}", word) for word in words)
        and sum(word.lower() in _WORDS for word in words) < 2
        and not _ABOUT.search(value)
    )


def _is_phrase(value: str) -> bool:
    words = value.split(" ")
    return len(words) >= 3 and all(re.fullmatch(r"[a-z]{2,12}", word) for word in words)

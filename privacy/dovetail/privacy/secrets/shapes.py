"""Keys that are known by their own form, whatever they are called: issuers' prefixes, tokens with a structure.

A shape is lenient at its end: of a key that is being typed or pasted only a part is there. What the prefixes mean is
public documentation of the issuers; none is listed that a word of ordinary code could begin with.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from .values import (
    has_digit,
    is_placeholder,
    is_reference,
    is_words,
    made_of_words,
    random_letters,
    random_looking,
)

Span = tuple[int, int, str]
"""A secret in a line: code points from, to (exclusive), and what kind of key it looks like."""
Part = tuple[int, int, int, int]
"""A line's part in a text that several come to: its row, from where to where in the text it is, and its column."""

_PREFIXES = {
    "GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "GitLab token": ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glimt-", "glagent-", "gloas-", "glsoat-",
    "glffct-", "glft-", "glwt-"),
    "Slack token": ("xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxe.", "xoxo-", "xoxr-", "xoxs-", "xoxc-", "xoxd-",
    "xapp-"),
    "Stripe key": ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"),
    "API key": (
        "sk-", "gsk_", "pplx-", "xai-", "r8_", "tvly-", "csk-", "nvapi-", "fw_", "lsv2_pt_", "lsv2_sk_",
        "pcsk_", "jina_",
        "esecret_", "e2b_", "AIza", "GOCSPX-", "ya29.", "hf_", "api_org_", "co_api_",
    ),
    "npm token": ("npm_",),
    "PyPI token": ("pypi-",),
    "package registry token": ("rubygems_", "dckr_pat_", "dckr_oat_", "CLOJARS_", "cio"),
    "cloud token": (
        "dop_v1_", "doo_v1_", "dor_v1_", "dapi", "hvs.", "hvb.", "hvr.", "nfp_", "fo1_", "fm2_", "rnd_",
        "pul-", "sbp_",
        "sb_secret_", "pscale_tkn_", "pscale_pw_", "pscale_oauth_", "tskey-", "HRKU-", "LTAI", "AKID", "AKCp",
        "dp.pt.",
        "dp.st.", "dp.ct.", "napi_", "vcp_", "vci_", "vca_", "vcr_", "vck_", "ico-", "tk-us-", "sqp_", "squ_", "sqa_",
        "cmVmdGtuOj", "dt0c01.", "nf_", "ops_eyJ", "t1.9euel", "y0_", "AQVN", "vercel_blob_rw_", "v1.0-",
        "cfut_",
        "scw-secret-",
    ),
    "service token": (
        "shpat_", "shpca_", "shppa_", "shpss_", "lin_api_", "lin_oauth_", "ntn_", "figd_", "figo_", "ATATT3",
        "ATCTT3",
        "ATBB", "NRAK-", "NRJS-", "NRII-", "glsa_", "glc_", "sntrys_", "sntryu_", "phx_", "PMAK-", "EZAK", "EZTK",
        "shippo_live_", "FLWSECK-", "FLWSECK_", "rzp_live_", "access-production-", "access-sandbox-", "CFPAT-",
        "bkua_",
        "CCIPAT_", "CCIPRJ_", "sgp_", "pat-na1-", "pat-eu1-", "sq0atp-", "sq0csp-", "EAAA", "EAAC", "key-", "pnu_",
        "dG9rO", "xkeysib-", "xsmtpsib-", "re_", "mlsn.", "SG.", "PRIVKEY-", "fio-u-", "duffel_live_", "ocv_", "ubx_",
        "GR1348941", "kpsk_", "uptimerobot_", "secret_", "tfp_", "bb_live_", "live_sk_", "trigger_", "inngest_",
        "rdme_", "p8e-", "IGQV", "s-s4t2ud-", "s-s4t2af-",
    ),
    "AWS key": ("AKIA", "ASIA"),
    "age key": ("AGE-SECRET-KEY-1", "AGE-PLUGIN-"),
}  # fmt: skip
_LEAST = {
    # Short or common prefixes need a longer body before they say anything.
    "AKIA": 16, "ASIA": 16, "sk-": 16, "key-": 28, "cio": 30, "re_": 20, "nf_": 30, "fw_": 20, "EAAA": 40, "EAAC": 40,
    "secret_": 30, "v1.0-": 40,
    "y0_": 30, "AQVN": 20, "LTAI": 14, "AKID": 24, "AIza": 20, "dapi": 24, "hf_": 16, "glc_": 24, "pul-": 30,
    "ATBB": 20,
    "r8_": 24, "co_api_": 20, "EZAK": 30, "EZTK": 30, "dG9rO": 30, "trigger_": 30, "ubx_": 30, "ocv_": 30,
    "pypi-": 24,
    "napi_": 40, "vcp_": 24, "vci_": 24, "vca_": 24, "vcr_": 24, "vck_": 24, "ico-": 30, "tk-us-": 40, "sqp_": 30,
    "squ_": 30, "sqa_": 30, "e2b_": 30, "esecret_": 20, "rdme_": 40, "p8e-": 30, "IGQV": 40, "s-s4t2ud-": 30,
    "s-s4t2af-": 30, "cmVmdGtuOj": 30, "csk-": 24,
    "npm_": 20, "rnd_": 20, "ntn_": 24, "inngest_": 30, "sgp_": 24, "tfp_": 24, "AKCp": 30,
}  # fmt: skip
_KIND_OF = {prefix: kind for kind, prefixes in _PREFIXES.items() for prefix in prefixes}
_BODY = r"[A-Za-z0-9_\-+/.=]*"


def in_rows(spans: Sequence[Span], parts: Iterable[Part]) -> Iterator[tuple[int, tuple[Span, ...]]]:
    """The spans of a text that several lines came to, as those of the rows that they lie in."""
    for row, low, high, column in parts if spans else ():
        found = tuple(
            (max(start, low) - low + column, min(end, high) - low + column, kind)
            for start, end, kind in spans
            if start < high and low < end
        )
        if found:
            yield row, found


def one_of(words: Iterable[str]) -> str:
    """A pattern for the longest of `words` that stands at a place. What they begin with in common is written once: a
    place is told by its first letter, instead of by trying each word in turn."""
    rests: dict[str, list[str]] = {}
    for word in words:
        rests.setdefault(word[:1], []).append(word[1:])
    ends = "" in rests
    branches = [
        re.escape(first) + (one_of(rest) if rest != [""] else "")
        for first, rest in sorted(rests.items())
        if first
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


_COMMON = "^&?~@;$!|<%+\\9}786j{\tz5*4/>#q3`-2][0k1wxv=by:'g\")(h._muf,pdcloinrastre "
"""The characters of source code in lower case, the most frequent last."""


def any_of(words: Iterable[str]) -> str:
    """A pattern that finds something in a text in lower case if, and only if, one of `words` stands in it, by the
    character of each that is rarest in code: a search passes over all others."""
    around: dict[str, dict[str, list[str]]] = {}
    for word in words:
        at = min(range(len(word)), key=lambda index: _COMMON.find(word[index]))
        around.setdefault(word[at], {}).setdefault(word[:at], []).append(word[at + 1 :])
    branches = []
    for rare, ways in sorted(around.items()):
        behind = [
            (f"(?<={re.escape(before + rare)})" if before else "") + one_of(afters)
            for before, afters in ways.items()
        ]
        branches.append(re.escape(rare) + f"(?:{'|'.join(behind)})")
    return "|".join(branches)


_PREFIXED = re.compile(f"({one_of(_KIND_OF)})({_BODY})")
_NO_HYPHENS = str.maketrans("", "", "-_")
_BEFORE = re.compile(r"[A-Za-z0-9]\Z")

_URL_PASSWORD = re.compile(r"://(?![/\s])([^\s/?#\"'`<>|\\,()]{0,512})")
_URL_TYPED = re.compile(r"://[^\s/?#\"'`<>:@]{0,128}:([^\s/?#\"'`<>{}$]{1,512})")
"""The start of an authority, its "@" not yet written."""
_URL_ODD = re.compile(r"://[^\s/?#:@\"'`<>]{0,128}:(?![0-9]{1,5}[/?#])([^\s/\"'`<>@:]{1,128})@(?=[\w\-\[])")
"""A password with `#` or `?` in it, which should have been encoded and was not."""
_URL_NAMED = re.compile(
    r"://[^\s/?#\"'`<>|:@]{1,128}[\\,][^\s/?#\"'`<>|:@]{1,128}:([^\s/?#\"'`<>|@:,{}$]{3,128})@"
)
"""A user with a domain (`corp\\name`), or with the parts of a directory's name (`cn=admin,dc=x`)."""
_URL_TOKEN = re.compile(r"://([A-Za-z0-9_\-]{20,256})(?::[\w\-]{0,32})?@(?=[\w\-\[])")
"""A token in the place of the user."""
_URL_TOKENS = re.compile(
    r"://([A-Za-z0-9_\-]{12,256})|[?&](?:code|sig|key)=([\w%\-]{8,256})|/(?:hooks?|webhooks?|key|integration)/(?:[\w\-]{1,40}/){0,3}"
    r"([A-Za-z0-9_\-]{8,256})"
)
"""What stands in a URL where a token stands, the "@" or the rest of it not yet written."""
_BASIC = re.compile(r"\bbasic\s{1,4}([A-Za-z0-9+/_\-]{6,}={0,2})", re.IGNORECASE)
_BEARERS = ("bearer", "token", "ssws", "apikey", "api-key", "access_token", "digest")
_BEARER = re.compile(
    rf"\b(?:{'|'.join(_BEARERS)})[\s:]{{1,4}}([A-Za-z0-9._~+/\-]{{12,}}={{0,2}})",
    re.IGNORECASE,
)

# What a shape cannot do without is looked for first: a search for a pattern costs ten times as much.
_SHAPES: tuple[tuple[str, str, re.Pattern[str], int], ...] = tuple(
    (sign, kind, re.compile(pattern), group)
    for sign, kind, pattern, group in (
        ("A", "AWS key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{8,20}\b", 0),
        ("eyJ", "web token", r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-.]*)?", 0),
        ("eyJ", "web token", r"\beyJ(?:hbGci|0eXAi|raWQi)[A-Za-z0-9_\-]{12,}\.?", 0),
        ("hooks.slack", "address of a chat hook",
         r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_\-]{8,})", 1),
        ("discord", "address of a chat hook", r"discord(?:app)?\.com/api/webhooks/([0-9]{8,}/[\w\-]{8,})", 1),
        ("webhook.office", "address of a chat hook", r"webhook\.office\.com/webhookb2/([\w\-@/]{20,})", 1),
        ("outlook.office", "address of a chat hook", r"outlook\.office(?:365)?\.com/webhook/([\w\-@/]{20,})", 1),
        ("chat.googleapis", "address of a chat hook",
         r"chat\.googleapis\.com/v1/spaces/[\w\-]{4,64}/messages\?(key=[\w\-&=%.]{16,})", 1),
        (":", "Telegram token", r"(?:\b|(?<=/bot))[0-9]{8,10}:(?:[A-Za-z0-9_\-]{30,}|AA[A-Za-z0-9_\-]{8,})", 0),
        (".", "Discord token", r"\b[MNO][A-Za-z0-9_\-]{22,27}\.[A-Za-z0-9_\-]{5,7}\.[A-Za-z0-9_\-]{20,}", 0),
        ("SK", "Twilio key", r"\bSK[0-9a-f]{32}\b", 0),
        ("-us", "Mailchimp key", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b", 0),
        (".atlasv1.", "Terraform token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w\-]{20,}", 0),
        ("pat", "Airtable token", r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{32,}", 0),
        ("Q~", "Azure client secret", r"\b[\w~.\-]{3}[0-9]Q~[\w~.\-]{20,}", 0),
        ("hooks.zapier", "address of a hook", r"hooks\.zapier\.com/hooks/catch/([0-9]{3,12}/[\w\-]{5,})", 1),
        ("ifttt", "address of a hook", r"maker\.ifttt\.com/[\w/\-]{1,80}/key/([\w\-]{16,})", 1),
        ("/integration/", "address of a hook", r"pagerduty\.com/integration/([0-9a-f]{24,})", 1),
        ("/hook/", "address of a hook", r"/open-apis/bot/v2/hook/([0-9a-f\-]{24,})", 1),
        ("webhook/send", "address of a hook", r"/cgi-bin/webhook/send\?key=([0-9a-f\-]{24,})", 1),
        ("/hooks/", "address of a hook", r"://[^\s/\"'`]{1,128}/hooks/([A-Za-z0-9]{22,64})\b", 1),
        ("hc-ping", "address of a hook", r"hc-ping\.com/([0-9a-f\-]{24,})", 1),
        ("code=", "signed address", r"[?&]code=([A-Za-z0-9_\-/+%]{24,}={0,2})", 1),
        ("X-Goog-Sig", "signed address", r"[?&]X-Goog-Signature=([0-9a-f]{32,})", 1),
        ("sig=", "signed address", r"[?&]sig=([A-Za-z0-9%+/=_\-]{20,})", 1),
        ("X-Amz-Sig", "signed address", r"[?&]X-Amz-Signature=([0-9a-f]{32,})", 1),
        ("EAA", "Facebook token", r"\bEAA[A-Za-z0-9]{60,}", 0),
        ("s.", "Vault token", r"\bs\.[A-Za-z0-9]{24}\b", 0),
        ("$", "hash of a password", r"\$(?:apr1|1|5|6|2[abxy]|y|argon2id?)\$[./A-Za-z0-9$=,+]{20,}", 0),
        ("prv", "wallet key", r"\b[xyzt]prv[A-Za-z0-9]{50,}", 0),
        ("base64:", "key in base64", r"\bbase64:([A-Za-z0-9+/]{24,}={0,2})", 1),
        ("s%3A", "signed cookie", r"s%3A([A-Za-z0-9_\-]{16,}\.[A-Za-z0-9%+/]{16,})", 1),
        ("\":", "part of a private key", r"[\"'](?:d|dp|dq|qi|k)[\"']: ?[\"']([A-Za-z0-9_\-]{40,})[\"']", 1),
        ("LS0tLS1CRUdJTi", "private key",
         r"\bLS0tLS1CRUdJTi(?!BDRVJU|BQVUJMSU)[A-Za-z0-9+/]{16,}={0,2}", 0),
        ("0x", "wallet key", r"\baccounts[\"']?: ?\[[ \t]{0,8}[\"'`](0x[0-9a-fA-F]{24,64})\b", 1),
        ("/", "Asana token", r"\b[0-9]/[0-9]{16}(?:/[0-9]{16})?:[0-9a-f]{32}\b", 0),
        ("1//0", "Google refresh token", r"\b1//0[A-Za-z0-9_\-]{30,}", 0),
        ("$production$", "payment token", r"\baccess_token\$production\$[0-9a-z]{8,}\$[0-9a-f]{16,}", 0),
        ("FFFFNRAL", "service token", r"\b[0-9a-f]{36}FFFFNRAL\b", 0),
        ("oy2", "package registry token", r"\boy2[a-z0-9]{43}\b", 0),
        ("pa-", "API key", r"\bpa-[A-Za-z0-9_\-]{43}\b", 0),
        ("sk_", "API key", r"\bsk_[0-9a-f]{40,64}\b", 0),
        ("live_", "service token", r"\b(?:live|test)_(?:[0-9a-f]{32,40}|[A-Za-z0-9]{30})\b", 0),
        ("pat.", "service token", r"\bpat\.[A-Za-z0-9_\-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{16,}", 0),
        ("t1.", "cloud token", r"\bt1\.[A-Za-z0-9_\-]{16,}={0,2}\.[A-Za-z0-9_\-]{60,}", 0),
        ("sl.", "service token", r"\bsl\.[A-Za-z0-9_\-]{100,}", 0),
        ("as-", "API key", r"\b(?:as|ak)-[A-Za-z0-9]{22}\b", 0),
        ("A3-", "account key", r"\bA3-[A-Z0-9]{6}-[A-Z0-9]{5,11}(?:-[A-Z0-9]{5}){2,4}\b", 0),
        ("AAAAAAAAAA", "bearer token", r"\bA{18,24}[A-Za-z0-9%]{60,}", 0),
        ("==", "storage key", r"(?<![\w\-+/])[A-Za-z0-9+/]{86}==(?![=\w])", 0),
    )
)  # fmt: skip

_WITHOUT_DIGITS = ("web token", "AWS key")
"""Shapes that say something where there is no digit in them."""
_SHAPES_WITHOUT_DIGITS = tuple(shape for shape in _SHAPES if shape[1] in _WITHOUT_DIGITS)
RUN = re.compile(r"(?<![A-Za-z0-9_\-./$])[A-Za-z0-9_\-./$]{16,}")
"""But for passwords in URLs and short headers, a secret of a known shape is at least so long."""
_MARKS = (
    *{prefix[:4] for prefix in _KIND_OF}, *(prefix for prefix in _KIND_OF if len(prefix) < 4), "AKIA", "ASIA", "ABIA",
    "ACCA", "eyJ", "hooks.", "discord", "webhook", "prv", "base64:", "s%3A", "LS0tLS1C",
    "accounts", '"d"', '"k"', '"dp"', '"dq"', '"qi"', "chat.googleapis", ":AA", "-us", ".atlasv1.", "Q~", "sig=",
    "X-Amz-Sig", "X-Goog-S", "EAA", "SSWS", "ssws", "1//0", "$production$", "FFFFNRAL", "oy2", "code=", "A3-",
    "AAAAAAAAAA", "live_", "test_", "pat.", "t1.", "sl.", "as-", "ak-", "pa-", "sk_",
    "://", "asic", "ASIC", "earer", "EARER", "oken", "OKEN", "api", "igest", "MT", "MD", "Mj", "Mz",
    "ND", "NT", "Nj", "Nz", "OD", "OT",
)  # fmt: skip
MARKS = re.compile(
    # Each branch begins with a letter of its own, and looks back where it must: then the search looks for these first.
    "|".join(
        (
            one_of(_MARKS),
            r"s(?<=\bs)\.[A-Za-z0-9]{8}",
            "AC[0-9a-f]{6}",
            "SK[0-9a-f]{6}",
            "/(?<=[0-9]/)[0-9]{16}:",
        )
    )
)
"""What the known shapes have in them."""


PREFIXES = tuple(_KIND_OF)
"""What keys of known forms begin with."""


def known_shapes(line: str) -> Iterator[Span]:
    """The keys of known form in a line, in no order."""
    for match in _PREFIXED.finditer(line):
        prefix, body = match.groups()
        # A prefix inside a word (`task-…` holds `sk-`) starts nothing.
        if _BEFORE.search(line, max(0, match.start() - 1), match.start()):
            continue
        # Punctuation behind a key belongs to the sentence, but `whsec_` keys are base64 and end with `=`.
        body = body.rstrip(".=-") if prefix not in ("whsec_",) else body
        # Words and identifiers have no digits; a key without any still shows by its capitals.
        dense = has_digit(body) or random_letters(body.translate(_NO_HYPHENS))
        if (
            len(prefix) <= 3 and ("-" in body or "_" in body) and made_of_words(body)
        ):  # `sk-ecdsa-sha2-nistp256`
            continue
        if len(body) >= _LEAST.get(prefix, 10) and dense and not is_placeholder(body):
            yield match.start(), match.start() + len(prefix) + len(body), _KIND_OF[prefix]
    # Most lines hold no digit: nearly all shapes are done with them at once.
    digits = has_digit(line)
    for sign, kind, pattern, group in _SHAPES if digits else _SHAPES_WITHOUT_DIGITS:
        if sign not in line:
            continue
        for match in pattern.finditer(line):
            if has_digit(match[group]) or kind in _WITHOUT_DIGITS:
                yield *match.span(group), kind
    has_url = "://" in line
    for match in _URL_PASSWORD.finditer(line) if has_url else ():
        if span := _password_of(match):
            yield span
    if has_url and "@" in line:
        for match in _URL_ODD.finditer(line):
            # Only with `#` or `?` in it: any other password was found above.
            if ("#" in match[1] or "?" in match[1]) and not is_placeholder(match[1]) and "{" not in match[1]:
                yield *match.span(1), "password in a URL"
        for match in _URL_NAMED.finditer(line):
            if not is_placeholder(match[1]):
                yield *match.span(1), "password in a URL"
        for match in _URL_TOKEN.finditer(line):
            if random_looking(match[1], 20, 3.0):
                yield *match.span(1), "token in a URL"
    # A pattern without regard to case has no letter to look for first. Only in ASCII is its word one in lower case:
    # to such a pattern `ſ` is an `s`, and `K` (the sign of kelvins) a `k`.
    lower = line.lower() if line.isascii() else ""
    for match in _BASIC.finditer(line) if not lower or "basic" in lower else ():
        if _is_basic(match[1]):
            yield *match.span(1), "Basic credentials"
    # `Bearer` is a word of prose as well: what follows it has to have digits and to vary.
    led = digits and (not lower or any(word in lower for word in _BEARERS))
    for match in _BEARER.finditer(line) if led else ():
        if (
            has_digit(match[1])
            and len(set(match[1])) >= 8
            and not (is_placeholder(match[1]) or is_reference(match[1]))
        ):
            yield *match.span(1), "bearer token"


def prefix_at(line: str, column: int) -> Span | None:
    """A key of known prefix whose body reaches up to `column`, however much of it is there."""
    for match in _PREFIXED.finditer(line):
        typed = match[2] and match.start(2) <= column <= match.end() and len(match[1]) > 3
        if typed and not _BEFORE.search(line, max(0, match.start() - 1), match.start()):
            return match.start(), match.end(), _KIND_OF[match[1]]
    for match in _URL_TOKENS.finditer(line) if "://" in line else ():
        span = match.span(match.lastindex or 0)
        if span[0] <= column <= span[1] and random_looking(line[span[0] : span[1]], 12, 2.8):
            return *span, "token in a URL"
    for pattern in (_BASIC, _BEARER, _URL_TYPED):
        for match in pattern.finditer(line):
            if match.start(1) <= column <= match.end(1) and not match[1].isdecimal():  # that is a port
                return *match.span(1), "credentials"
    return None


def _password_of(match: re.Match[str]) -> Span | None:
    """The password in the authority of a URL. It may hold "@" itself: the last one ends it."""
    authority = match[1]
    userinfo, at, host = authority.rpartition("@")
    user, colon, password = userinfo.partition(":")
    # Where a template fills the host in, the password is an example, unless it looks like one that is used.
    filled = not host[:1].strip("{$%[") and not host.startswith("[")
    if not at or (filled and (is_words(password) or not has_digit(password))):
        return None
    if (
        not colon
        or not password
        or is_placeholder(password)
        or "{" in password
        or password.startswith(("$", "%"))
    ):
        return None
    start = match.start(1) + len(user) + 1
    return start, start + len(password), "password in a URL"


def _is_basic(value: str) -> bool:
    """Whether it is `user:password` in base64, as RFC 7617 has it; of one being typed a part is enough."""
    try:
        text = base64.b64decode(
            value[: len(value) // 4 * 4].replace("-", "+").replace("_", "/"), validate=True
        )
    except (binascii.Error, ValueError):
        return False
    printable: Callable[[int], bool] = lambda byte: 32 <= byte < 127 or byte >= 0x80  # noqa: E731
    return (b":" in text or value.endswith("=")) and all(map(printable, text))

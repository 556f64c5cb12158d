"""What may be read and shown. Everything that goes to a model, an endpoint, a log or a file of ours passes here.

*Text* leaves as `Shown` alone, a `str` that only this package makes, so that a type checker proves that no way out
was forgotten:

    redact(text)                a whole text, its secrets overwritten by `*` (lengths and line ends stay)
    shown_lines(lines)          a document (`dovetail.text.Lines`); parts are cut from it: `.between`, `.slice`, `.text`
    shown_at(lines, point)      the same where the user types at `point`: half a key is a key
    shown[a:b], a + b, join()   parts of what is shown are shown; so are several of them together

Look for secrets in the whole text and cut then: a part that begins inside a key does not look like one.

*Files* are read by `read_careful` (or `read_careful_text`): regular, bounded, without waiting. `Exclusions` says which
may be read; `is_secret_file` is the one list of names, for reading and for writing.

*Terminals and logs* get `printable` text.
"""

from .exclude import ALLOWED, BY_SETTINGS, Exclusions, Verdict, is_pattern
from .ignore import Beside
from .printable import printable
from .reading import MAX_FILE, NoFile, ReadRefused, read_careful, read_careful_text
from .secret_files import is_secret_file, is_secret_folder
from .secrets import Secret, find_secrets
from .shown import NOTHING, STAR, Shown, ShownLines, join, redact, secrets_of, shown_at, shown_lines

__all__ = [
    "ALLOWED",
    "BY_SETTINGS",
    "MAX_FILE",
    "NOTHING",
    "STAR",
    "Beside",
    "Exclusions",
    "NoFile",
    "ReadRefused",
    "Secret",
    "Shown",
    "ShownLines",
    "Verdict",
    "find_secrets",
    "is_pattern",
    "is_secret_file",
    "is_secret_folder",
    "join",
    "printable",
    "read_careful",
    "read_careful_text",
    "redact",
    "secrets_of",
    "shown_at",
    "shown_lines",
]

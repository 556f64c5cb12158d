"""Every language in one table."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ._language import Language

_C = ("/*", "*/")
_XML = ("<!--", "-->")

LANGUAGES: tuple[Language, ...] = (
    Language(
        "python", ("python",), (".py", ".pyi", ".pyw"), "tree_sitter_python", line_comment="#", offside=True
    ),
    Language(
        "javascript",
        ("javascript", "javascriptreact"),
        (".js", ".jsx", ".mjs", ".cjs"),
        "tree_sitter_javascript",
        line_comment="//",
        block_comment=_C,
        indent="  ",
    ),
    Language(
        "typescript",
        ("typescript",),
        (".ts", ".mts", ".cts"),
        "tree_sitter_typescript",
        "language_typescript",
        line_comment="//",
        block_comment=_C,
        indent="  ",
    ),
    Language(
        "tsx",
        ("typescriptreact",),
        (".tsx",),
        "tree_sitter_typescript",
        "language_tsx",
        line_comment="//",
        block_comment=_C,
        indent="  ",
    ),
    Language("go", ("go",), (".go",), "tree_sitter_go", line_comment="//", block_comment=_C, indent="\t"),
    Language("rust", ("rust",), (".rs",), "tree_sitter_rust", line_comment="//", block_comment=_C),
    Language("java", ("java",), (".java",), "tree_sitter_java", line_comment="//", block_comment=_C),
    Language("c", ("c",), (".c", ".h"), "tree_sitter_c", line_comment="//", block_comment=_C),
    Language(
        "cpp",
        ("cpp", "objective-cpp", "cuda-cpp"),
        (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".inl", ".ipp"),
        "tree_sitter_cpp",
        line_comment="//",
        block_comment=_C,
    ),
    Language(
        "csharp", ("csharp",), (".cs", ".csx"), "tree_sitter_c_sharp", line_comment="//", block_comment=_C
    ),
    Language(
        "ruby",
        ("ruby",),
        (".rb", ".rake", ".gemspec"),
        "tree_sitter_ruby",
        filenames=("Rakefile", "Gemfile", "Guardfile"),
        line_comment="#",
        indent="  ",
    ),
    Language(
        "php", ("php",), (".php",), "tree_sitter_php", "language_php", line_comment="//", block_comment=_C
    ),
    Language("lua", ("lua",), (".lua",), "tree_sitter_lua", line_comment="--", block_comment=("--[[", "]]")),
    Language(
        "bash",
        ("shellscript", "sh", "bash", "zsh"),
        (".sh", ".bash", ".zsh"),
        "tree_sitter_bash",
        filenames=(".bashrc", ".profile", ".bash_profile"),
        line_comment="#",
    ),
    Language("json", ("json", "jsonc"), (".json", ".jsonc"), "tree_sitter_json", indent="  "),
    Language("html", ("html",), (".html", ".htm"), "tree_sitter_html", block_comment=_XML, indent="  "),
    Language("css", ("css",), (".css",), "tree_sitter_css", block_comment=_C, indent="  "),
    Language(
        "yaml", ("yaml",), (".yaml", ".yml"), "tree_sitter_yaml", line_comment="#", offside=True, indent="  "
    ),
    Language("toml", ("toml",), (".toml",), "tree_sitter_toml", line_comment="#"),
    Language(
        "markdown",
        ("markdown",),
        (".md", ".markdown"),
        "tree_sitter_markdown",
        block_comment=_XML,
        indent="  ",
    ),
    Language(
        "kotlin", ("kotlin",), (".kt", ".kts"), "tree_sitter_kotlin", line_comment="//", block_comment=_C
    ),
    Language("swift", ("swift",), (".swift",), "tree_sitter_swift", line_comment="//", block_comment=_C),
    Language(
        "scala",
        ("scala",),
        (".scala", ".sc", ".sbt"),
        "tree_sitter_scala",
        line_comment="//",
        block_comment=_C,
        indent="  ",
    ),
    Language(
        "haskell",
        ("haskell",),
        (".hs",),
        "tree_sitter_haskell",
        line_comment="--",
        block_comment=("{-", "-}"),
        offside=True,
        indent="  ",
    ),
    Language("elixir", ("elixir",), (".ex", ".exs"), "tree_sitter_elixir", line_comment="#", indent="  "),
    Language("sql", ("sql",), (".sql",), "tree_sitter_sql", line_comment="--", block_comment=_C),
    Language("zig", ("zig",), (".zig", ".zon"), "tree_sitter_zig", line_comment="//"),
    Language(
        "ocaml",
        ("ocaml",),
        (".ml",),
        "tree_sitter_ocaml",
        "language_ocaml",
        block_comment=("(*", "*)"),
        indent="  ",
    ),
    Language(
        "ocaml_interface",
        ("ocaml.interface",),
        (".mli",),
        "tree_sitter_ocaml",
        "language_ocaml_interface",
        block_comment=("(*", "*)"),
        indent="  ",
    ),
)

_BY_ID = {identifier: language for language in LANGUAGES for identifier in language.ids}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}
_BY_FILENAME = {name: language for language in LANGUAGES for name in language.filenames}


def language_of_path(path: str) -> Language | None:
    """The language that a file's name (or uri) points to, or None."""
    # A client sends a URI, escaped; the command line a path, which on Windows has backslashes.
    name = PurePosixPath(unquote(urlsplit(path).path) if "://" in path else path.replace("\\", "/")).name
    return _BY_FILENAME.get(name) or _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())


def language_for(language_id: str, path: str) -> Language | None:
    """The language of a document: by the client's language id, else by the file's name."""
    # The client's id comes first: a user may have chosen it by hand, against the file's name.
    return _BY_ID.get(language_id) or language_of_path(path)

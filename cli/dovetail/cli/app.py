"""The commands of `dovetail`: names, options and help texts; the work is in the neighbouring files.

Those that change files are in `app_edits`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app_edits import edits
from .benching import bench
from .options import Json, Root

app = typer.Typer(
    name="dovetail",
    help="AI help inside the editor that you can trust: suggestions at the cursor, and edits that are proved to fit.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from dovetail.server.version import VERSION

        typer.echo(f"dovetail {VERSION}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """AI help inside the editor that you can trust."""


@app.command()
def serve(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Speak over standard input and output (the default).")
    ] = False,
    tcp: Annotated[
        str,
        typer.Option(
            "--tcp",
            metavar="HOST:PORT",
            help="Listen on a loopback address; the client brings the printed token.",
        ),
    ] = "",
    socket: Annotated[
        str, typer.Option("--socket", metavar="PATH", help="Listen on a socket file that is yours alone.")
    ] = "",
    pipe: Annotated[
        str,
        typer.Option("--pipe", metavar="PATH", help="Connect to a socket file that the client listens on."),
    ] = "",
) -> None:
    """Run the language server. Editors start this."""
    # Each command imports its work when it is called: `--help`, and a server's start, must not pay for all of
    # them.
    from .serve import serve_command

    # As words again: the same reader judges them for whoever starts the server without this command line.
    given = {"--tcp": tcp, "--socket": socket, "--pipe": pipe}
    raise typer.Exit(serve_command([word for pair in given.items() if pair[1] for word in pair]))


@app.command("try", short_help="See it work on a bundled sample project.")
def try_(
    fast: Annotated[bool, typer.Option("--fast", help="Do not pause between keys.")] = False,
) -> None:
    """See it work: the real server on a bundled sample project, no key, no network."""
    from .try_ import run_try

    raise typer.Exit(run_try(fast=fast))


@app.command(short_help="Print what would be suggested at a place in a file.")
def complete(
    file: Annotated[Path, typer.Argument(help="The file; it need not exist where --text is given.")],
    line: Annotated[int, typer.Option("--line", min=1, help="Line, counted from 1.")],
    column: Annotated[
        int | None,
        typer.Option(
            "--column", min=1, help="Column in characters, counted from 1; the line's end if absent."
        ),
    ] = None,
    root: Root = None,
    text: Annotated[
        str, typer.Option("--text", help="- reads the file's live text from standard input.")
    ] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="URL", help="Ask this endpoint.")] = "",
    model: Annotated[
        str, typer.Option("--model", help="With --endpoint: the model, where it has several.")
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            "--format", metavar="NAME", help="With --endpoint: its wire format; detected if absent."
        ),
    ] = "",
    family: Annotated[
        str,
        typer.Option(
            "--family", metavar="NAME", help="With --endpoint: the model's family, for its template."
        ),
    ] = "",
    key_env: Annotated[
        str,
        typer.Option(
            "--key-env", metavar="NAME", help="With --endpoint: the environment variable that holds its key."
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Print what would be suggested at a place in a file."""
    from .complete import run_complete

    # Under the names of the settings, which take them over as an endpoint like any other.
    named = {"url": endpoint, "model": model, "format": format, "family": family, "keyEnv": key_env}
    asked = {key: value for key, value in named.items() if value}
    raise typer.Exit(run_complete(file, line, column, root=root, text=text, endpoint=asked, as_json=json))


@app.command(short_help="Why something, or nothing, was suggested.")
def why(
    json: Json = False,
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="How many decisions.")] = 10,
) -> None:
    """Why something, or nothing, was suggested: the last decisions of the running server."""
    from .why import run_why

    raise typer.Exit(run_why(last=last, as_json=json))


@app.command(short_help="What suggestions and edits came to.")
def stats(
    days: Annotated[int, typer.Option("--days", help="How many days back.", min=1, max=90)] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    opens: Annotated[
        bool, typer.Option("--open", help="Make a page of it and open that in a browser.")
    ] = False,
    file: Annotated[Path | None, typer.Option("--page", help="Write the page into this file.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget everything that was counted.")] = False,
    share: Annotated[
        bool,
        typer.Option("--share", help="Show what statistics.share would send; send it after a yes."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Say yes to that beforehand.")] = False,
) -> None:
    """What suggestions, edits and next edits came to, where they cost most, and what can be done.

    Counts are kept on this machine alone, without any code.
    """
    # A command of its own in all but name: none of the other options matters to it.
    if share:
        from .share import run_share

        raise typer.Exit(run_share(yes=yes))
    from .stats import run_stats

    raise typer.Exit(run_stats(days=days, as_json=as_json, opens=opens, file=file, forget=forget))


@app.command(short_help="Set up a model server and write dovetail.toml.")
def init(
    find: Annotated[
        bool,
        typer.Option("--find", help="Look for model servers on this machine (usual ports of 127.0.0.1)."),
    ] = False,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Try the server at this address.")] = "",
    model: Annotated[str, typer.Option("--model", help="The model, where the server has several.")] = "",
    key_env: Annotated[
        str, typer.Option("--key-env", metavar="NAME", help="The environment variable that holds the key.")
    ] = "",
    write: Annotated[
        bool, typer.Option("--write/--print", help="Write dovetail.toml, or only print the lines.")
    ] = True,
) -> None:
    """Set up a model server and write dovetail.toml.

    Finds servers on this machine on request, tries them, or says which models there are by size.
    """
    from .init import run_init

    raise typer.Exit(run_init(find=find, url=url, model=model, key_env=key_env, write=write))


@app.command(short_help="What works on this machine, and what does not.")
def doctor(
    root: Root = None,
    json: Json = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget-chat-models", help="Forget how the chat models answered so far, and do nothing else."
        ),
    ] = False,
) -> None:
    """What works on this machine, what does not, and what to do. Exit code 1 when something is broken."""
    from .doctor import forget_chat_models, run_doctor

    if forget:
        raise typer.Exit(forget_chat_models(as_json=json))
    raise typer.Exit(run_doctor(root=root or Path.cwd(), as_json=json))


@app.command(short_help="List every setting with its default.")
def settings(
    words: Annotated[list[str] | None, typer.Argument(help="Only settings with these words.")] = None,
    schema: Annotated[bool, typer.Option("--json-schema", help="Print the JSON schema.")] = False,
    sources: Annotated[
        bool,
        typer.Option("--from", help="Print the settings that hold here, each with the file that set it."),
    ] = False,
    root: Annotated[Path | None, typer.Option(help="With --from: the workspace. Default: here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="With --from: print JSON.")] = False,
) -> None:
    """List every setting, with its default and what it does; or, with --from, what holds here and why."""
    from .settings import run_settings, run_sources

    raise typer.Exit(
        run_sources(root or Path.cwd(), words or (), as_json=json)
        if sources
        else run_settings(words or (), schema=schema)
    )


@app.command(short_help="List, read and override the chat prompts.")
def prompts(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Print this one.")] = "",
    copy: Annotated[bool, typer.Option("--copy", help="Begin your own version of it.")] = False,
) -> None:
    """List, read and override what the chat model is told."""
    from .prompts import run_prompts

    raise typer.Exit(run_prompts(name, edit=copy))


@app.command(short_help="Search the workspace as prompts do.")
def search(
    words: Annotated[list[str], typer.Argument(help="Words to look for; parts of names count too.")],
    root: Annotated[Path, typer.Option("--root", help="The workspace folder.")] = Path(),
    most: Annotated[int, typer.Option("--most", help="How many pieces.", min=1, max=100)] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    whole: Annotated[bool, typer.Option("--text", help="Print whole pieces.")] = False,
) -> None:
    """Show which pieces of the workspace a prompt would get.

    They are those that answer the words best, each with the reason.
    """
    from .search import run_search

    raise typer.Exit(run_search(words, root=root, most=most, as_json=as_json, whole=whole))


app.add_typer(edits)
app.add_typer(bench, name="bench", short_help="Measure Dovetail on your own data.")

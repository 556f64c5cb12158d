"""One static page of figures: self-contained, nothing of it comes from the network, light and dark as the reader likes.

Its charts are drawn by Observable Plot (on d3), which come with the package: half a megabyte, where the Python packages
that draw charts bring ten times that and more. The page says by its policy that nothing may be loaded or sent; without
scripts its tables say the same.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from attrs import define

LIBRARIES = ("d3.min.js", "plot.umd.min.js")


@define(frozen=True, slots=True)
class Table:
    """What a chart says in numbers. A cell that is code gets a button that copies it."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    code: int | None = None
    """The column that holds lines to copy."""


@define(frozen=True, slots=True)
class Section:
    """A heading, a sentence, a chart and its table. `chart` is what `draw.js` reads: `{"kind", "data", …}`."""

    title: str
    note: str = ""
    chart: Mapping[str, Any] | None = None
    table: Table | None = None
    open_table: bool = False
    """Whether the table is the point, not what stands behind the chart."""


def page(title: str, lead: str, figures: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The page as one HTML text. Everything given is shown as text, never as markup.

    Args:
        figures: (value, what it is), shown large at the top.
    """
    charts = [section.chart for section in sections if section.chart is not None]
    # By their hashes in the policy below: no other script runs, whatever stands in a name or a label.
    scripts = [*(_asset(name) for name in LIBRARIES), f"const CHARTS = {_json(charts)};\n{_asset('draw.js')}"]
    style = _asset("page.css")
    # The page is opened from the disk, where no server could send a policy along.
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"script-src {' '.join(_hash(script) for script in scripts)}"
    )
    head = "".join(
        f"<div class=figure><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>"
        for value, name in figures
    )
    body, number = "", 0
    for section in sections:
        body += f"<section><h2>{html.escape(section.title)}</h2>"
        if section.note:
            body += f"<p>{html.escape(section.note)}</p>"
        if section.chart is not None:
            label = html.escape(section.title, quote=True)
            body += f'<div class=chart id="chart{number}" role=img aria-label="{label}"></div>'
            number += 1
        if section.table is not None:
            body += _table(section.table, opened=section.open_table)
        body += "</section>"
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy, quote=True)}">'
        '<meta name=viewport content="width=device-width,initial-scale=1"><meta name=color-scheme content="light dark">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body><main>"
        f"<header><h1>{html.escape(title)}</h1><p>{html.escape(lead)}</p></header>"
        f"<div class=figures>{head}</div>{body}"
        "<footer>Made on this machine from what is kept on it. Nothing was sent anywhere.</footer></main>"
        + "".join(f"<script>{script}</script>" for script in scripts)
        + "</body></html>\n"
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _json(value: object) -> str:
    """JSON that ends no script and starts no comment."""
    text = json.dumps(value, separators=(",", ":"))
    # "</script>" within a string would end the script.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _table(table: Table, *, opened: bool) -> str:
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    rows = ""
    for row in table.rows:
        cells = ""
        for index, cell in enumerate(row):
            text = html.escape(cell)
            if index == table.code and cell:
                text = f"<code>{text}</code> <button type=button>Copy</button>"
            cells += f"<td>{text}</td>"
        rows += f"<tr>{cells}</tr>"
    body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return body if opened else f"<details><summary>In numbers</summary>{body}</details>"

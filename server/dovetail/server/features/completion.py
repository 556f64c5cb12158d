"""textDocument/completion: the same suggestions for clients that have no inline completion.

One item a suggestion, whose edit begins at the start of the word so that menus that filter keep it. Never beside inline
completion, which would show everything twice.
"""

from __future__ import annotations

import re

from lsprotocol import types

from dovetail.fim import Suggestion, SuggestionRequest, Trigger
from dovetail.text import Point, Snapshot

from ..session.session import Session
from .registry import Registry

_WORD = re.compile(r"[\w$]*\Z")
_WITH_HYPHENS = re.compile(r"[\w$@-]*\Z")
_OF_LISP = re.compile(r"[^\s()\[\]{}\"';`,#]*\Z")
_WORDS = {
    **dict.fromkeys(
        ("css", "scss", "sass", "less", "stylus", "html", "xml", "vue", "svelte", "nix"), _WITH_HYPHENS
    ),
    **dict.fromkeys(
        ("lisp", "emacs-lisp", "elisp", "commonlisp", "clojure", "scheme", "racket", "fennel", "janet", "hy"),
        _OF_LISP,
    ),
}
"""By the client's language id: where a word has more signs. Emacs and Sublime Text offer what begins with the whole
word, `background-co` or `str->n`."""


def _none() -> types.CompletionList:
    return types.CompletionList(is_incomplete=True, items=[])


def item(session: Session, snapshot: Snapshot, at: Point, found: Suggestion) -> types.CompletionItem:
    """One suggestion as an entry of a menu."""
    line = snapshot.line(at.line)
    word = _WORDS.get(snapshot.language_id or "", _WORD).search(line[: at.column])
    head = word[0] if word else ""
    # Menus filter by the word at the cursor, so the edit begins where that word does.
    start = Point(at.line, at.column - len(head))
    first, *more = found.text.split("\n")
    end = snapshot.lines.clamp(Point(*found.end))

    def position(point: Point) -> types.Position:
        return types.Position(point.line, snapshot.character(point, session.encoding))

    # What begins on the next line is told by its first words, not by the empty rest of this one.
    below = next((line.strip() for line in more if line.strip()), "")
    label = f"{head}↵ {below}" if not first.strip() and below else (head + first).strip()
    return types.CompletionItem(
        label=label or "…",
        kind=types.CompletionItemKind.Text,
        detail="Dovetail" + (f", {len(more) + 1} lines" if more else ""),
        # A menu shows one line; several are to be read before they are taken.
        documentation=head + found.text if more else None,
        sort_text="0",
        # Menus compare this with the word at the cursor, which the edit therefore takes in.
        filter_text=head + first,
        preselect=True,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(types.Range(position(start), position(end)), head + found.text),
        command=types.Command("Accepted", "dovetail.accept", arguments=[{"id": found.id}]),
    )


def continues(asked: Snapshot, now: Snapshot | None, at: Point, text: str) -> bool:
    """Whether `text`, suggested at `at` in `asked`, still begins with what was typed there until `now`.

    Some menus (Helix 25.01) filter an answer that comes late by the word that is at the cursor by then, and where it is
    taken all that was typed since is undone.
    """
    if now is None or at.line >= len(now.lines):
        return False
    before, after = asked.line(at.line), now.line(at.line)
    head, tail = before[: at.column], before[at.column :]
    # Something else has changed on the line than what was typed at the cursor.
    if not after.startswith(head) or not after.endswith(tail) or len(after) < len(before):
        return False
    return text.startswith(after[at.column : len(after) - len(tail)])


def register(to: Registry) -> None:
    session = to.session

    @to.with_snapshot(types.TEXT_DOCUMENT_COMPLETION, without=_none)
    async def completion(snapshot: Snapshot, params: types.CompletionParams) -> types.CompletionList:
        if not to.server.offers_menu():
            return _none()
        at = snapshot.point(params.position.line, params.position.character, session.encoding)
        request = SuggestionRequest(
            snapshot, at, session.folders.locate(snapshot.uri).path, Trigger.AUTOMATIC
        )
        found = await session.suggest(request)
        now = session.documents.get(snapshot.uri)
        # LSP wants an edit of one line that holds the cursor.
        fit = [
            one
            for one in found
            if Point(*one.start) == at
            and Point(*one.end).line == at.line
            and continues(snapshot, now, at, one.text)
        ]
        # Never complete: the menu is to ask again with the next key instead of filtering these.
        return types.CompletionList(
            is_incomplete=True, items=[item(session, snapshot, at, one) for one in fit]
        )

"""dovetail/nextEdit: the edit that follows from those just made, also in the shape of Copilot's language server.

| method | params | answer |
|---|---|---|
| `dovetail/nextEdit` | `{textDocument: {uri}, position, manual?}` | `{edit: NextEdit \\| null, reason?}` |
| `textDocument/copilotInlineEdit` | the same | `{edits: [{text, textDocument, range, command}]}` |
| `dovetail/didAcceptNextEdit`, `dovetail/didRejectNextEdit` | `{id}` | |
| `dovetail/didSettleRename` | `{oldName, newName}` | |
| command `dovetail.nextEdit` | `{id, all?, preview?}` | a plan, as `dovetail.applyDiff` gives |
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from dovetail.fim import SuggestionRequest, Trigger
from dovetail.nextedit import Proposal, Rename, Silence
from dovetail.text import Point, Snapshot

from ..lsp.values import plain
from ..session.nextedits import MODEL, Offered
from ..session.session import Session
from ..session.wire import place_of
from ..statistics import Kind, Moment, Signal, language_code
from .edits import REFUSED
from .registry import Data, Registry

COPILOT_METHOD = "textDocument/copilotInlineEdit"


def _asked(session: Session, params: Any) -> tuple[Snapshot | None, Point, bool]:
    """Decode: the document, the cursor, whether the user asked."""
    # Decoded by hand: the method is ours, so no type of the protocol checks it. Nonsense counts as 0.
    data = plain(params)
    data = data if isinstance(data, dict) else {}
    document, position = data.get("textDocument"), data.get("position")
    uri = document.get("uri") if isinstance(document, dict) else None
    line, character = place_of(position) or (0, 0)
    snapshot = session.documents.get(uri) if isinstance(uri, str) else None
    cursor = Point(0, 0) if snapshot is None else snapshot.point(line, character, session.encoding)
    return snapshot, cursor, data.get("manual") is True


def replacement(session: Session, offered: Offered) -> tuple[dict[str, Any], str]:
    """Encode a replacement of whole lines: the range, and the text with the line ends of the document."""
    proposal = offered.proposal
    snapshot = session.documents.get(proposal.uri)
    assert snapshot is not None
    lines = snapshot.lines
    # The line end of the place itself: a file may have both.
    first, last = proposal.line, proposal.line + len(proposal.old)
    whole = lines[min(first, len(lines) - 1)]
    end = "\r\n" if whole.endswith("\r\n") else "\n"
    if last < len(lines):
        text = "".join(line + end for line in proposal.new)
        return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}, text
    # The last line has no end of its own: what replaces it has none either, and what is deleted takes the one before.
    bottom = len(lines) - 1
    right = snapshot.character(lines.end, session.encoding)
    low = {"line": first, "character": 0}
    # At the end of the file there is no line behind to take the line end from: the one before is taken along.
    if (not proposal.new or not proposal.old) and first:
        at = snapshot.lines.clamp((first - 1, len(snapshot.line(first - 1))))  # type: ignore[arg-type]
        low = {"line": at.line, "character": snapshot.character(at, session.encoding)}
    text = end.join(proposal.new)
    # Lines put behind the last one, which has no line end of its own.
    if not proposal.old and first:
        text = end + text
    return {"start": low, "end": {"line": bottom, "character": right}}, text


def _answer(session: Session, offered: Offered) -> Data:
    proposal = offered.proposal
    where, text = replacement(session, offered)
    return {
        "id": offered.id,
        "textDocument": {"uri": proposal.uri, "version": offered.version},
        "range": where,
        "newText": text,
        "line": proposal.line,
        "before": "\n".join(proposal.old),
        "after": "\n".join(proposal.new),
        "proof": "exact",
        "rule": proposal.rule,
        "chance": round(proposal.chance, 3),
        "places": proposal.places,
        "why": reason_of(proposal, session.next_edits.model_name),
    }


def _rename(session: Session, rename: Rename) -> Data | None:
    """Encode: where the definition's new name stands; None where its document is closed."""
    snapshot = session.documents.get(rename.uri)
    if snapshot is None:
        return None
    character = snapshot.character(Point(rename.line, rename.column), session.encoding)
    return {
        "textDocument": {"uri": rename.uri, "version": snapshot.version},
        "position": {"line": rename.line, "character": character},
        "oldName": rename.old,
        "newName": rename.new,
        "uses": rename.uses,
    }


def reason_of(proposal: Proposal, model: str) -> str:
    """Why it is proposed: a model said so, or how many edits were like it, how many places are left, the chance."""
    # A model's proposal comes without examples and without a chance; what can be said of it is that it fits.
    if proposal.rule == MODEL:
        return f"{model or 'the model'} proposes it; it fits the text exactly"
    count, more = len(proposal.examples), proposal.places - 1
    examples = f"{count} edit{'s' if count != 1 else ''} like it"
    return f"{examples}, {more} more place{'s' if more != 1 else ''}; {proposal.chance:.0%} likely"


def _remember(
    session: Session, snapshot: Snapshot, cursor: Point, answer: Offered | Silence, *, by_hand: bool
) -> None:
    """For `why`: what was proposed by which rule, its examples, places and chance; or why nothing was, where the user
    asked. What stays quiet by itself is not noted: it would push out the decisions that somebody looks for."""
    if isinstance(answer, Silence) and not by_hand:
        return
    trigger = Trigger.MANUAL if by_hand else Trigger.AUTOMATIC
    path = session.folders.locate(snapshot.uri).path
    # Through the same trace as suggestions, so that `why` has one list.
    trace = session.engine.why.begin(SuggestionRequest(snapshot, cursor, path, trigger))
    if isinstance(answer, Silence):
        # The file's name is enough to find it by.
        for where, why in answer.refused:
            trace.step("refused", f"{where.rpartition('/')[2]}: {why}")
        trace.say(f"No next edit: {answer.reason}.")
        trace.end("no next edit", source="next edit")
    else:
        proposal = answer.proposal
        trace.step("place", f"line {proposal.line + 1} of {session.folders.locate(proposal.uri).path}")
        trace.step("rule", proposal.rule)
        examples = [
            f"line {one.line + 1} of {session.folders.locate(one.uri).path}" for one in proposal.examples
        ]
        trace.step("examples", ", ".join(examples) or "none")
        trace.step("places", str(proposal.places))
        if proposal.rule != MODEL:
            trace.step("chance", f"{proposal.chance:.0%}")
        trace.say(f"Next edit: {reason_of(proposal, session.next_edits.model_name)}.")
        trace.end("next edit", source="next edit", text="\n".join(proposal.new))
    session.why_changed()


def register(to: Registry) -> None:
    session = to.session

    async def ask(params: Any, *, manual: bool = False) -> Offered | Silence:
        snapshot, cursor, by_hand = _asked(session, params)
        by_hand = by_hand or manual
        if snapshot is None:
            return Silence("the document is not open")
        # The reason of each silence is kept: `why` says it where nothing was proposed.
        mode = session.settings.next.mode
        if mode == "off" or not session.settings.enabled:
            return Silence("next edits are off (setting next.mode)")
        if mode == "manual" and not by_hand:
            return Silence("next edits come when asked for (setting next.mode)")
        if not session.options.trusted:
            return Silence("this workspace is not trusted")
        if off := session.off_here(snapshot, cursor.line):
            return Silence(off)
        # What was refused above was never asked for, so it is not timed and not counted.
        began = perf_counter()
        found = await session.next_edits.ask(snapshot, cursor.line, on_demand=by_hand, column=cursor.column)
        # Trust may have been withdrawn while the model was asked.
        answer = found if session.options.trusted else Silence("this workspace is not trusted")
        _remember(session, snapshot, cursor, answer, by_hand=by_hand)
        if isinstance(answer, Offered):
            _count(session, answer, (perf_counter() - began) * 1000, by_hand=by_hand)
        elif by_hand:
            session.outcomes.nothing_follows(snapshot, cursor.line)
        return answer

    @to.in_task("dovetail/nextEdit")
    async def next_edit(params: Any) -> Data:
        answer = await ask(params)
        if isinstance(answer, Silence):
            # The editor's own rename is the better answer there: it knows every use.
            rename = _rename(session, answer.rename) if answer.rename is not None else None
            return {"edit": None, "reason": answer.reason, **({"rename": rename} if rename else {})}
        return {"edit": _answer(session, answer)}

    @to.in_task(COPILOT_METHOD)
    async def copilot_inline_edit(params: Any) -> Data:
        answer = await ask(params)
        if isinstance(answer, Silence):
            return {"edits": []}
        edit = _answer(session, answer)
        # Clients of Copilot's protocol run it when the edit is taken, which is how acceptance becomes known.
        command = {
            "title": "Accepted",
            "command": "dovetail.acceptNextEdit",
            "arguments": [{"id": edit["id"]}],
        }
        return {
            "edits": [
                {
                    "text": edit["newText"],
                    "range": edit["range"],
                    "textDocument": edit["textDocument"],
                    "command": command,
                }
            ]
        }

    @to.on_loop("dovetail/didAcceptNextEdit")
    def did_accept(params: Any) -> None:
        _accepted(session, _id(params))

    @to.on_loop("dovetail/didRejectNextEdit")
    def did_reject(params: Any) -> None:
        session.outcomes.settled(_id(params), Signal.REJECTED)
        session.next_edits.rejected(_id(params))

    @to.on_loop("dovetail/didSettleRename")
    def did_settle_rename(params: Any) -> None:
        data = plain(params)
        old, new = (data.get("oldName"), data.get("newName")) if isinstance(data, dict) else (None, None)
        if isinstance(old, str) and isinstance(new, str):
            # Only the two names count.
            session.next_edits.keep_name(Rename("", 0, 0, old, new, 0))

    @to.command("dovetail.acceptNextEdit")
    def accept(data: Data) -> None:
        _accepted(session, _id(data))

    @to.command("dovetail.renameInstead")
    async def rename_instead(data: Data) -> Data:
        from ..editing import commands

        if not session.options.trusted:
            return dict(REFUSED)
        answer = await commands.rename_instead(await to.load_edits(), data)
        if not session.options.speaks_dovetail:
            await to.plain.tell(answer)
        return answer

    @to.command("dovetail.nextEdit")
    async def carry_out(data: Data) -> Data:
        from ..editing import commands

        if not session.options.trusted:
            return dict(REFUSED)
        host = await to.load_edits()
        answer = await commands.next_edit(host, data)
        if not session.options.speaks_dovetail:
            await to.plain.tell(answer)
        return answer


def _count(session: Session, offered: Offered, ms: float, *, by_hand: bool) -> None:
    """Tell the statistics of a proposal."""
    proposal = offered.proposal
    snapshot = session.documents.get(proposal.uri)
    if snapshot is None:
        return
    # What rules propose is counted as "next edits", whoever is named for a model.
    named = session.models.next_model() if proposal.rule == MODEL else None
    moment = Moment(
        Kind.NEXT_EDIT,
        language_code(snapshot.language_id),
        named.name if named is not None else "next edits",
        session.settings.next.model if named is not None else "",
        place=(snapshot, Point(proposal.line, 0)),
        lines=max(len(proposal.new), len(proposal.old)),
        offered=sum(map(len, proposal.new)),
        shown_ms=ms,
        confidence=proposal.chance,
        signals=int(Signal.MANUAL if by_hand else 0),
    )
    session.outcomes.proposed(
        offered.id, proposal.uri, moment, same=hash((proposal.uri, proposal.line, proposal.new))
    )


def _accepted(session: Session, identifier: str) -> None:
    # Looked up first, since `accepted` forgets it.
    offered = session.next_edits.get(identifier)
    if offered is not None:
        session.outcomes.settled(identifier, Signal.ACCEPTED)
        proposal = offered.proposal
        session.outcomes.written(identifier, proposal.uri, "\n".join(proposal.new), Point(proposal.line, 0))
    session.next_edits.accepted(identifier)


def _id(params: Any) -> str:
    data = plain(params)
    identifier = data.get("id") if isinstance(data, dict) else None
    return identifier if isinstance(identifier, str) else ""

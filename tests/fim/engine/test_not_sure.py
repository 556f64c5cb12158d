"""A generator that holds its best guess back says so, and the trace tells."""

from __future__ import annotations


def test_what_was_held_back_is_in_the_trace(tools):
    async def work():
        note = "the best guess, 'foo', is under the bar of 70%"
        engine = tools.engine_of(tools.Scripted([tools.Piece("", note=note)]))
        assert await engine.suggest(tools.ask_at("x = $0\n")) == []
        decision = engine.why.last()[0]
        assert decision.outcome == "nothing is sure enough"
        assert [step.detail for step in decision.steps if step.name == "not sure enough"] == [note]

        engine = tools.engine_of(tools.Scripted([tools.Piece("1", done=True), tools.Piece("", note=note)]))
        assert [s.text for s in await engine.suggest(tools.ask_at("x = $0\n"))] == ["1"]
        assert engine.why.last()[0].outcome == "suggested"

    tools.run(work())

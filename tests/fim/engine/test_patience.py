"""How long an endpoint may be silent is learnt from how long it usually takes."""

import asyncio

import pytest


def test_a_slow_endpoint_is_not_waited_for_at_each_key(tools):
    """After an answer that took three seconds the built-in model shows at once, and the endpoint's answer is used."""

    async def work():
        slow = tools.Scripted(lambda request: [3000, "foo(1)\n"], "endpoint")
        builtin = tools.Scripted(["bar\n"], "built-in model", wants_context=False)
        engine = tools.engine_of(slow, builtin)
        loop = asyncio.get_running_loop()
        took = []
        for name in "abcd":
            began = loop.time()
            found = await engine.suggest(tools.ask_at(f"{name} = $0\n"))
            took.append(loop.time() - began)
            assert found[0].source == "built-in model"
            await asyncio.sleep(4)
        later = await engine.suggest(tools.ask_at("d = $0\n"))
        assert (later[0].text, later[0].origin) == ("foo(1)", "endpoint")
        return took

    first, *rest = tools.run(work())
    assert first == pytest.approx(1.0)
    assert rest == pytest.approx([0.25] * 3)


def test_a_fast_endpoint_that_stalls_is_not_waited_for_long(tools):
    async def work():
        waits = iter([100, 100, 100, 5000])
        quick = tools.Scripted(lambda request: [next(waits), "foo(1)\n"], "endpoint")
        builtin = tools.Scripted(["bar\n"], "built-in model", wants_context=False)
        engine = tools.engine_of(quick, builtin)
        loop = asyncio.get_running_loop()
        for name in "abc":
            assert (await engine.suggest(tools.ask_at(f"{name} = $0\n")))[0].source == "endpoint"
        began = loop.time()
        found = await engine.suggest(tools.ask_at("d = $0\n"))
        engine.stop()
        return found[0].source, loop.time() - began

    source, took = tools.run(work())
    assert source == "built-in model"
    assert took == pytest.approx(0.25)


def test_each_key_has_the_built_in_model_while_an_endpoint_is_silent(tools):
    """Not the first one only."""

    async def work():
        slow = tools.Scripted(lambda request: [9000, "foo(1)\n"], "endpoint")
        builtin = tools.Scripted(
            lambda request: [f"bar{len(request.window.prefix)}\n"], "b", wants_context=False
        )
        engine = tools.engine_of(slow, builtin)
        request = tools.ask_at("x = $0\n")
        first = await engine.suggest(request)
        second = await engine.suggest(tools.typed(request, "q"))
        engine.stop()
        return first[0].text, second[0].text, len(slow.requests)

    assert tools.run(work()) == ("bar4", "bar5", 1)

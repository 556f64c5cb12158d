"""How long to wait for further keys."""

import asyncio

from dovetail.fim import Debounce


def typed_run(tools, answers, keys, *, pause=0.15, latency=200):
    """Type `keys` one by one while a generator of `latency` ms says what `answers` gives; the debounce learns."""

    async def work():
        debounce = Debounce()
        generator = tools.Scripted(lambda r: [latency, answers(r)])
        engine = tools.engine_of(generator, delay_ms=debounce.delay_ms)
        engine.on_finished = debounce.finished
        request = tools.ask_at("x = $0\n")
        task = None
        for count in range(len(keys)):
            task = asyncio.ensure_future(engine.suggest(tools.typed(request, keys[:count])))
            await asyncio.sleep(pause)
        await task
        engine.stop()
        return debounce, generator, tools.typed(request, keys)

    return tools.run(work())


def test_right_answers_are_never_waited_for(tools):
    """As long as what comes is what is typed, asking at once costs nothing."""
    keys = "alpha_beta_gamma_delta_epsilon"
    debounce, generator, request = typed_run(tools, lambda r: keys[len(r.window.prefix) - 4 :][:8], keys)
    assert debounce.delay_ms(request, generator) == 0.0


def test_wasted_requests_make_it_wait(tools):
    """Where each answer is thrown away the wait grows, within its bound, and shrinks when answers are right."""
    keys = "qwertyuiopasdfghjklzxcvbnm" * 2
    debounce, generator, request = typed_run(tools, lambda r: "never right\n", keys)
    waste = debounce.delay_ms(request, generator)
    assert 20 < waste <= 150
    assert debounce.delay_ms(tools.ask_at("$0", trigger=tools.Trigger.MANUAL), generator) == 0.0
    assert debounce.delay_ms(request, tools.Scripted([], "scripted", wants_context=False)) == 0.0
    assert debounce.delay_ms(request, tools.Scripted([], "another")) == 0.0
    for _ in range(20):
        good = type("F", (), {})()
        good.speculative, good.seed, good.disagreed, good.closing = False, "", False, False
        good.generators = (generator,)
        good.answered, good.first_at, good.started = True, 0.2, 0.0
        debounce.finished(good)
    assert debounce.delay_ms(request, generator) < waste / 4

"""One request to the chat server of a session without an editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dovetail.edits import Workspace
from dovetail.edits.chat import Budget, EditRequest, Exchange, make_edit, messages_for, suited

from ..editing.ask import answerer, hold_to_answer
from ..models.chatmodels import ChatModels, seconds_for
from ..models.endpoints import chat_config
from ..session.session import Session


async def ask_chat(
    session: Session,
    request: EditRequest,
    workspace: Workspace,
    budget: Budget | None = None,
    *,
    on_text: Callable[[str], None] = lambda text: None,
    may_ask: Callable[[], bool] = lambda: True,
) -> Exchange:
    """Ask, and make a plan of the answer; how the model answered is kept as evidence.

    Args:
        budget: what is left of the caller's own; that of the settings holds too.
        on_text: told each piece of an answer.
        may_ask: as `answerer` takes it.

    Raises:
        dovetail.endpoints.EndpointError: no server is set, or it does not answer.
        dovetail.edits.chat.PromptError: a prompt of the user's own cannot be used.
    """
    config = chat_config(session.settings.chat)
    overrides = session.places.config / "prompts"
    models = ChatModels.in_state(session.places.state)
    evidence = await asyncio.to_thread(models.of, config.url, config.model)
    # In the form that this model has kept to so far.
    request = await asyncio.to_thread(suited, request, evidence)
    edits = session.settings.edits
    tokens, seconds = (
        edits.budget_tokens,
        seconds_for(evidence, config.timeouts.total_ms, edits.budget_seconds),
    )
    if budget is not None:
        # A round may use no more than is left of the run, and no more than any request.
        tokens, seconds = min(tokens, budget.tokens), min(seconds, budget.seconds)
    exchange = await make_edit(
        request,
        await asyncio.to_thread(messages_for, request, overrides),
        workspace,
        answerer(config, may_ask=may_ask),
        budget=Budget(tokens, seconds),
        overrides=overrides,
        on_text=on_text,
    )
    hold_to_answer(exchange, config, seconds)
    # Also from here: what a model does in rounds tells as much as in a single edit.
    await asyncio.to_thread(models.note, config.url, config.model, exchange.tries)
    return exchange

"""A coroutine that goes on in the call that has something for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from listserv.inbound.stepping import Stepped, turn


def _run(said: list[str], steps: Coroutine[Any, Any, None]) -> Stepped:
    stepped = Stepped(steps, asyncio.get_running_loop())
    stepped.go_on()
    said.append("begun")
    return stepped


def test_it_goes_on_within_the_call() -> None:
    said: list[str] = []

    async def steps() -> None:
        for word in ("one", "two"):
            said.append(word)
            await turn()

    async def scenario() -> None:
        stepped = _run(said, steps())
        stepped.go_on()
        said.append("told")
        for _ in range(3):
            stepped.go_on()  # the third after it has ended

    asyncio.run(scenario())
    assert said == ["one", "begun", "two", "told"]


def test_what_the_loop_has_in_hand_is_not_hurried() -> None:
    said: list[str] = []

    async def scenario() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def steps() -> None:
            await turn()
            said.append(await answer)
            await turn()
            said.append("last")

        stepped = _run(said, steps())
        stepped.go_on()
        stepped.go_on()
        await asyncio.sleep(0)
        answer.set_result("answered")
        await asyncio.sleep(0.01)
        said.append("then")
        stepped.go_on()

    asyncio.run(scenario())
    assert said == ["begun", "answered", "then", "last"]


def test_an_error_of_what_it_awaits_is_its_own_to_catch() -> None:
    said: list[str] = []

    async def broken() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    async def steps() -> None:
        try:
            await broken()
        except ValueError as error:
            said.append(str(error))
        await asyncio.sleep(0)
        said.append("after")

    async def scenario() -> None:
        _run(said, steps())
        await asyncio.sleep(0.01)

    asyncio.run(scenario())
    assert said == ["begun", "broken", "after"]


def test_breaking_off_ends_what_it_awaits_and_lets_it_tidy_up() -> None:
    said: list[str] = []

    async def steps() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append("tidied up")

    async def scenario() -> None:
        stepped = _run(said, steps())
        await asyncio.sleep(0)
        stepped.cancel()
        await asyncio.sleep(0.01)
        stepped.go_on()

    asyncio.run(scenario())
    assert said == ["begun", "tidied up"]


def test_breaking_off_leaves_who_waits_for_a_turn() -> None:
    said: list[str] = []

    async def steps() -> None:
        await turn()
        said.append("went on")

    async def scenario() -> None:
        stepped = _run(said, steps())
        stepped.cancel()
        await asyncio.sleep(0)
        stepped.go_on()

    asyncio.run(scenario())
    assert said == ["begun", "went on"]

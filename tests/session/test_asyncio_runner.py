"""The runner of an event loop, where waiting for a callback could be for ever."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dfm.errors import CallbackFailed
from dfm.net.frame import Frame
from dfm.session import AsyncioDispatcher, Token

TOKEN = Token("out", Frame((0,)), 7, "hub", 3)
LIMIT = 30


def test_on_the_thread_of_the_loop_callbacks_run_later_in_order() -> None:
    seen: list[Any] = []

    async def main() -> list[Any]:
        both = asyncio.Event()

        async def note(*arguments: Any) -> None:
            seen.append(arguments[-1])
            if len(seen) == 2:
                both.set()

        runner = AsyncioDispatcher().create_runner(note)
        runner.dispatch([TOKEN, TOKEN])
        before = list(seen)
        await both.wait()
        return before

    assert asyncio.run(main()) == []
    assert seen == [7, 7]


def test_what_a_callback_raises_on_the_thread_of_the_loop_goes_to_its_handler() -> None:
    told: list[dict[str, Any]] = []

    async def fail(*_: object) -> None:
        raise KeyError("no such thing")

    async def main() -> None:
        heard = asyncio.Event()

        def hear(_: object, context: dict[str, Any]) -> None:
            told.append(context)
            heard.set()

        asyncio.get_running_loop().set_exception_handler(hear)
        AsyncioDispatcher().create_runner(fail).dispatch(TOKEN)
        await heard.wait()

    asyncio.run(main())

    assert [type(context["exception"]) for context in told] == [KeyError]


def test_a_loop_that_is_started_later_gets_what_waits_for_it() -> None:
    loop = asyncio.new_event_loop()
    seen: list[Any] = []

    async def note(*arguments: Any) -> None:
        seen.append(arguments[-1])
        loop.stop()

    runner = AsyncioDispatcher(loop).create_runner(note)
    waiting = threading.Thread(target=runner.dispatch, args=(TOKEN,))
    waiting.start()
    loop.run_forever()
    loop.run_until_complete(asyncio.sleep(0))
    waiting.join(LIMIT)
    loop.close()

    assert seen == [7]
    assert not waiting.is_alive()


def test_a_loop_that_is_closed_while_a_token_waits_for_it_is_an_error() -> None:
    loop = asyncio.new_event_loop()
    told: list[CallbackFailed] = []

    async def note(*_: object) -> None: ...

    runner = AsyncioDispatcher(loop).create_runner(note)

    def dispatch() -> None:
        with pytest.raises(CallbackFailed, match="is closed") as caught:
            runner.dispatch(TOKEN)
        told.append(caught.value)

    waiting = threading.Thread(target=dispatch)
    waiting.start()
    loop.close()
    waiting.join(LIMIT)

    assert len(told) == 1

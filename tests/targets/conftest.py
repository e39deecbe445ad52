"""One federation and one session per target; every test of the contract runs on each."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import dfm

TARGETS = ("inline", "local")


def lab() -> dfm.Federation:
    """Three sites that offer the same small operations, and a home that offers none.

    The functions are local: they reach a worker process by value, as those of a script do.
    """
    federation = dfm.Federation("lab")
    federation.site("home")

    def echo(value: Any) -> Any:
        return value

    async def add(a: int, b: int) -> int:
        return a + b

    def items(n: int) -> Any:
        yield from range(n)

    async def items_async(n: int) -> AsyncIterator[int]:
        for i in range(n):
            await asyncio.sleep(0)
            yield i

    def items_then_fail(n: int) -> Any:
        yield from range(n)
        raise ValueError("no more")

    def total(values: Any) -> int:
        return sum(values)

    async def total_async(values: Any) -> int:
        return sum([v async for v in values])

    def first(values: Any, n: int) -> list[int]:
        iterator = iter(values)
        return [next(iterator) for _ in range(n)]

    def pair(a: Any, b: Any) -> Any:
        return (a, b)

    def fail(message: str) -> int:
        raise ValueError(message)

    def die(code: int) -> int:
        os._exit(code)

    def kill(number: int) -> int:
        os.kill(os.getpid(), number)
        time.sleep(30)
        return 0

    def leave(code: int) -> int:
        raise SystemExit(code)

    def lock(value: int) -> Any:
        return threading.Lock()

    async def wait_for_ever(value: int) -> int:
        await asyncio.Event().wait()
        return value

    def pid(value: int = 0) -> int:
        return os.getpid()

    def greet(name: str, greeting: str = "hello") -> str:
        return f"{greeting}, {name}"

    operations = {
        "ops.Echo": echo, "ops.Add": add, "ops.Items": items, "ops.ItemsAsync": items_async,
        "ops.ItemsThenFail": items_then_fail, "ops.Total": total, "ops.TotalAsync": total_async,
        "ops.First": first,
        "ops.Pair": pair, "ops.Fail": fail, "ops.Die": die, "ops.Kill": kill, "ops.Leave": leave,
        "ops.Lock": lock, "ops.WaitForEver": wait_for_ever, "ops.Pid": pid, "ops.Greet": greet,
    }  # fmt: skip
    for name in ("a", "b", "c"):
        site = federation.site(name)
        for operation, function in operations.items():
            site.operation(operation)(function)
    return federation


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    """The target under test."""
    name: str = request.param
    return name


@pytest.fixture
def federation() -> dfm.Federation:
    """The federation of the contract."""
    return lab()


@pytest.fixture
def session(federation: dfm.Federation, target: str) -> Iterator[dfm.Session]:
    """A connected session at `home`."""
    with federation.session(homesite="home", target=target) as session:
        yield session

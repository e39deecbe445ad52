"""Long and deep pipelines compile; twice as long takes twice as many steps, not four times."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from tests.compiler.plans import Make, Use, compiled, written

from dfm.api import Else, ForEach, If, Pipeline, TryFromCache, Yield
from dfm.api.scope import MAX_BLOCKS
from dfm.errors import LimitExceeded

Program = Callable[[int], None]


def loops_in_a_row(length: int) -> None:
    value: Any = Make()
    for _ in range(length):
        with ForEach(seq=value) as loop:
            made = Use(v=loop)
        value = loop.collect(made)
    Yield(value=value)


def branches_in_a_row(length: int) -> None:
    value: Any = Make()
    for _ in range(length):
        with If(cond=value):
            one = Use(v=value)
        with Else():
            other = Use(v=1)
        value = If.join(one, other)
    Yield(value=value)


def a_long_body_over_two_sites(length: int) -> None:
    with ForEach(seq=[1, 2], ordered=True) as loop:
        value: Any = loop
        for number in range(length):
            value = Use(v=value["k"], site="ab"[number % 2])
        Yield(value=value)


def loops_after_each_other(length: int) -> None:
    loop: Any = None
    for _ in range(length):
        with ForEach(seq=[1], dfm_after=loop) as loop:
            Yield(value=loop, multiuse=True)


def calls_made_by(work: Callable[[], object]) -> int:
    """How many Python functions are called: a measure of work that no other load changes."""
    made = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made


def pipeline(program: Program, length: int) -> Pipeline:
    with written() as p:
        program(length)
    return p


@pytest.mark.parametrize(
    "program",
    [loops_in_a_row, branches_in_a_row, a_long_body_over_two_sites, loops_after_each_other],
)
def test_twice_as_long_is_twice_the_work(program: Program) -> None:
    short, long = pipeline(program, 60), pipeline(program, 120)
    compiled(short)

    work = calls_made_by(lambda: compiled(short))
    twice = calls_made_by(lambda: compiled(long))

    assert twice < 2.4 * work


@pytest.mark.parametrize("kind", [ForEach, If, TryFromCache])
def test_blocks_as_deep_as_they_may_be_compile(kind: type) -> None:
    with written() as p, ExitStack() as blocks:
        value: Any = Make()
        for _ in range(MAX_BLOCKS):
            given: dict[str, Any] = {"seq": [value]} if kind is ForEach else {}
            given |= {"cond": value} if kind is If else {}
            given |= {"key": 1} if kind is TryFromCache else {}
            block = blocks.enter_context(kind(**given))
            value = Use(v=value)
            if isinstance(block, TryFromCache):
                block.cache(value)
        Yield(value=value)

    assert len(compiled(p).yields) == 1


def test_deeper_blocks_are_refused_however_they_were_made() -> None:
    with written() as p:
        with If(cond=1):
            Make()
    branch = p.dfm_body[0]
    for _ in range(1000):
        branch = branch.model_copy(update={"dfm_body": [branch]})
    p.dfm_body[0] = branch

    with pytest.raises(LimitExceeded, match=f"more than {MAX_BLOCKS} deep"):
        compiled(p)

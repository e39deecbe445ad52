"""Long and deep pipelines compile; twice as long takes twice as many steps, not four times."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from tests.compiler.plans import Join, Make, Use, compiled, written

from dfm.api import Else, ForEach, If, Pipeline, TryFromCache, Yield
from dfm.api.references import leaves_by_kind
from dfm.api.scope import MAX_BLOCKS
from dfm.errors import LimitExceeded
from dfm.net import verify
from dfm.net.template import places_read

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


def a_chain(length: int) -> None:
    value: Any = Make()
    for number in range(length):
        value = Use(v=value[number % 3])
    Yield(value=value)


def many_readers_of_one_value(length: int) -> None:
    value = Make()
    for _ in range(length):
        Yield(value=Use(v=value), multiuse=True)


def one_reader_of_many_values(length: int) -> None:
    Yield(value=Use(v=[Make(v=number) for number in range(length)]))


def layers(length: int) -> None:
    before: list[Any] = [Make(v=number) for number in range(5)]
    for number in range(length):
        before = [*before[1:], Join(x=before[0], y=before[number % 4 + 1])]
    Yield(value=before)


def what_waits_for_all_before(length: int) -> None:
    Make(dfm_after=[Make(v=number) for number in range(length)])


def calls_made_by(work: Callable[[], object], of: Callable[..., Any] | None = None) -> int:
    """How many Python functions are called: a measure of work that no other load changes.

    Only those `of` one function, if there is one.
    """
    made = 0
    wanted = getattr(of, "__code__", None)

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal made
        made += event == "call" and (wanted is None or frame.f_code is wanted)

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


PROGRAMS = [
    *(loops_in_a_row, branches_in_a_row, a_long_body_over_two_sites, loops_after_each_other),
    *(a_chain, many_readers_of_one_value, one_reader_of_many_values, layers),
    what_waits_for_all_before,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_twice_as_long_is_twice_the_work(program: Program) -> None:
    short, long = pipeline(program, 60), pipeline(program, 120)
    compiled(short)

    work = calls_made_by(lambda: compiled(short))
    twice = calls_made_by(lambda: compiled(long))

    assert twice < 2.4 * work


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_statement_reads_is_not_looked_for_by_every_rule(program: Program) -> None:
    p = pipeline(program, 20)

    looks = calls_made_by(lambda: compiled(p), of=leaves_by_kind)

    assert looks <= 2 * len(list(p.dfm_walk()))


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_transition_waits_for_is_looked_for_once(program: Program) -> None:
    nets = compiled(pipeline(program, 20)).nets
    transitions = [t for net in nets.values() for t in net.walk()]

    looks = calls_made_by(lambda: verify(nets), of=places_read)

    assert looks == 0
    assert transitions


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

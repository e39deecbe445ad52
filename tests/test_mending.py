"""Programs can lose any line, and print as what an author might have written."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lines import Cached, Choice, Compared, Keep, Loop, Node, Op, Out, walk
from tests.mending import mended, without
from tests.program_strategies import programs
from tests.programs import Program


@settings(max_examples=40)
@given(programs(wild=True), st.data())
def test_what_is_left_without_some_lines_can_be_written(
    program: Program, data: st.DataObject
) -> None:
    names = [line.name for line in walk(program.lines)]
    gone = data.draw(st.sets(st.sampled_from(names)))

    left = replace(program, lines=without(program.lines, gone))

    assert mended(left.lines) == left.lines
    left.pipeline()


def test_what_refers_to_nothing_is_a_literal() -> None:
    lines = (
        Op("v0", "m.List", {"to": 3}),
        Loop("v1", Node("v0"), (Out("v2", "out", [Node("v0"), Node("v1")]),), after=("v0",)),
    )

    assert without(lines, {"v0"}) == (
        Loop("v1", [1, 2], (Out("v2", "out", [3, Node("v1")]),)),
    )  # fmt: skip
    assert without(lines, {"v2"}) == lines[:1]


def test_nothing_outside_can_tell_whether_a_value_comes_from_a_cache() -> None:
    body = (
        Op("v1", "m.Fail", {"say": 1}),
        Out("v2", "out", 1),
        Op("v3", "m.Total", {"of": 2}, after=("v0",)),
        Keep("v4", Node("v3")),
    )
    lines = (Op("v0", "m.Fail", {"say": 0}), Cached("v5", body), Out("v6", "out", 1, ("v5", "v1")))

    cached, out = mended(lines)[1:]

    assert cached == Cached("v5", (body[0], replace(body[2], after=()), body[3]))
    assert out == Out("v6", "out", 1)


def test_a_program_prints_as_what_was_written() -> None:
    choice = Choice("v2", Compared(">", Node("v1"), 1), (Out("v3", "out", 7),))
    lines = (Op("v0", "m.Count", {"to": 3}, "a"), Loop("v1", Node("v0"), (choice,)))

    assert str(Program(lines, {"a": ["m.Count"]}, "a")) == (
        "Program for a, calls [{}]\n"
        "    a offers m.Count\n"
        "    v0 = m.Count(to=3) @ a\n"
        "    for v1 in v0:\n"
        "        v2: if v1 > 1:\n"
        "            v3: yield out = 7\n"
    )

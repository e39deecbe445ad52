"""Every target delivers what the reference interpreter says a program means."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.agreement import disagreement, everything_everywhere, out_of_order
from tests.lines import Loop, Node, Out
from tests.program_strategies import SITES, programs
from tests.programs import Program
from tests.shrinking import PHASES, check_program

from dfm import Session


@pytest.mark.deadline(600)
@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_target_delivers_what_a_program_means(target: str, tmp_path: Path) -> None:
    federation = everything_everywhere(str(tmp_path))

    with Session(federation, SITES[0], target=target) as session:

        @settings(max_examples=100, phases=PHASES)
        @given(program=programs(wild=True))
        def agrees(program: Program) -> None:
            check_program(program, partial(disagreement, session=session))

        agrees()


def test_what_an_ordered_loop_delivers_too_late_is_noticed() -> None:
    inner = Loop("v1", Node("v0"), (Out("v2", "out", Node("v1")),), ordered=True)
    lines = (Loop("v0", [], (inner,)),)
    arrivals = [("out", frame, 0) for frame in [(0, 1, 0), (0, 0, 1), (0, 1, 1), (0, 0, 0)]]

    late = list(out_of_order(lines, arrivals))

    assert late == ["out [0, 0, 0] came after [0, 0, 1]"]

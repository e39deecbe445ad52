"""Every target delivers what the reference interpreter says a program means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from tests.programs import SIGNATURES, Program, federation_of
from tests.strategies import SITES, programs

from dfm import Frame, Session
from dfm.api import ErrorToken
from dfm.errors import OperationFailed
from dfm.net.model import STATUS_PLACE_NAME
from dfm.net.token import Failure

LIMIT = 30.0

Delivered = tuple[str, tuple[int, ...], str]


def expected(program: Program) -> list[Delivered]:
    """What the reference interpreter delivers."""
    return sorted((y.place, y.frame, shown(y.token)) for y in program.simulated())


def delivered(program: Program, session: Session) -> list[Delivered]:
    """What a target delivers, and raise if it is not said that something failed."""
    heard: list[Delivered] = []

    def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        if place != STATUS_PLACE_NAME:
            heard.append((place, frame.path or (), shown(data)))

    prepared = program.compiled()
    calls = [{k: v for k, v in c.items() if k in prepared.param_places} for c in program.calls]
    job = session.execute(prepared, calls, default_callback=listen)
    try:
        job.wait_until_finished(LIMIT)
        failed = False
    except OperationFailed:
        failed = True
    assert failed or not any(text.startswith("errors") for _, _, text in heard)
    return sorted(heard)


def shown(token: Any) -> str:
    """Write a token down so that tokens of both kinds can be compared and sorted."""
    if isinstance(token, (Failure, ErrorToken)):
        return f"errors {[(e.type, e.message) for e in token.errors]}"
    return repr(token)


@pytest.mark.deadline(600)
@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_target_delivers_what_a_program_means(target: str) -> None:
    everything_everywhere = federation_of({site: list(SIGNATURES) for site in SITES})

    with Session(everything_everywhere, SITES[0], target=target) as session:

        @settings(max_examples=100)
        @given(program=programs(wild=True))
        def agrees(program: Program) -> None:
            assert delivered(program, session) == expected(program)

        agrees()

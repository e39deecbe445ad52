"""The garbage collector pauses while a pipeline is compiled, and goes on in any case."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.compiler.plans import Make, Nowhere, compiled, written

from dfm.compiler.pause import collection_paused
from dfm.errors import PlacementError


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_nothing_is_collected_while_a_pipeline_is_compiled() -> None:
    seen: list[bool] = []
    with written() as p:
        Make()

    compiled(p, watch=lambda name, plan: seen.append(gc.isenabled()))

    assert set(seen) == {False}
    assert gc.isenabled()


def test_a_mistake_ends_the_pause() -> None:
    with written() as p:
        Nowhere()

    with pytest.raises(PlacementError):
        compiled(p)

    assert gc.isenabled()


def test_what_an_application_has_switched_off_stays_off() -> None:
    gc.disable()

    with collection_paused():
        pass

    assert not gc.isenabled()


def test_a_pause_in_a_pause_ends_with_the_outer_one() -> None:
    with collection_paused():
        with collection_paused():
            pass

        assert not gc.isenabled()
    assert gc.isenabled()


def test_of_overlapping_pauses_the_first_that_is_over_ends_both() -> None:
    one, other = collection_paused(), collection_paused()
    one.__enter__()
    other.__enter__()

    one.__exit__(None, None, None)

    assert gc.isenabled()
    other.__exit__(None, None, None)
    assert gc.isenabled()


IN_A_FORK = """
import gc, os
from dfm.compiler.pause import collection_paused

with collection_paused():
    child = os.fork()
    if child == 0:
        os._exit(7 if gc.isenabled() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert not gc.isenabled()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_process_that_is_forked_in_a_pause_collects() -> None:
    subprocess.run([sys.executable, "-c", IN_A_FORK], check=True)

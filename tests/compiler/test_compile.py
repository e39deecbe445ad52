"""Compiling as a whole: what comes out, that it is the same each time, what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.compiler.plans import Join, Make, Use, compiled, federation_of, written
from tests.ids import shown

from dfm.api import Pipeline, PlaceParam, Yield
from dfm.compiler import PASSES, Plan
from dfm.errors import ArgumentError
from dfm.federation.models import ComputeCost
from dfm.mesh import Federation
from dfm.net import parse_net

ROOT = Path(__file__).parents[2]


def pipeline() -> Pipeline:
    """A pipeline with a bit of everything."""
    with written() as p:
        made = [Make(v={"set": {f"{n}", "x", "y"}}, site=site) for n, site in enumerate("abc")]
        joined = Join(x=made, y=frozenset([made[0][0], made[1].fieldref("values"), made[2]["k"]]))
        last = Use(v=joined, w=PlaceParam("first"), dfm_after=made)
        Yield(value=[last, made[1]["k"]], place="out")
    return p


def test_a_watcher_is_shown_the_plan_after_each_pass() -> None:
    seen: list[tuple[str, Plan]] = []

    prepared = compiled(pipeline(), watch=lambda name, plan: seen.append((name, plan)))

    assert [name for name, _ in seen] == [run.__name__ for run in PASSES]
    assert str(seen[-1][1]) == "\n".join(map(str, prepared.nets.values()))


def test_a_prepared_pipeline_says_what_it_is() -> None:
    p = pipeline()

    prepared = compiled(p)

    assert prepared.pipeline_name == "p"
    assert prepared.federation_name == "tests"
    assert prepared.api_version == "1.2.0"
    assert prepared.homesite == "home"
    assert prepared.param_places == ("first",)
    assert prepared.yield_places == ("out",)
    assert list(prepared.locations) == list(range(6))
    assert all(f"{Path(__file__).name}:" in at for at in prepared.locations.values())


def test_a_pipeline_without_a_name_has_one_in_its_nets() -> None:
    with Pipeline() as p:
        Yield(value=1)

    assert compiled(p).pipeline_name == "pipeline"


def test_a_pipeline_that_was_read_compiles_to_the_same_nets() -> None:
    with written() as p:
        made = Make(v=[1, 2.5], site="a")
        Yield(value=Use(v=[made["k"]], site="b", dfm_after=made))

    read = Pipeline.model_validate_json(p.model_dump_json())

    assert compiled(read).nets == compiled(p).nets


def test_the_nets_are_the_same_on_any_machine() -> None:
    program = (
        "from tests.compiler.test_compile import *; print(*compiled(pipeline()).nets.values())"
    )

    def text(seed: str) -> str:
        paths = os.pathsep.join([str(ROOT), *sys.path])
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    assert text("1") == text("2") == " ".join(map(str, compiled(pipeline()).nets.values())) + "\n"


def test_every_net_can_be_read_back() -> None:
    for net in compiled(pipeline()).nets.values():
        assert parse_net(str(net)) == net


# -- the report --------------------------------------------------------------------------------


def test_the_report_says_what_runs_where_and_what_moves() -> None:
    costs = {
        ("a", "m.Make"): ComputeCost(fixed_time=0.5, fixed_size=1000),
        ("b", "m.Make"): ComputeCost(fixed_time=0.25, fixed_size=400),
        ("home", "m.Make"): ComputeCost(fixed_size=7),
        ("b", "m.Join"): ComputeCost(fixed_time=1.0, fixed_size=10),
    }
    with written() as p:
        first, second, _ = Make(site="a"), Make(site="b"), Make(site="home")
        joined = Join(x=first["k"], y=second, site="b")
        Yield(value=joined, place="out")
        Yield(value=[joined, first], place="both")

    report = compiled(p, federation_of(costs=costs)).report

    assert [(s.site, s.seconds, s.bytes_out) for s in report.steps] == [
        ("a", 0.5, 1000),
        ("b", 0.25, 400),
        ("home", 0.0, 7),
        ("b", 1.0, 10),
    ]
    assert [(t.value, t.source, t.target, t.bytes) for t in report.transfers] == [
        ("node0_k", "a", "b", 1000),
        ("node3", "b", "home", 10),
        ("node0", "a", "home", 1000),
    ]
    assert report.bytes_per_link() == {("a", "b"): 1000, ("b", "home"): 10, ("a", "home"): 1000}
    assert report.all_at_home.bytes == 1400


@pytest.mark.parametrize("length", [2000])
def test_a_long_chain_over_free_sites_compiles(length: int) -> None:
    with written() as p:
        value = Make()
        for _ in range(length):
            value = Use(v=value)
        Yield(value=value)

    assert len(compiled(p).nets["home"].transitions) == length + 2


# -- what is not to be compiled ----------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, pipeline, {"dfm_body": []}, Pipeline], ids=shown)
def test_what_is_no_pipeline_is_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="a pipeline is expected, got") as refusal:
        compiled(wrong)

    assert "with Pipeline() as p:" in refusal.value.hint


def test_a_function_in_place_of_its_pipeline_is_to_be_called() -> None:
    with pytest.raises(ArgumentError, match="call it"):
        compiled(pipeline)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, "warming.dfm.yaml", Federation("tests")], ids=repr)
def test_what_is_no_federation_is_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="a federation is expected, got") as refusal:
        compiled(pipeline(), wrong)

    assert "federation.spec" in refusal.value.hint


def test_an_objective_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ArgumentError, match="there is no objective 'fast'") as refusal:
        compiled(pipeline(), objective="fast")

    assert refusal.value.hint == "objective='total' or objective='makespan'"

"""`dfm can-i`: whether policies allow a pipeline, in words, without running anything."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

PIPELINE = """
    from dfm import Federation, Pipeline, Yield
    from dfm.federation import CallRule, EgressRule, Policy

    federation = Federation("clinics")
    POLICY = {policy}
    clinic, desk = federation.site("clinic", policy=POLICY), federation.site("desk")
    other = federation.site("other")

    @clinic.operation("c.Load")
    def load() -> list[float]:
        raise RuntimeError("nothing should be run")

    @clinic.operation("c.Mean")
    def mean(values: list[float]) -> float:
        raise RuntimeError("nothing should be run")

    def get_pipeline():
        ops = federation.operations.c
        with Pipeline() as pipeline:
            loaded = ops.Load()
            Yield(place="out", value={value})
        return pipeline
"""
LINE_OF_LOAD = 1 + PIPELINE[: PIPELINE.index("loaded = ")].count("\n")
MEANS = 'Policy((EgressRule("means", ("c.Mean",), at="c.yaml:3:5"),), ("c.Mean",))'


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(policy: str, value: str = "ops.Mean(values=loaded)") -> Path:
        file = tmp_path / "clinics_pipeline.py"
        file.write_text(dedent(PIPELINE).format(policy=policy, value=value), encoding="utf-8")
        return file

    return write


def test_yes_names_what_is_governed_and_the_rule_that_allows_it(dfm, written) -> None:
    ended = dfm("can-i", written(MEANS), "--homesite", "desk")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "yes: policies allow all of it\n"
        "  what c.Mean returns goes from 'clinic' to 'desk': rule 'means' (c.yaml:3:5)\n"
    )


def test_calls_are_governed_too(dfm, written) -> None:
    callers = 'Policy(callers=(CallRule("the desk", by=("desk",), at="c.yaml:9:5"),))'

    ended = dfm("can-i", written(callers), "--homesite", "desk")

    assert ended.out == (
        "yes: policies allow all of it\n"
        "  'desk' calls c.Load at 'clinic': rule 'the desk' (c.yaml:9:5)\n"
        "  'desk' calls c.Mean at 'clinic': rule 'the desk' (c.yaml:9:5)\n"
    )


def test_yes_may_be_because_nothing_is_governed(dfm, written) -> None:
    ended = dfm("can-i", written("None"), "--homesite", "desk")

    assert (ended.code, ended.out) == (0, "yes: nothing in it is governed by a policy\n")


def test_no_says_what_is_not_allowed_why_and_what_to_try(dfm, written) -> None:
    file = written(MEANS, "loaded")

    ended = dfm("can-i", file, "--homesite", "desk")

    assert ended.code == 3
    assert ended.out.startswith("no: what c.Load returns may not be sent from 'clinic' to 'desk'")
    assert "no rule lets c.Load leave" in ended.out
    assert "c.Mean at 'clinic', which the policy of 'clinic' releases" in ended.out
    assert f"  at   {file}:{LINE_OF_LOAD}\n" in ended.out
    assert ended.err == ""


def test_yes_tells_a_list_from_what_an_operation_returns(dfm, written) -> None:
    file = written('Policy((EgressRule("all"),))', "[loaded, 1]")

    ended = dfm("can-i", file, "--homesite", "desk")

    assert "  something made of what c.Load returns goes from 'clinic' to 'desk': " in ended.out


def test_no_tells_a_list_from_what_an_operation_returns(dfm, written) -> None:
    policy = 'Policy((EgressRule("n", types=(Type.of("number"),), at="c.yaml:3:5"),), ("c.Mean",))'
    file = written(policy, "[ops.Mean(values=loaded), 1]")
    file.write_text("from dfm.types import Type\n" + file.read_text())

    ended = dfm("can-i", file, "--homesite", "desk")

    assert ended.code == 3
    assert ended.out.startswith("no: a list, made of what c.Mean returns at 'clinic', may not be")
    assert "it has no known type, and by the policy of 'clinic', 'n' is for number" in ended.out
    assert "c.Mean at 'clinic', which" not in ended.out
    assert "  try  yielding what c.Mean returns by itself; or " in ended.out
    assert "a rule without `types`, unlike 'n' (c.yaml:3:5)\n" in ended.out


def test_no_is_said_of_each_thing_that_is_not_allowed(dfm, written) -> None:
    both = 'loaded); Yield(place="more", value=ops.Load()'

    ended = dfm("can-i", written(MEANS, both), "--homesite", "desk")

    assert ended.out.count("no: what c.Load returns may not be sent") == 2


@pytest.mark.parametrize(("homesite", "code"), [("desk", 0), ("other", 3)])
def test_whose_pipeline_it_is_makes_a_difference(dfm, written, homesite: str, code: int) -> None:
    file = written('Policy((EgressRule("desk", to=("desk",)),))', "loaded")

    assert dfm("can-i", file, "--homesite", homesite).code == code


def test_with_json_the_answer_is_one_object(dfm, written) -> None:
    yes = dfm("can-i", written(MEANS), "--homesite", "desk", "--json")

    assert yes.objects == [
        {
            "allowed": True,
            "calls": [],
            "crossings": [
                {
                    "what": "what c.Mean returns goes from 'clinic' to 'desk'",
                    "rules": ["rule 'means' (c.yaml:3:5)"],
                }
            ],
        }
    ]


def test_with_json_no_is_an_object_too(dfm, written) -> None:
    no = dfm("can-i", written(MEANS, "loaded"), "--homesite", "desk", "--json")

    (answer,) = no.objects
    (problem,) = answer["problems"]
    assert (no.code, answer["allowed"], set(problem)) == (3, False, {"message", "at", "hint"})


def test_what_is_wrong_with_the_pipeline_is_no_answer(dfm, written) -> None:
    ended = dfm("can-i", written("None", "ops.Men()"), "--homesite", "desk")

    assert (ended.code, ended.out) == (2, "")
    assert "c.Men" in ended.err


def test_a_file_that_ends_the_program_is_no_answer(dfm, tmp_path: Path) -> None:
    file = tmp_path / "ends.py"
    file.write_text("raise SystemExit(0)\n")

    ended = dfm("can-i", str(file), "--homesite", "desk")

    assert ended.code == 2
    assert "raised SystemExit" in ended.err

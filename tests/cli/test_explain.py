"""`dfm explain`: where a pipeline would run, in four forms, before and after it ran."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

DIVISION = """
    def get_pipeline(given):
        with Pipeline(name="division") as pipeline:
            Yield(place="none", value=given.operations.sums.Divide(left=42, right=0))
        return pipeline

    def get_pipeline_parameters():
        return {}
"""

MARKED = """
    from pathlib import Path

    @adder.operation("sums.Mark")
    def mark(path: str) -> int:
        Path(path).touch()
        return 1

    def get_pipeline(given):
        with Pipeline(name="mark") as pipeline:
            Yield(place="done", value=given.operations.sums.Mark(path={path!r}))
        return pipeline

    get_pipeline_parameters = dict
"""


def test_a_plan_is_text_on_standard_output_and_nothing_else_is_said(dfm, sums) -> None:
    ended = dfm("explain", sums())

    assert (ended.code, ended.err) == (0, "")
    assert "sums.Add" in ended.out
    assert "only site that offers it" in ended.out
    assert "not desk:" in ended.out
    assert "adder -> desk" in ended.out
    assert "~ a guess" in ended.out


def test_without_run_nothing_is_run(dfm, sums, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    file = sums(MARKED.format(path=str(mark)))

    assert dfm("explain", file, "--target", "inline").code == 0
    assert not mark.exists()


def test_with_run_it_is_run_and_measured_numbers_stand_beside(dfm, sums, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    file = sums(MARKED.format(path=str(mark)))

    ended = dfm("explain", file, "--target", "inline", "--run")

    assert ended.code == 0
    assert mark.exists()
    assert "measured" in ended.out
    assert "1 call in" in ended.out
    assert "1 result, not shown" in ended.err


def test_each_parameter_set_is_a_call(dfm, sums) -> None:
    more = "def get_pipeline_parameters(): return [{'right': n} for n in range(3)]"
    options = ("--target", "inline", "--run", "--format", "json")

    ended = dfm("explain", sums(more), *options)

    said = json.loads(ended.out)
    assert said["measured"]["calls"] == 3
    assert said["operations"][0]["runs"]["measured"] == 3


def test_json_is_one_object_with_what_the_text_says(dfm, sums) -> None:
    said = json.loads(dfm("explain", sums(), "--format", "json").out)

    (operation,) = said["operations"]
    assert (operation["operation"], operation["site"]) == ("sums.Add", "adder")
    assert [r["site"] for r in operation["not_at"]] == ["desk"]
    assert said["measured"] is None


def test_mermaid_is_a_flowchart(dfm, sums) -> None:
    out = dfm("explain", sums(), "--format", "mermaid").out

    assert "flowchart LR\n" in out
    assert 'subgraph s0["adder"]' in out


def test_svg_is_a_picture(dfm, sums) -> None:
    printed = dfm("explain", sums(), "--format", "svg").out
    assert ElementTree.fromstring(printed).tag.endswith("svg")


def test_a_form_can_be_written_to_a_file(dfm, sums, tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"

    ended = dfm("explain", sums(), "--format", "svg", "--output", picture)

    assert (ended.code, ended.out) == (0, "")
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_a_file_that_cannot_be_written_is_the_authors_turn(dfm, sums, tmp_path: Path) -> None:
    ended = dfm("explain", sums(), "--output", tmp_path / "nowhere" / "plan.txt")

    assert ended.code == 2
    assert "cannot write" in ended.err
    assert "there is no folder" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("objective", ["total", "makespan"])
def test_an_objective_can_be_chosen(dfm, sums, objective: str) -> None:
    ended = dfm("explain", sums(), "--objective", objective, "--format", "json")

    assert json.loads(ended.out)["objective"] == objective


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--objective", "least"], "'least' is not one of"),
        (["--format", "dot"], "'dot' is not one of"),
        (["--homesite", "dsk"], "'desk', which is there and spelled almost the same"),
        (["--run", "--param", "wrong=1"], "'wrong'"),
    ],
)
def test_a_wrong_option_is_the_authors_turn(dfm, sums, options: list[str], message: str) -> None:
    ended = dfm("explain", sums(), *options)

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_what_fails_while_it_runs_is_the_operators_turn(dfm, sums) -> None:
    ended = dfm("explain", sums(DIVISION), "--target", "inline", "--run")

    assert (ended.code, ended.out) == (4, "")
    assert "division by zero" in ended.err


def test_where_the_report_can_not_be_written_nothing_is_run_for_it(dfm, sums, tmp_path) -> None:
    mark = tmp_path / "mark"
    file = sums(MARKED.format(path=str(mark)))

    ended = dfm("explain", file, "--target", "inline", "--run", "--output", "/no/such/plan.txt")

    assert ended.code == 2
    assert "there is no folder /no/such" in ended.err
    assert not mark.exists()


@pytest.mark.parametrize("command", ["explain", "can-i"])
def test_a_parameter_that_the_pipeline_does_not_ask_for_is_refused(dfm, sums, command) -> None:
    ended = dfm(command, sums(), "--param", "typo=3")

    assert ended.code == 2
    assert "the pipeline does not ask for 'typo'" in ended.err

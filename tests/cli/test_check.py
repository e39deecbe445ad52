"""`dfm check`: every mistake in a federation file, or that there is none."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

RIGHT = """
    dfm: 1.0.0
    info: { api-version: 0.1.0, code-package: harbour }
    operations:
      sonar.Scan:
        parameters: { window: { type: integer } }
        required: [window]
        returns: object
    sites:
      desk: {}
      pier:
        interface:
          "#/operations/sonar.Scan": { adapter: harbour.Scan, args: from-operation }
"""

WRONG = RIGHT.replace('"#/operations/sonar.Scan"', '"#/operations/sonar.Scn"').replace(
    "desk: {}", "desk: { inf: {} }"
)


@pytest.fixture
def written(tmp_path: Path):
    def write(source: str) -> Path:
        file = tmp_path / "harbour.dfm.yaml"
        file.write_text(dedent(source), encoding="utf-8")
        return file

    return write


def test_a_right_federation_is_counted(dfm, written) -> None:
    ended = dfm("check", written(RIGHT))

    assert (ended.code, ended.out, ended.err) == (0, "ok: 2 sites, 1 operation\n", "")


def test_every_problem_is_a_line_with_file_line_and_column(dfm, written) -> None:
    file = written(WRONG)

    ended = dfm("check", file)

    assert ended.code == 2
    lines = ended.out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}:10:11: ")
    assert "sonar.Scan" in lines[1]
    assert ended.err == "2 problems\n"


def test_with_json_the_answer_is_one_object(dfm, written) -> None:
    right, wrong = dfm("check", "--json", written(RIGHT)), dfm("check", "--json", written(WRONG))

    assert right.objects == [
        {"ok": True, "sites": 2, "operations": 1, "problems": [], "remarks": []}
    ]
    assert wrong.code == 2
    (answer,) = wrong.objects
    assert answer["ok"] is False
    assert [set(problem) for problem in answer["problems"]] == [{"message", "at", "hint"}] * 2


def test_a_file_that_is_no_yaml_is_a_problem_with_a_place(dfm, written) -> None:
    file = written("sites: [")

    ended = dfm("check", file)

    assert ended.code == 2
    assert ended.out.startswith(f"{file}:")


def test_a_body_that_gets_no_arguments_is_worth_a_remark_and_no_mistake(dfm, written) -> None:
    file = written(RIGHT.replace(", args: from-operation", ""))

    ended, listed = dfm("check", file), dfm("check", "--json", file)

    assert (ended.code, ended.out) == (0, "ok: 2 sites, 1 operation\n")
    assert ended.err.startswith(f"remark: {file}:13:7: harbour.Scan gets no arguments")
    assert "`args: from-operation`" in ended.err
    [remark] = listed.objects[0]["remarks"]
    assert remark["at"] == f"{file}:13:7"


def test_sizes_that_differ_from_site_to_site_are_worth_a_remark(dfm, written) -> None:
    offer = '"#/operations/sonar.Scan": { adapter: a.b, args: from-operation, compute_cost: %s }'
    sites = "".join(
        f"      s{number}:\n        interface:\n          {offer % cost}\n"
        for number, cost in enumerate(
            ["{ fixed_time: 1 }", "{ fixed_size: 8 }", "{ fixed_size: 9 }", "{ fixed_size: 7 }"]
        )
    )

    ended = dfm("check", written(RIGHT[: RIGHT.index("      desk: {}")] + sites))

    assert (ended.code, ended.err.count("remark:")) == (0, 1)
    assert "sonar.Scan is declared to return another size at 's2' than at 's1'" in ended.err


def test_without_parameters_there_is_no_remark(dfm, written) -> None:
    right = RIGHT.replace(", args: from-operation", "").replace("required: [window]", "")

    ended = dfm("check", written(right.replace("{ window: { type: integer } }", "{}")))

    assert (ended.code, ended.err) == (0, "")


def test_mistakes_in_files_that_are_referred_to_are_told_with_their_places(dfm, written) -> None:
    file = written(RIGHT.replace("desk: {}", 'desk: { $ref: "parts/desk.yaml#/desk" }'))
    (file.parent / "parts").mkdir()
    (file.parent / "parts" / "desk.yaml").write_text("desk: { inf: {} }\n")

    ended = dfm("check", file)

    assert ended.code == 2
    assert ended.out.startswith(f"{file.parent / 'parts' / 'desk.yaml'}:1:9: a site has no key")


def test_web_addresses_are_followed_only_if_allowed_and_private_ones_only_if_they_are(
    dfm, written
) -> None:
    file = written(RIGHT.replace("desk: {}", 'desk: { $ref: "http://127.0.0.1:1/x.yaml#/desk" }'))

    said = [
        dfm("check", file, *options).out
        for options in ((), ("--allow-urls",), ("--allow-private-urls",))
    ]

    assert "web addresses are not allowed here" in said[0]
    assert "--allow-urls" in said[0]
    assert "an address of a private network" in said[1]
    assert "--allow-private-urls" in said[1]
    assert "can not be had" in said[2]


def test_the_schema_of_federation_files_is_printed_without_any(dfm) -> None:
    ended = dfm("check", "--schema")

    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["$schema"] == "http://json-schema.org/draft-07/schema#"

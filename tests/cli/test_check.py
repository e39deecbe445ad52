"""`dfm check`: every mistake in a federation file, or that there is none."""

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

    assert right.objects == [{"ok": True, "sites": 2, "operations": 1, "problems": []}]
    assert wrong.code == 2
    (answer,) = wrong.objects
    assert answer["ok"] is False
    assert [set(problem) for problem in answer["problems"]] == [{"message", "at", "hint"}] * 2


def test_a_file_that_is_no_yaml_is_a_problem_with_a_place(dfm, written) -> None:
    file = written("sites: [")

    ended = dfm("check", file)

    assert ended.code == 2
    assert ended.out.startswith(f"{file}:")

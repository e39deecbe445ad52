"""`dfm policy test`: rules are as their owners' examples say, or it is told which are not."""

from collections.abc import Callable
from pathlib import Path

import pytest

FEDERATION = """\
dfm: 1.0.0
info: {api-version: 0.1.0, code-package: clinics}
operations:
  c.Load: {parameters: {}, returns: array}
  c.Mean: {parameters: {}, returns: number}
sites:
  desk: {}
  clinic:
    interface:
      "#/operations/c.Load": {adapter: c.load}
      "#/operations/c.Mean": {adapter: c.mean}
    policy:
      leaves:
        - rule: means
          operations: [RULE]
          allow: [{operation: c.Mean, to: desk}]
          deny:
            - {operation: c.Load, to: desk}
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(source: str) -> Path:
        file = tmp_path / "clinics.dfm.yaml"
        file.write_text(source, encoding="utf-8")
        return file

    return write


def test_rules_that_are_as_their_examples_say_are_counted(dfm, written) -> None:
    ended = dfm("policy", "test", written(FEDERATION.replace("RULE", "c.Mean")))

    assert (ended.code, ended.out, ended.err) == (0, "ok: 1 policy, 2 examples\n", "")


def test_each_example_that_comes_out_otherwise_is_a_line_with_its_place(dfm, written) -> None:
    file = written(FEDERATION.replace("RULE", '"c.L*"'))

    ended = dfm("policy", "test", file)

    assert ended.code == 2
    assert ended.out.splitlines() == [
        f"{file}:16:19: rule 'means' of 'clinic': c.Mean should go to 'desk':"
        " no rule lets c.Mean leave",
        f"{file}:18:15: rule 'means' of 'clinic': c.Load should not go to 'desk':"
        f" 'means' allows it ({file}:14:11)",
    ]
    assert ended.err == "2 of 2 examples came out otherwise\n"


def test_with_json_the_answer_is_one_object(dfm, written) -> None:
    right = dfm("policy", "test", "--json", written(FEDERATION.replace("RULE", "c.Mean")))
    wrong = dfm("policy", "test", "--json", written(FEDERATION.replace("RULE", '"*"')))

    assert right.objects == [{"ok": True, "examples": 2, "failed": []}]
    assert wrong.code == 2
    (answer,) = wrong.objects
    (failed,) = answer["failed"]
    assert (answer["ok"], failed["site"], failed["rule"]) == (False, "clinic", "means")
    assert failed["example"] == "c.Load should not go to 'desk'"


def test_a_policy_without_examples_passes_with_a_remark(dfm, written) -> None:
    without = FEDERATION.replace("RULE", "c.Mean").split("          allow:")[0]

    ended = dfm("policy", "test", written(without))

    assert (ended.code, ended.out) == (0, "ok: 1 policy, 0 examples\n")
    assert ended.err == "the policy of 'clinic' has no examples, so nothing was tested of it\n"


def test_a_federation_without_policies_passes(dfm, written) -> None:
    ended = dfm("policy", "test", written(FEDERATION.split("    policy:")[0]))

    assert (ended.code, ended.out, ended.err) == (0, "ok: 0 policies, 0 examples\n", "")


def test_a_federation_that_is_wrong_is_not_tested(dfm, written) -> None:
    ended = dfm("policy", "test", written(FEDERATION.replace("RULE", "c.Men")))

    assert ended.code == 2
    assert "there is no operation 'c.Men'" in ended.err

"""Every mistake in a file has one message, with its place and what to try.

Each case of `files/mistakes.txt` is an edit of a valid file: what is replaced, by what (» marks
the place that the message must name), what the message says, and what it suggests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dfm.errors import FederationError, Problem
from dfm.federation import parse_federation

VALID = """\
dfm: 1.0.0
info:
  api-version: 1.2.3
  code-package: harborfed
provision: {docker: {image: x, tag: y}}
schemas:
  geo.Window: {type: object}
link-classes: {lan: {bandwidth: 1000}, wan: {fixed_time: 0.1}}
operations:
  sonar.Scan:
    description: Collect echoes
    parameters:
      window: {$ref: "#/schemas/geo.Window"}
      rows: {type: integer, minimum: 1, default: 5}
      mode: {type: string, enum: [draft, final]}
    required: [window]
    returns: object
  sonar.Clean:
    parameters: {scan: {type: object}}
    returns: object
sites:
  office: {info: {floor: 3}, link-class: wan, send_cost: {pier: lan}}
  pier:
    impl: lib.Pier
    cache_config: {protocol: file}
    secrets_vault: {path: lib.Vault}
    send_cost: {office: {fixed_time: 1, bandwidth: 20}}
    interface:
      "#/operations/sonar.Scan":
        adapter: lib.Scan
        is-async: true
        compute_cost: {fixed_time: 1, fixed_size: 10}
        args:
          window: {from-param: window}
          token: {from-secrets: TOKEN}
          unit: {const: m, expose-as: {param: unit, type: string}}
    providers:
      radar:
        impl: {path: lib.Radar, args: {url: u}}
        interface:
          "#/operations/sonar.Clean":
            adapter: {path: lib.Clean}
            args: {scan: {from-param: scan}, url: {from-provider: radar.url}}
"""


def cases() -> Iterator[tuple[str, str, str, str]]:
    """Read the edits: what is replaced, by what, what is said, what to try."""
    text = (Path(__file__).parent / "files" / "mistakes.txt").read_text("utf-8")
    for block in text.split("\n\n"):
        if not block.startswith("#"):
            old, new, said, hint = (line[9:] for line in block.strip("\n").split("\n"))
            yield old.replace("\\n", "\n"), new.replace("\\n", "\n"), said, hint


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(FederationError) as caught:
        parse_federation(text, "f")
    return caught.value.problems


def test_the_file_that_is_edited_is_valid() -> None:
    assert list(parse_federation(VALID).sites) == ["office", "pier"]


@pytest.mark.parametrize(("old", "new", "said", "hint"), list(cases()))
def test_one_mistake_has_one_message(old: str, new: str, said: str, hint: str) -> None:
    assert VALID.count(old) >= 1
    before, _, after = VALID.partition(old)
    text = before + new.replace("»", "") + after
    start = before + new.partition("»")[0]

    (problem,) = problems(text)

    assert said in problem.message
    assert hint in problem.hint
    if "»" in new:
        line, column = start.count("\n") + 1, len(start) - (start.rfind("\n") + 1) + 1
        assert problem.at == f"f:{line}:{column}"


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = (
        VALID.replace("1.2.3", "1.2")
        .replace("[window]", "[windw]")
        .replace("lib.Scan", "Scan")
        .replace("radar.url", "rader.url")
        .replace("bandwidth: 20", "bandwidth: .nan")
    )

    found = problems(text)

    lines = [int(p.at.split(":")[1]) for p in found]
    assert lines == sorted(lines)
    assert len(found) == 5


def test_a_mistake_in_an_aliased_site_is_reported_once() -> None:
    text = VALID.replace("  pier:", "  pier: &pier").replace("lib.Scan", "Scan") + "  quay: *pier\n"

    (problem,) = problems(text)

    assert "'Scan' names no module" in problem.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      radar:\n", "      radar: {$ref: x.yaml#/a}\n      other:\n"),
        ("    providers:\n", "    providers:\n      $ref: [x]\n"),
        ("    interface:\n", "    interface:\n      $ref: [x]\n"),
    ],
)
def test_what_may_be_offered_by_something_unreadable_is_not_missed(old: str, new: str) -> None:
    before, _, after = VALID.partition(old)
    lonely = "  sonar.Lonely: {returns: object}\n  sonar.Clean:"
    text = (before + new + after).replace("  sonar.Clean:", lonely, 1)

    assert [p.message for p in problems(text) if "no site offers" in p.message] == []


def test_nothing_is_concluded_from_what_could_not_be_read() -> None:
    """A section that is no mapping is one mistake, not one for each name in it."""
    text = (
        VALID[: VALID.index("operations:\n")] + "operations: [3]\n" + VALID[VALID.index("sites:") :]
    )

    (problem,) = problems(text)

    assert "operations must be a mapping" in problem.message


def test_without_sites_the_message_says_so() -> None:
    (problem,) = problems(VALID[: VALID.index("sites:")])

    assert "there are no sites, so nobody offers 'sonar.Scan' and 1 more" in problem.message


def test_an_operation_that_is_also_a_namespace_is_refused() -> None:
    text = VALID.replace("sonar.Clean", "sonar.Scan.Clean")

    (problem,) = problems(text)

    assert "'sonar.Scan' is also the namespace of 'sonar.Scan.Clean'" in problem.message


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize("text", ["just text", "[a, list]", "3"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    (problem,) = problems(text)

    assert "a federation must be a mapping" in problem.message


@pytest.mark.parametrize(
    "name",
    [
        'x"; import os', "__class__", "class", "größe", "\ufb01eld", "a\u202eb", "x" * 300, "",
        "../x", "a\\nb", "a b", "1a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["rows", "sonar.Scan", "office", "radar", "unit"])
def test_a_name_that_could_mean_something_else_is_refused_quoted(name: str, place: str) -> None:
    quoted = '"' + name.replace('"', '\\"') + '"'
    text = {
        "rows": VALID.replace("rows:", f"{quoted}:"),
        "sonar.Scan": VALID.replace("  sonar.Scan:", f"  {quoted}:"),
        "office": VALID.replace("  office:", f"  {quoted}: {{}}\n  office:"),
        "radar": VALID.replace("      radar:", f"      {quoted}:"),
        "unit": VALID.replace("unit: {const", f"{quoted}: {{const"),
    }[place]

    shown = [p for p in problems(text) if "name" in p.message]

    assert len(shown) == 1
    assert "\n" not in shown[0].message
    assert len(shown[0].message) < 200
    assert shown[0].message.isprintable()

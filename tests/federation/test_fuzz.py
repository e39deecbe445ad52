"""Whatever a file contains, it is either a federation or refused with one of our errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dfm.errors import DfmError, FederationError
from dfm.federation import FederationSpec, parse_federation
from dfm.types import Type

FILES = Path(__file__).parent / "files"
HARBOR = (FILES / "harbor.dfm.yaml").read_text("utf-8")
LINES = HARBOR.splitlines(keepends=True)

FRAGMENTS = st.sampled_from(
    [
        "~", "[]", "{}", "[[]]", "{a: }", "yes", "0", "-1", "1e400", ".nan", ".inf", "'", '"', "*",
        "&a", "*a", "<<: *a", "<<: 3", "!!python/object:os.system", "!!int x", "!!str", "---\n",
        "? ", ": ", "- ", "\t", "\n", "#", "|", ">", "$ref", "{$ref: [x]}",
        "{$ref: '#/schemas/'}", "{ref: a}", "from-param", "const", "expose-as", "'#/operations/'",
        "#/operations/sonar.Scan",
        "9" * 400, "0x", "0b_", "12:30", "007", "1_0", "\u202e", "\U0001f600", "\ufeff", "a.b",
        "pattern: (", "enum: []", "items: {type: 3}", "minLength: 1e30", "minimum: 1e308",
        "multipleOf: 1e-320", "type: [integer, number]", "nullable: yes", "format: {}",
        "default: {a: [1]}", "oneOf: [3, {}]", "properties: {a: 3}", "required: {}",
    ]
)  # fmt: skip


def load(content: str | bytes) -> FederationSpec | None:
    """Load it, refused or not; anything but a DfmError fails the test."""
    refusal: DfmError | None = None
    try:
        return parse_federation(content, "f")
    except DfmError as error:
        refusal = error
    if isinstance(refusal, FederationError):
        assert refusal.problems
        assert all(p.message and p.at.startswith("f") for p in refusal.problems)
        assert all(str(p) in str(refusal) for p in refusal.problems[:5])
    else:
        assert refusal.at.startswith("f")
    return None


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"a: \xc2\x85b\n\t")
def test_any_bytes(content: bytes) -> None:
    load(content)


@given(st.text(max_size=200))
@example("\ud800")
@example("\n\x85\u2028a: @")
def test_any_text(text: str) -> None:
    load(text)


@given(st.lists(FRAGMENTS | st.text(max_size=3), max_size=12).map("".join))
def test_any_syntax(text: str) -> None:
    load(text)


@given(
    st.integers(0, len(HARBOR)), st.integers(0, 12), FRAGMENTS | st.text(max_size=3), st.booleans()
)
def test_a_valid_file_with_one_edit(at: int, length: int, fragment: str, spaced: bool) -> None:
    between = f" {fragment} " if spaced else fragment

    load(HARBOR[:at] + between + HARBOR[at + length :])


@given(st.data())
def test_a_valid_file_with_a_value_replaced(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(LINES) - 1))
    key, colon, _ = LINES[number].partition(": ")

    load("".join([*LINES[:number], key + colon, data.draw(FRAGMENTS), "\n", *LINES[number + 1 :]]))


@given(st.sets(st.integers(0, len(LINES) - 1), max_size=8))
def test_a_valid_file_with_lines_missing(missing: set[int]) -> None:
    load("".join(line for n, line in enumerate(LINES) if n not in missing))


VALUES = st.sampled_from(
    [None, True, 0, -1, 2.5, 10**400, "", "x", "ab", [], [1], ["x", None], (1,), {}, {"a": 1}]
)


@given(st.lists(FRAGMENTS, min_size=1, max_size=4), VALUES)
@example(["type: integer", "minimum: 1.5"], 2)
@example(["type: array", "items: {type: null}"], [1])
@example(["type: array", "items: {minimum: '5'}"], [1])
@example(["type: string", "enum: [[1], {a: b}, x]"], "x")
@example(["type: string", "pattern: '(?=a)'"], "x")
@example(["type: [integer, number]", "multipleOf: 1e-320"], 3)
@example(["type: number", "minimum: 1e200"], 10**400)
@example(["type: array", "maxItems: 3", "items: {enum: [1]}"], (1, 2))
def test_a_type_that_was_read_can_be_held_against_any_value(
    keywords: list[str], value: object
) -> None:
    """No limit that is accepted fails later, when a pipeline is written."""
    spec = load(f"""
dfm: 1.0.0
info: {{api-version: 1.0.0, code-package: fed}}
operations: {{a.B: {{parameters: {{p: {{ {", ".join(keywords)} }} }}, returns: object}}}}
sites: {{hub: {{interface: {{"#/operations/a.B": {{adapter: m.B, args: from-operation}}}}}}}}
""")
    if spec is not None:
        type_: Type = spec.operations["a.B"].parameters[0].type
        assert isinstance(type_.refusal(value), str)


@pytest.mark.parametrize(
    "text",
    [
        "dfm: 1.0.0\n" + "x: 1\n" * 100_000,
        "[" + "{a: 1}," * 60_000 + "]",
        "dfm: 1.0.0\nsites:\n" + "".join(f"  s-{n}: {{}}\n" for n in range(20_000)),
        "dfm: 1.0.0\noperations: &o {" + ",".join(f"a.B{n}: {{}}" for n in range(20_000)) + "}",
        "dfm: 1.0.0\nsites: {s: {interface: {"
        + ",".join(f"'#/operations/a.B{n}': {{}}" for n in range(10_000))
        + "}}}\noperations: {"
        + ",".join(f"a.C{n}: {{returns: object}}" for n in range(10_000))
        + "}",
    ],
    ids=["keys", "values", "sites", "operations", "unknown names"],
)
@pytest.mark.deadline(60)
def test_a_large_file_of_mistakes_is_refused_in_time(text: str) -> None:
    assert load(text) is None

"""The `policy` of a site in a file: what it means, and one message for each mistake in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.errors import FederationError, Problem
from dfm.federation import CallRule, EgressRule, Example, Policy, parse_federation
from dfm.types import Type

FILE = """\
dfm: 1.0.0
info: {{api-version: 0.1.0, code-package: climate}}
schemas:
  climate.Small: {{type: array, maxItems: 10}}
operations:
  climate.Load: {{parameters: {{}}, returns: array}}
  climate.Mean: {{parameters: {{}}, returns: number}}
  climate.Plot: {{parameters: {{}}, returns: string}}
sites:
  desk: {{}}
  office@example.com: {{interface: {{"#/operations/climate.Plot": {{adapter: c.plot}}}}}}
  clinic:
    interface:
      "#/operations/climate.Load": {{adapter: c.load}}
      "#/operations/climate.Mean": {{adapter: c.mean}}
    policy: {policy}
"""
LINE = 16


def policy_of(text: str) -> Policy | None:
    return parse_federation(FILE.format(policy=text), "f").sites["clinic"].policy


def problems(text: str) -> list[Problem]:
    with pytest.raises(FederationError) as caught:
        policy_of(text)
    return list(caught.value.problems)


def rule(**more: str) -> str:
    """A policy with one rule of what leaves, with these keys."""
    keys = ", ".join(f"{key.replace('_', '-')}: {text}" for key, text in more.items())
    return f"{{leaves: [{{rule: r, {keys}}}]}}"


def test_all_that_a_policy_can_say_is_read() -> None:
    text = """
      leaves:
        - rule: means
          operations: [climate.Mean, "climate.L*"]
          types: [number, climate.Small, {type: array, items: {type: number}}]
          to: [desk, "off*"]
          at-most: 1 MB
          allow: [{operation: climate.Mean, to: desk, type: number, bytes: 8}]
          deny: [{operation: climate.Load, to: office}]
      releases: [climate.Mean]
      callers:
        - rule: the desk
          operations: [climate.Mean]
          by: [desk]
          allow: [{operation: climate.Mean, by: desk}]
          deny: [{operation: climate.Load, by: desk}]
"""

    found = policy_of(text)

    small, numbers = Type.of("array", maxItems=10), Type.of("array", items={"type": "number"})
    assert found == Policy(
        leaves=(
            EgressRule(
                "means",
                operations=("climate.Mean", "climate.L*"),
                types=(Type.of("number"), small, numbers),
                to=("desk", "off*"),
                at_most=1_000_000,
                allow=(Example("climate.Mean", "desk", Type.of("number"), 8),),
                deny=(Example("climate.Load", "office"),),
            ),
        ),
        releases=("climate.Mean",),
        callers=(
            CallRule(
                "the desk",
                operations=("climate.Mean",),
                by=("desk",),
                allow=(Example("climate.Mean", "desk"),),
                deny=(Example("climate.Load", "desk"),),
            ),
        ),
    )


def test_what_a_rule_does_not_say_is_everything() -> None:
    found = policy_of("{leaves: [{rule: r}], callers: [{rule: c}]}")

    assert found == Policy(leaves=(EgressRule("r"),), callers=(CallRule("c"),))
    assert found.leaves is not None
    assert (found.leaves[0].operations, found.leaves[0].to) == (("*",), ("*",))


def test_rules_and_examples_know_where_they_were_written() -> None:
    text = """
      leaves:
        - rule: means
          deny:
            - {operation: climate.Load, to: desk}
"""

    found = policy_of(text)

    assert found is not None
    assert found.leaves is not None
    assert found.leaves[0].at == f"f:{LINE + 2}:11"
    assert found.leaves[0].deny[0].at == f"f:{LINE + 4}:15"
    assert found.at == f"f:{LINE + 1}:7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("{}", Policy()),
        ("{leaves: []}", Policy(leaves=())),
        ("{callers: []}", Policy(callers=())),
        ("{releases: [climate.Mean]}", Policy(releases=("climate.Mean",))),
    ],
)
def test_an_empty_list_allows_nothing_and_no_list_everything(
    text: str, expected: Policy | None
) -> None:
    assert policy_of(text) == expected


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("0", 0), ("4000", 4000), ("1e6", 1_000_000), ("10 kB", 10_000), ("10kB", 10_000),
        ("1.5 MB", 1_500_000), ("2 GB", 2_000_000_000), ("7 B", 7), ("1 KiB", 1024),
        ("1 MiB", 1 << 20), ("1 TiB", 1 << 40), ('"3 MB"', 3_000_000),
    ],
)  # fmt: skip
def test_sizes_have_units(written: str, size: int) -> None:
    found = policy_of(rule(at_most=written))

    assert found is not None
    assert found.leaves is not None
    assert found.leaves[0].at_most == size


@given(st.integers(0, 2**60 - 1), st.sampled_from(["", " B", "B"]))
def test_every_number_of_bytes_is_a_size(size: int, unit: str) -> None:
    found = policy_of(rule(at_most=f"{size}{unit}"))

    assert found is not None
    assert found.leaves is not None
    assert found.leaves[0].at_most == size


MISTAKES = [
    ("[x]", "a policy must be a mapping, not a list", "leaves"),
    ("{leaves: x}", "leaves must be a list, not 'x'", "leaves: []"),
    ("{leaves: }", "leaves must be a list, not nothing", "leaves: []"),
    ("{leavs: []}", "a policy has no key 'leavs'", "'leaves'"),
    ("{leaves: [x]}", "a rule of what leaves must be a mapping", "rule"),
    ("{leaves: [{to: [desk]}]}", "has no 'rule', which it needs", "rule: ..."),
    ("{leaves: [{rule: 3}]}", "the name of a rule must be text, not the number 3", "quotes"),
    ("{leaves: [{rule: a}, {rule: a}]}", "the rule 'a' is here twice, first at f:16", "another"),
    ("{leaves: [{rule: a}], callers: [{rule: a}]}", "the rule 'a' is here twice", "another"),
    ("{callers: [{rule: a, to: [desk]}]}", "a rule of callers has no key 'to'", "'by'"),
    ("{callers: [{rule: a, by: [dsk]}]}", "there is no site 'dsk'", "'desk'"),
    ("{callers: [{rule: a, by: []}]}", "by is there and names none", '["*"]'),
    ("{releases: [climate.Men]}", "there is no operation 'climate.Men'", "'climate.Mean'"),
    ("{releases: [x*]}", "no operation matches 'x*'", "climate.Load"),
    ("{releases: []}", "releases is there and names none", "leaving releases out"),
    (rule(at_mst="3"), "has no key 'at-mst'", "'at-most'"),
    (rule(operations="[climate.Men]"), "there is no operation 'climate.Men'", "'climate.Mean'"),
    (rule(operations="climate.Mean"), "operations must be a list of names", "[climate.Mean]"),
    (rule(operations="[]"), "operations is there and names none", '["*"]'),
    (rule(operations=""), "operations is there and names none", '["*"]'),
    (rule(operations="[climate.Plot]"), "'clinic' does not offer 'climate.Plot'", "releases"),
    (rule(operations='["climate.P*"]'), "'clinic' does not offer 'climate.P*'", "releases"),
    (rule(to="[dsk]"), "there is no site 'dsk'", "'desk'"),
    (rule(to='["x*"]'), "no site matches 'x*'", "desk"),
    (rule(to="[]"), "to is there and names none", '["*"]'),
    (rule(types="number"), "types must be a list", "[number]"),
    (rule(types="[]"), "types is there and names none", "all types"),
    (rule(types="[numbr]"), "there is no type 'numbr'", "'number'"),
    (rule(types="[{}]"), "a type here must say something", "[number]"),
    (rule(types="[{type: number, minimm: 3}]"), "'minimm'", "'minimum'"),
    (rule(at_most=""), "at-most is there and says nothing", "leaving at-most out"),
    (rule(at_most="3 KB"), "at-most has a unit that is none: '3 KB'", "kB"),
    (rule(at_most="3 Mb"), "at-most has a unit that is none: '3 Mb'", "MB"),
    (rule(at_most="much"), "at-most must be a size, not 'much'", "10 kB"),
    (rule(at_most="-3"), "at-most must be", ""),
    (rule(at_most="[3]"), "at-most must be a number, not a list", ""),
    (rule(at_most="0.5"), "at-most must be a whole number of bytes, not 0.5", ""),
    (rule(at_most="9e99"), "at-most must be from 0 to", ""),
    (rule(allow="{}"), "allow must be a list, not a mapping", "leaving allow out"),
    (rule(allow="[{to: desk}]"), "has no 'operation', which it needs", "operation: ..."),
    (rule(allow="[{operation: climate.Mean}]"), "has no 'to', which it needs", "to: ..."),
    (rule(allow="[{operation: climate.Mean, by: desk}]"), "has no key 'by'", ""),
    (rule(deny="[{operation: climate.Men, to: desk}]"), "no operation 'climate.Men'", "Mean"),
    (rule(deny="[{operation: 'c*', to: desk}]"), "there is no operation 'c*'", ""),
    (rule(deny="[{operation: climate.Mean, to: dsk}]"), "there is no site 'dsk'", "'desk'"),
    (rule(deny="[{operation: climate.Mean, to: desk, type: x}]"), "there is no type 'x'", ""),
    (rule(deny="[{operation: climate.Mean, to: desk, bytes: x}]"), "bytes must be a size", ""),
]


@pytest.mark.parametrize(("text", "said", "hint"), MISTAKES)
def test_a_mistake_has_a_message_with_its_line_and_what_to_try(
    text: str, said: str, hint: str
) -> None:
    found = [p for p in problems(text) if said in p.message]

    assert found, problems(text)
    assert found[0].at.startswith(f"f:{LINE}:")
    assert hint in found[0].hint


def test_all_mistakes_of_a_policy_are_told() -> None:
    text = "{leaves: [{rule: a, to: [x], at-most: y}, {rule: a, types: [z]}], releases: [w]}"

    assert len(problems(text)) == 5


def test_nothing_is_said_of_names_that_could_not_be_made_out() -> None:
    broken = FILE.replace("operations:\n", "operations: 3\nremarks:\n", 1)

    with pytest.raises(FederationError) as caught:
        parse_federation(broken.format(policy="{releases: [climate.Mean]}"), "f")

    assert not any("climate.Mean" in p.message and ":16:" in p.at for p in caught.value.problems)

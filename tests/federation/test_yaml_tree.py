"""YAML becomes a tree of plain data that knows its places, and nothing larger than we read."""

from __future__ import annotations

import pytest

from dfm.errors import FederationError, LimitExceeded
from dfm.federation.reading import Reading
from dfm.federation.yaml_tree import (
    MAX_DEPTH,
    MAX_NODES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    compose,
)


def tree(text: str) -> Node:
    reading = Reading("f")
    root = compose(text, reading)
    assert root is not None
    assert [str(p) for p in reading.problems] == []
    return root


def plain(node: Node) -> object:
    """The tree without places, scalars by their source text."""
    match node:
        case Mapping():
            return {k: plain(v) for k, (_, v) in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
    return node.text


def reported(text: str) -> list[str]:
    reading = Reading("f")
    compose(text, reading)
    return [f"{p.at}: {p.message}" for p in reading.problems]


def refusal(text: str) -> str:
    with pytest.raises(FederationError) as caught:
        compose(text, Reading("f"))
    return str(caught.value.problems[-1])


def test_every_node_knows_its_place() -> None:
    root = tree("größe: 1\nb:\n  - x\n  - {c: d}\n")

    assert isinstance(root, Mapping)
    key, value = root.entries["b"]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(value, Sequence)
    assert [(n.line, n.column) for n in value.items] == [(3, 5), (4, 5)]
    assert (root.entries["größe"][1].line, root.entries["größe"][1].column) == (1, 8)


def test_a_scalar_keeps_its_source_text() -> None:
    assert plain(tree("[1.10, yes, 010, ~, '']")) == ["1.10", "yes", "010", "~", ""]


@pytest.mark.parametrize("key", ["yes", "on", "no", "null", "1.10", "~"])
def test_a_key_is_its_source_text(key: str) -> None:
    assert plain(tree(f"{key}: x")) == {key: "x"}


@pytest.mark.parametrize(
    ("text", "is_plain"), [("a", True), ("'a'", False), ('"a"', False), ("!!str a", False)]
)
def test_a_scalar_knows_whether_something_says_it_is_text(text: str, is_plain: bool) -> None:
    root = tree(text)

    assert isinstance(root, Scalar)
    assert root.plain == is_plain


def test_an_alias_is_the_node_of_its_anchor() -> None:
    assert plain(tree("a: &x {b: c}\nd: *x")) == {"a": {"b": "c"}, "d": {"b": "c"}}


def test_merged_keys_give_way_to_a_mappings_own() -> None:
    text = "base: &b {x: 1, y: 1}\nfar: &f {y: 2, z: 2}\nd: {<<: [*b, *f], x: 3}"

    root = tree(text)

    assert isinstance(root, Mapping)
    assert plain(root.entries["d"][1]) == {"x": "3", "y": "1", "z": "2"}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(tree("'<<': x")) == {"<<": "x"}


def test_what_can_not_be_merged_is_reported() -> None:
    assert reported("<<: x") == ["f:1:5: `<<` merges mappings, and this is not one"]


def test_an_empty_text_has_no_tree() -> None:
    assert compose("# nothing\n", Reading("f")) is None


def test_every_duplicate_key_is_reported_with_its_first_place() -> None:
    assert reported("a: 1\nb: {c: 1, c: 2}\n'a': 2\n") == [
        "f:2:11: the key 'c' is here twice, first in line 2",
        "f:3:1: the key 'a' is here twice, first in line 1",
    ]


def test_a_key_that_is_no_text_is_reported() -> None:
    assert reported("[a]: b") == ["f:1:1: a key must be text"]


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!own", "!!binary"]
)
@pytest.mark.parametrize("value", ["x", "[x]", "{x: y}"])
def test_a_tag_that_makes_an_object_is_reported(tag: str, value: str) -> None:
    (problem,) = reported(f"a: {tag} {value}")

    assert problem == f"f:1:4: the tag '{tag}' is not allowed: a federation is plain data"


def test_a_second_document_is_refused() -> None:
    assert refusal("a: b\n---\nc: d").startswith("f:2:1: a second YAML document begins here")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a:\n\tb: c", "f:2:1", "tabs"),
        ("a: @b", "f:1:4", "quotes around a text that begins with @"),
        ("a: b: c", "f:1:5", 'a text that contains ": "'),
        ("a: [b", "f:2:1", "opened in line 1, column 4"),
        ("a: *b", "f:1:4", "&b at a value further up"),
        ("a: 'b", "f:1:6", "opened in line 1, column 4"),
        ("a: b\n  c: d", "f:2:4", 'contains ": "'),
    ],
)
def test_a_mistake_in_the_syntax_is_placed_and_has_a_hint(text: str, place: str, hint: str) -> None:
    said = refusal(text)

    assert said.startswith(f"{place}: ")
    assert hint in said


def test_an_anchor_that_contains_itself_is_refused() -> None:
    assert "the anchor 'a' contains itself" in refusal("x: &a [*a]")


def test_the_deepest_nesting_is_read() -> None:
    tree("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "[{" * 10_000])
def test_deeper_nesting_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(LimitExceeded, match=f"{MAX_DEPTH} levels") as caught:
        compose(text, Reading("f"))

    assert caught.value.at.startswith("f:1:")


def test_nesting_by_aliases_counts() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, MAX_DEPTH + 1))]

    with pytest.raises(LimitExceeded, match="levels"):
        compose("\n".join(lines), Reading("f"))


def test_aliases_count_as_if_they_were_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]

    with pytest.raises(LimitExceeded, match=f"{MAX_NODES} values") as caught:
        compose("\n".join(lines), Reading("f"))

    assert caught.value.at.startswith("f:6:")


def test_a_long_text_aliased_often_counts_as_large() -> None:
    text = f"a: &a '{'x' * 100_000}'\nb: [{', '.join(['*a'] * 1000)}]"

    with pytest.raises(LimitExceeded, match="values"):
        compose(text, Reading("f"))


def test_many_values_are_refused() -> None:
    with pytest.raises(LimitExceeded, match="values"):
        compose(f"[{'a,' * MAX_NODES}]", Reading("f"))

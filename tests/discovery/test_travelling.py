"""Advice on the wire: exact, however deep, and never more than its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.errors import CorruptMessage
from dfm.net.advice import (
    ANYTHING,
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    PartialFieldAdvice,
    SingleFieldAdvice,
    Wanted,
)
from dfm.wire import Codecs
from dfm.wire.advice import _unpack

VALUES = st.one_of(
    st.integers(-9, 9), st.text(max_size=3), st.lists(st.integers(), max_size=3), st.just(ANYTHING)
)
ENDS = st.one_of(
    st.none(),
    st.builds(ErrorFieldAdvice, st.text(max_size=5), st.text(max_size=2)),
    st.builds(PartialFieldAdvice, st.text(max_size=5)),
)


def levels(below: st.SearchStrategy[EdgeT]) -> st.SearchStrategy[EdgeT]:
    return st.one_of(
        st.builds(SingleFieldAdvice, st.text(max_size=3), VALUES, below, st.text(max_size=3)),
        st.builds(
            BranchFieldAdvice, st.text(max_size=3), st.lists(st.tuples(VALUES, below), max_size=3)
        ),
    )


TREES = st.recursive(ENDS, levels, max_leaves=12)


@pytest.mark.parametrize("trusted", [False, True])
@given(tree=TREES)
def test_a_tree_arrives_as_it_was(tree: EdgeT, trusted: bool) -> None:
    codecs = Codecs(trusted=trusted)

    arrived = codecs.unpack(codecs.pack([tree, {"again": tree}]))

    assert arrived == [tree, {"again": tree}]
    # What people are shown is not compared: errors name their arguments, values say their kind.
    assert str(arrived[0]) == str(tree)


def test_a_tree_deeper_than_a_message_may_be_arrives() -> None:
    tree: EdgeT = None
    for number in range(200):
        tree = SingleFieldAdvice(f"x{number}", [number], tree)
    codecs = Codecs()

    assert codecs.unpack(codecs.pack(tree)) == tree


def test_values_of_a_tree_keep_their_types() -> None:
    codecs = Codecs()
    tree = SingleFieldAdvice("grid", {"lat": np.arange(3.0), ("a", 1): {2}})

    arrived = codecs.unpack(codecs.pack(tree))

    assert arrived.value["lat"].tolist() == [0.0, 1.0, 2.0]
    assert arrived.value["a", 1] == {2}


def test_the_mark_of_a_question_travels() -> None:
    codecs = Codecs()

    assert codecs.unseal(codecs.seal(Wanted.ADVICE)) is Wanted.ADVICE


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["error", "a", ""], ["error", "b", ""]],
        [["single", "x", 0, "", 1]],
        [["single", "x", 5, "", 1]],
        [["single", "x", -2, "", 1]],
        [["single", "x", True, "", 1]],
        [["error", "a", ""], ["branch", "x", [[0, 1], [0, 2]]]],
        [["error", "a"]],
        [["error", 1, ""]],
        [["branch", "x", [[-1]]]],
        ["error"],
        [["unheard of"]],
        {},
    ],
)
def test_rows_that_are_no_tree_are_refused(rows: Any) -> None:
    with pytest.raises(CorruptMessage):
        _unpack(rows, None)  # type: ignore[arg-type]

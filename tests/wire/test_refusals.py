"""What can not travel is refused with its type, its place in the value, and the ways out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from tests.wire.exactness import same, travelled

from dfm.errors import ArgumentError, NoCodec
from dfm.wire import Codecs, register
from dfm.wire.writer import DEPTH_LIMIT


@dataclass
class Holder:
    lock: Any


class Thing:
    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)


def double(x: int) -> int:
    return 2 * x


def items() -> Iterator[int]:
    yield 1


TRUSTED, UNTRUSTED = Codecs(trusted=True), Codecs(types=[Holder])


@pytest.mark.parametrize("codecs", [UNTRUSTED, TRUSTED], ids=["untrusted", "trusted"])
@pytest.mark.parametrize(
    ("value", "kind", "path"),
    [
        ({"results": [0, 1, 2, Holder(threading.Lock())]}, "_thread.lock", "['results'][3].lock"),
        ([{"s": (None,)}, ({1: items()},)], "generator", "[1][0][1]"),
        ({("k", 1): items()}, "generator", "[('k', 1)]"),
        (items(), "generator", ""),
    ],
)
def test_a_refusal_names_type_and_place(codecs: Codecs, value: Any, kind: str, path: str) -> None:
    with pytest.raises(NoCodec) as refusal:
        codecs.pack(value)

    assert f"a value of type {kind} " in refusal.value.message
    assert path in refusal.value.message


def test_the_place_of_a_lock_inside_a_pickled_object_is_found() -> None:
    value = {"x": [Thing(part={"y": Thing(lock=threading.Lock())})]}

    with pytest.raises(NoCodec, match=r"_thread.lock \(at \['x'\]\[0\].part\['y'\].lock\)"):
        TRUSTED.pack(value)


@pytest.mark.parametrize("value", [lambda: 1, print, int, threading, double])
def test_code_is_refused_without_trust(value: object) -> None:
    with pytest.raises(NoCodec, match="has no codec") as refusal:
        UNTRUSTED.pack({"a": value})

    assert "code does not travel" in refusal.value.hint


@pytest.mark.parametrize("value", [object(), Thing(), threading.Event()])
def test_the_hint_for_an_unknown_object_is_to_register_a_codec(value: object) -> None:
    with pytest.raises(NoCodec, match="has no codec") as refusal:
        UNTRUSTED.pack({"a": value})

    assert f"dfm.wire.register({type(value).__name__}, " in refusal.value.hint


def test_the_hint_for_a_stream_is_to_yield_it() -> None:
    with pytest.raises(NoCodec) as refusal:
        UNTRUSTED.pack([items()])

    assert "yield the items" in refusal.value.hint


def test_the_hint_for_a_record_is_to_list_it() -> None:
    with pytest.raises(NoCodec) as refusal:
        Codecs().pack(Holder(1))

    assert "dfm.wire.register_type(Holder)" in refusal.value.hint


def nested(levels: int, wrap: Any, value: Any = 1) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


WRAPPED = [lambda v: [v], lambda v: (v,), lambda v: {"k": v}, Holder, lambda v: frozenset([v])]


@pytest.mark.parametrize("codecs", [UNTRUSTED, TRUSTED], ids=["untrusted", "trusted"])
@pytest.mark.parametrize("wrap", WRAPPED, ids=["list", "tuple", "dict", "dataclass", "set"])
def test_depth_has_a_limit_and_all_below_it_travels(codecs: Codecs, wrap: Any) -> None:
    deepest = nested(DEPTH_LIMIT, wrap)

    assert same(travelled(deepest, codecs), deepest)
    for levels in (DEPTH_LIMIT + 1, 900):
        with pytest.raises(NoCodec, match=f"more than {DEPTH_LIMIT} levels deep"):
            codecs.pack(nested(levels, wrap))


@pytest.mark.parametrize(
    "leaf",
    ["\ud800", 2**70, b"x" * 5000, bytearray(5000), np.ones(1000)],
    ids=lambda v: type(v).__name__,
)
def test_what_is_packed_at_the_greatest_depth_is_unpacked(leaf: Any) -> None:
    for levels in (DEPTH_LIMIT - 1, DEPTH_LIMIT):
        value = nested(levels, lambda v: (v,), leaf)
        try:
            packed = UNTRUSTED.pack(value)
        except NoCodec:
            assert levels == DEPTH_LIMIT
            continue
        assert same(UNTRUSTED.unpack(packed), value)


def test_a_list_of_tuples_is_as_deep_as_its_tuples() -> None:
    deepest = nested(DEPTH_LIMIT - 2, lambda v: [v], [(1,), (2,)])

    assert travelled(deepest) == deepest
    with pytest.raises(NoCodec, match="levels deep"):
        UNTRUSTED.pack([deepest])


def test_a_depth_no_stack_can_hold_is_refused() -> None:
    for wrap in WRAPPED[:4]:
        with pytest.raises(NoCodec, match="levels deep"):
            UNTRUSTED.pack(nested(5_000, wrap))


@pytest.mark.parametrize("codecs", [UNTRUSTED, TRUSTED], ids=["untrusted", "trusted"])
def test_a_value_that_contains_itself_is_refused(codecs: Codecs) -> None:
    loop: list[Any] = [1]
    loop.append({"again": (loop,)})
    holder = Holder(None)
    holder.lock = [holder]

    with pytest.raises(NoCodec, match=r"list \(at \[1\]\['again'\]\[0\]\) .*contains itself"):
        codecs.pack(loop)
    with pytest.raises(NoCodec, match=r"Holder \(at .lock\[0\]\) .*contains itself"):
        codecs.pack(holder)


def test_a_key_that_can_not_be_shown_does_not_hide_the_refusal() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    with pytest.raises(NoCodec, match=r"Mute \(at \[key <Mute>\]\)"):
        UNTRUSTED.pack({Mute(): 1})
    with pytest.raises(NoCodec, match=r"generator \(at \[<Mute>\]\)"):
        TRUSTED.pack({Mute(): items()})


def test_a_part_that_appears_twice_is_no_cycle() -> None:
    part = [1]

    assert travelled([part, part]) == [[1], [1]]


def test_a_codec_that_fails_is_told_with_its_error() -> None:
    class Broken:
        pass

    def fail(value: object) -> object:
        raise ZeroDivisionError("no luck")

    register(Broken, "tests.Broken", fail, fail)

    with pytest.raises(NoCodec, match=r"Broken \(at \['b'\]\).*ZeroDivisionError: no luck"):
        Codecs().pack({"b": Broken()})


class First:
    pass


class Second:
    pass


def test_a_name_or_class_is_registered_once() -> None:
    register(First, "tests.First", str, First)

    with pytest.raises(ArgumentError, match=r"'tests\.First' is taken by .*First"):
        register(Second, "tests.First", str, Second)
    with pytest.raises(ArgumentError, match=r"has the codec 'tests\.First' already"):
        register(First, "tests.Other", str, First)
    with pytest.raises(ArgumentError, match="has the codec 'tuple' already"):
        register(tuple, "tests.tuple", list, tuple)
    for name in ("nodot", "numpy.Second", "dfm.Second", "pandas.x"):
        with pytest.raises(ArgumentError, match="no name for a codec"):
            register(Second, name, str, Second)


def test_a_class_that_is_defined_anew_takes_its_name_over() -> None:
    def define() -> type:
        class Cell:
            pass

        register(Cell, "tests.Cell", lambda v: None, lambda d: Cell())
        return Cell

    old, new = define(), define()

    assert type(travelled(new())) is new
    with pytest.raises(NoCodec):
        Codecs().pack(old())

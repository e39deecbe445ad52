"""With trust, classes are found by path and pickle is the last resort; without it, neither."""

from __future__ import annotations

import array
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from tests.ids import shown
from tests.wire.exactness import travelled

from dfm.errors import CorruptMessage, NoCodec
from dfm.wire import Codecs, Packed, register

TRUSTED = Codecs(trusted=True)


class Plain:
    def __init__(self, part: Any) -> None:
        self.part = part


def double(x: int) -> int:
    return 2 * x


@pytest.mark.parametrize(
    "value",
    [
        double,
        int,
        re.compile("a+"),
        array.array("d", [1.5]),
        ValueError("x"),
        np.random.default_rng,
    ],
    ids=shown,
)
def test_what_has_no_codec_is_pickled(value: Any) -> None:
    back = travelled({"deep": [value]}, TRUSTED)["deep"][0]

    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_local_functions_and_classes_travel_by_value() -> None:
    offset = 3

    class Local:
        def __init__(self, n: int) -> None:
            self.n = n

    back = travelled([lambda x: x + offset, Local(2)], TRUSTED)

    assert back[0](1) == 4
    assert back[1].n == 2


def test_an_array_inside_a_pickled_object_is_not_copied_and_arrives_writable() -> None:
    value = Plain(np.ones(10_000))

    packed = TRUSTED.pack([value])
    back = TRUSTED.unpack(packed)[0]
    back.part[0] = 5

    assert np.shares_memory(np.frombuffer(packed.buffers[-1]), value.part)
    assert value.part[0] == 1


def test_only_the_part_that_needs_it_is_pickled() -> None:
    packed = TRUSTED.pack({"a": np.ones(5000), "b": double})

    assert b"numpy.ndarray" in packed.head
    assert len(packed.buffers) == 1


def test_a_class_that_is_not_importable_there_is_named() -> None:
    @dataclass
    class Gone:
        x: int

    Gone.__module__, Gone.__qualname__ = "no.such.module", "Gone"
    theirs = Codecs(types=[Gone]).pack(Gone(1))

    with pytest.raises(CorruptMessage, match=r"no\.such\.module:Gone"):
        TRUSTED.unpack(theirs)


def test_a_pickle_that_does_not_load_is_a_corrupt_message() -> None:
    packed = TRUSTED.pack(double)

    with pytest.raises(CorruptMessage):
        TRUSTED.unpack(Packed(packed.head[:-20] + b"x" * 20))


class Sullen(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError

    def __reduce__(self) -> Any:
        raise Sullen


def sulk() -> None:
    raise Sullen


class Sulking:
    def __reduce__(self) -> Any:
        return (sulk, ())


def test_an_error_that_can_not_be_told_is_told_by_its_class() -> None:
    with pytest.raises(NoCodec, match="Sullen"):
        TRUSTED.pack([Sullen()])
    with pytest.raises(CorruptMessage, match="Sullen"):
        TRUSTED.unpack(TRUSTED.pack([Sulking()]))


def test_a_message_that_was_refused_holds_no_memory() -> None:
    codecs, memory = Codecs(), bytearray(10_000)
    broken = Packed(b"\xc1\xc1", (memoryview(memory),))

    with pytest.raises(CorruptMessage):
        codecs.unpack(broken)
    del broken

    memory.append(0)  # refused by Python while anything looks into it


def test_a_class_of_the_script_travels_to_a_process_that_has_it_not() -> None:
    script = """
        import sys
        from dataclasses import dataclass
        from enum import Enum
        from dfm.wire import Codecs
        class Colour(Enum):
            RED = 1
        @dataclass
        class Point:
            x: int
            colour: Colour
        sys.stdout.buffer.write(Codecs(trusted=True).seal(Point(7, Colour.RED)))
    """
    sealed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, capture_output=True
    ).stdout

    point = TRUSTED.unseal(sealed)

    assert (point.x, point.colour.name) == (7, "RED")
    with pytest.raises(CorruptMessage, match="refuses"):
        Codecs().unseal(sealed)


def test_no_library_is_imported_before_its_values_are_met() -> None:
    script = """
        import sys
        from dfm.wire import Codecs
        heavy = {"numpy", "pandas", "xarray", "PIL", "cftime", "pydantic", "cloudpickle"}
        codecs = Codecs()
        codecs.unpack(codecs.pack({"a": (1, b"x", {2})}))
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        import numpy
        codecs.unpack(codecs.pack(numpy.ones(3)))
        assert heavy & set(sys.modules) == {"numpy"}, heavy & set(sys.modules)
    """

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_a_library_that_is_not_installed_here_is_named() -> None:
    script = """
        import sys
        from dfm.errors import CorruptMessage
        from dfm.wire import Codecs
        sys.modules["pandas"] = None
        try:
            Codecs().unseal(sys.stdin.buffer.read())
        except CorruptMessage as error:
            assert "pandas is not installed here" in str(error), error
        else:
            raise SystemExit("it was read")
    """
    import pandas as pd

    sealed = Codecs().seal(pd.Series([1]))

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, input=sealed)


def test_codecs_can_be_shared_between_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    codecs = Codecs(trusted=True)
    values = [[(i, np.full(3, i)), {i: {i}}] for i in range(200)]

    with ThreadPoolExecutor(4) as pool:
        backs = list(pool.map(lambda v: travelled(v, codecs), values))

    assert [b[0][0] for b in backs] == list(range(200))
    assert all(b[0][1].tolist() == [i] * 3 for i, b in enumerate(backs))


def test_a_codec_may_use_codecs_itself() -> None:
    class Envelope:
        def __init__(self, value: Any) -> None:
            self.value = value

    codecs = Codecs()
    register(
        Envelope,
        "tests.Envelope",
        lambda envelope: codecs.seal(envelope.value),
        lambda data: Envelope(codecs.unseal(data)),
    )

    back = travelled([Envelope((1, Envelope({2})))], codecs)

    assert back[0].value[1].value == {2}


def test_the_error_of_a_refusal_has_no_trail_of_ours() -> None:
    with pytest.raises(NoCodec) as refusal:
        Codecs().pack([print])

    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None

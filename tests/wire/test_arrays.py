"""numpy: every dtype and layout, exactly, and without copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as stnp
from tests.wire.exactness import same, travelled

from dfm.errors import NoCodec
from dfm.wire import Codecs, Packed

NESTED = np.dtype([("a", "<i4"), ("b", [("c", ">f8", (2, 3)), ("d", "U3")])])
ODD = np.dtype({"names": ["x", "y"], "formats": ["i1", "<f8"], "offsets": [4, 16], "itemsize": 40})
TITLED = np.dtype({"names": ["x"], "formats": ["i2"], "titles": ["the x"]})

ARRAYS: list[Any] = [
    np.arange(6).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(24).reshape(2, 3, 4)[:, ::-2, 1:],
    np.broadcast_to(np.float32(1), (3, 4)),
    np.arange(5, dtype=">u2"),
    np.array(3.5),
    np.array([]),
    np.zeros((0, 3), "i2"),
    np.zeros((2, 0, 10**6)),
    np.array([True, False]),
    np.array([1 + 2j], "c8"),
    np.array([1.5], "f2"),
    np.ones(2, np.longdouble),
    np.array(["a", "é\U0001f600"]),
    np.array([b"a\x00b"]),
    np.array([b"xyz"], "V3"),
    np.array(["2020-01-01", "NaT"], "M8[D]"),
    np.array([1], "m8[25us]"),
    np.array(["NaT"], "M8[D]"),
    np.zeros(2, NESTED),
    np.ones(3, ODD),
    np.ones(3, TITLED),
    np.zeros(2, np.dtype("i1,f8", align=True)),
    np.array([1, "a", None, (2, 3), [4], {"k": 2**70}], object),
    np.array(None, object),
    np.array([[{1}, b"x"], [np.arange(2), 1.5]], object, order="F"),
    np.array([], object),
]

SCALARS: list[Any] = [
    np.float64("nan"),
    np.float32(1.5),
    np.int8(-1),
    np.uint64(2**64 - 1),
    np.bool_(True),
    np.complex64(1j),
    np.datetime64("2020-01-01T00", "h"),
    np.datetime64("NaT", "s"),
    np.timedelta64(3, "s"),
    np.str_("a\x00"),
    np.bytes_(b"a\x00"),
    np.zeros(1, NESTED)[0],
    np.float16(1),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{str(a.dtype)[:12]}{a.shape}")
def test_an_array_comes_back_as_it_was(array: np.ndarray[Any, Any]) -> None:
    back = travelled(array)

    assert same(back, array)
    assert back.flags.writeable
    assert same(travelled({"deep": [(array,)]})["deep"][0][0], array)


@settings(max_examples=100)
@given(
    stnp.arrays(
        stnp.nested_dtypes(),
        stnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_an_array_of_any_dtype_comes_back_as_it_was(array: np.ndarray[Any, Any]) -> None:
    back = travelled(array)

    assert same(back, array)


def test_a_long_double_comes_back_equal() -> None:
    value = np.longdouble("1.1")

    back = travelled(value)

    # Not by its bytes: those that pad it to 16 are whatever lay there.
    assert (type(back), back) == (np.longdouble, value)


@pytest.mark.parametrize("value", SCALARS, ids=lambda v: type(v).__name__)
def test_a_scalar_comes_back_as_it_was(value: Any) -> None:
    back = travelled(value)

    assert type(back) is type(value)
    assert same(np.asarray(back), np.asarray(value))
    assert len(back) == len(value) if isinstance(value, (str, bytes)) else True


@pytest.mark.parametrize("dtype", ["f8", ">i2", "O", "M8[ns]", "U5", NESTED, ODD], ids=str)
def test_a_dtype_is_a_value(dtype: Any) -> None:
    assert travelled(np.dtype(dtype)) == np.dtype(dtype)


def test_fortran_order_is_kept() -> None:
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))

    assert travelled(array).flags.f_contiguous
    assert not travelled(array).flags.c_contiguous


def test_a_masked_array_keeps_mask_and_fill_value() -> None:
    array = np.ma.MaskedArray([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-9.0)
    unmasked = np.ma.MaskedArray([1, 2])

    back = travelled(array)

    assert back.mask.tolist() == [False, True, False]
    assert (back.data.tolist(), back.fill_value) == ([1.0, 2.0, 3.0], -9.0)
    assert travelled(unmasked).mask is np.ma.nomask


def address(view: Any) -> int:
    return int(np.frombuffer(view, np.uint8).__array_interface__["data"][0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_packing_does_not_copy_the_memory(order: Any) -> None:
    array = np.ones((300, 400), order=order)

    packed = Codecs().pack([array])

    assert address(packed.buffers[0]) == address(array.reshape(-1, order=order))
    assert memoryview(packed.buffers[0]).readonly


def test_unpacking_uses_a_writable_buffer_as_it_is_and_copies_any_other() -> None:
    packed = Codecs().pack(np.ones(10_000))
    ours = bytearray(packed.buffers[0])
    theirs = bytes(packed.buffers[0])

    direct = Codecs().unpack(Packed(packed.head, (memoryview(ours),)))
    copied = Codecs().unpack(Packed(packed.head, (theirs,)))
    direct[0] = copied[0] = 5

    assert np.frombuffer(ours)[0] == 5
    assert np.frombuffer(theirs)[0] == 1


def test_a_memory_map_arrives_as_an_array(tmp_path: Any) -> None:
    path = tmp_path / "data.npy"
    np.save(path, np.arange(10.0))
    mapped = np.load(path, mmap_mode="r")

    back = travelled(mapped)
    del mapped

    assert type(back) is np.ndarray
    assert back.tolist() == list(range(10))


def test_a_field_of_objects_is_refused_without_trust_and_pickled_with_it() -> None:
    array = np.array([(1, "a")], [("n", "i4"), ("o", "O")])

    with pytest.raises(NoCodec, match="has items of dtype"):
        Codecs().pack([array])
    assert travelled(array, Codecs(trusted=True)).tolist() == [(1, "a")]


def test_the_object_that_can_not_travel_is_named_by_its_place() -> None:
    array = np.array([[1, 2], [3, print]], object)

    with pytest.raises(NoCodec, match=r"builtin_function_or_method \(at \['a'\]\[3\]\)"):
        Codecs().pack({"a": array})

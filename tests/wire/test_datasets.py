"""xarray, cftime and images travel exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image
from tests.wire.exactness import travelled

from dfm.errors import NoCodec
from dfm.wire import Codecs


def dataset() -> xr.Dataset:
    letters = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", "n"])
    ds = xr.Dataset(
        {
            "t": (("time", "x"), np.arange(6.0).reshape(3, 2), {"units": "K"}),
            "m": ("z", np.arange(4.0)),
        },
        coords={
            "time": xr.date_range("2000-01-01", periods=3, calendar="360_day", use_cftime=True),
            "x": ("x", ["p", "q"], {"long_name": "letters"}),
            "aux": ("x", np.array([1, 2], "i2")),
            "scalar": 3.5,
            "day": ("d", pd.date_range("2020", periods=2)),
            "kind": ("x", pd.Categorical(["u", "v"])),
        },
        attrs={"title": "all of it", "version": np.float32(1)},
    )
    return ds.assign_coords(xr.Coordinates.from_pandas_multiindex(letters, "z"))


def test_a_dataset_comes_back_identical() -> None:
    ds = dataset()

    back = travelled(ds)

    xr.testing.assert_identical(back, ds)
    assert list(back.coords) == list(ds.coords)
    assert {n: v.dtype for n, v in back.variables.items()} == {
        n: v.dtype for n, v in ds.variables.items()
    }
    assert {n: type(i) for n, i in back.xindexes.items()} == {
        n: type(i) for n, i in ds.xindexes.items()
    }
    assert back.indexes["time"].calendar == "360_day"


@pytest.mark.parametrize("name", ["t", "m", "time", "x", "aux", "scalar", "day", "kind", "z", "n"])
def test_a_data_array_comes_back_identical(name: str) -> None:
    array = dataset()[name]

    back = travelled(array)

    xr.testing.assert_identical(back, array)
    xr.testing.assert_identical(travelled(array.variable), array.variable)


def test_a_coordinate_without_an_index_stays_without() -> None:
    ds = dataset().drop_indexes("x").set_xindex("aux")

    back = travelled(ds)

    assert set(back.xindexes) == set(ds.xindexes)
    xr.testing.assert_identical(back, ds)


def test_an_unnamed_array_without_coordinates_travels() -> None:
    array = xr.DataArray(np.ones((2, 3)))

    xr.testing.assert_identical(travelled(array), array)


def test_lazy_values_are_loaded_and_the_file_is_not_named(tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    xr.Dataset({"t": ("x", np.arange(5.0))}).to_netcdf(path, engine="h5netcdf")

    with xr.open_dataset(path, engine="h5netcdf") as lazy:
        packed = Codecs().pack(lazy)

    assert Codecs().unpack(packed).t.values.tolist() == [0, 1, 2, 3, 4]
    assert str(path).encode() not in packed.head


def test_the_values_of_an_array_are_not_copied_to_be_packed() -> None:
    array = xr.DataArray(np.ones((100, 100)), dims=("y", "x"), attrs={"units": "K"})

    packed = Codecs().pack(array)

    assert np.shares_memory(np.frombuffer(packed.buffers[0]), array.values)


def test_an_index_without_codec_is_refused() -> None:
    index = xr.indexes.RangeIndex.arange(0.0, 1.0, 0.1, dim="x")
    ds = xr.Dataset(coords=xr.Coordinates.from_xindex(index))

    with pytest.raises(NoCodec, match="has a RangeIndex"):
        Codecs().pack(ds)


@pytest.mark.parametrize(
    "date",
    [
        cftime.Datetime360Day(2000, 2, 30, 1, 2, 3, 4),
        cftime.DatetimeNoLeap(1, 1, 1),
        cftime.DatetimeGregorian(4, 1, 1, has_year_zero=False),
        cftime.DatetimeProlepticGregorian(0, 1, 1),
        cftime.datetime(2000, 1, 1, calendar="julian"),
        cftime.datetime(2000, 1, 1, calendar=""),
    ],
    ids=repr,
)
def test_a_climate_date_comes_back_as_it_was(date: Any) -> None:
    back = travelled(date)

    assert type(back) is type(date)
    assert repr(back) == repr(date)


def test_an_index_of_climate_dates_is_a_few_bytes_a_date() -> None:
    index = xr.date_range("1860-01-01", periods=5000, calendar="360_day", use_cftime=True)
    short = index[:3].rename("t")

    packed = Codecs().pack(index)

    assert packed.nbytes < 60 * len(index)
    assert Codecs().unpack(packed).equals(index)
    assert travelled(short).name == "t"
    assert travelled(index[:0]).equals(index[:0])


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16", "LA"])
def test_an_image_comes_back_as_it_was(mode: str) -> None:
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(0, 255, (13, 11, 3), dtype=np.uint8))
    image = (image.convert("I") if mode.startswith("I") else image).convert(mode)
    image.info = {"dpi": (72, 72), "note": b"x"}

    back = travelled(image)

    assert (back.mode, back.size, back.info) == (image.mode, image.size, image.info)
    assert back.tobytes() == image.tobytes()
    assert back.getpalette() == image.getpalette()


def test_an_image_from_a_file_arrives_as_a_plain_image(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), "red").save(tmp_path / "a.png")

    with Image.open(tmp_path / "a.png") as image:
        back = travelled(image)

    assert type(back) is Image.Image
    assert back.getpixel((3, 2)) == (255, 0, 0)
    assert travelled(Image.new("L", (0, 5))).size == (0, 5)

"""What the sites of the warming federation do: one class for each operation a site offers.

A site makes the class once, with the arguments the federation file gives it, and calls `body`
with the arguments of each call. Imports are inside, so that a site loads only what it uses.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xarray import DataArray

Series = dict[int, float]
"""Kelvin by year."""

COLORS = ("#c1272d", "#1f6fb4", "#555555", "#8a6d00")


class LoadField:
    """Reads the projection that this institute holds."""

    def __init__(self, site: Any, provider: Any, *, holds: str) -> None:
        self.holds = holds

    def body(self, scenario: str, first_year: int, last_year: int) -> DataArray:
        """Return the yearly mean fields of a span of years of the 360-day calendar."""
        if scenario != self.holds:
            raise LookupError(f"this institute holds scenario {self.holds}, not {scenario}")
        year = self.projection.time.dt.year
        return self.projection[(year >= first_year) & (year <= last_year)].load()

    @cached_property
    def projection(self) -> DataArray:
        """All the fields, opened once; nothing is read before a call asks for its years."""
        import iris_sample_data
        import xarray

        path = Path(iris_sample_data.path) / f"{self.holds}_north_america.nc"
        return xarray.open_dataset(path, engine="h5netcdf", cache=False).air_temperature


class YearlyMean:
    """Averages a field over its region."""

    def __init__(self, site: Any, provider: Any) -> None:
        pass

    def body(self, field: DataArray) -> Series:
        """Return the area-weighted mean of each year; a cell's area goes with cos(latitude)."""
        import numpy as np

        cells = field.transpose("time", "latitude", "longitude").values.astype(np.float64)
        by_latitude = cells.mean(axis=2)
        area = np.cos(np.deg2rad(field.latitude.values.astype(np.float64)))
        means = by_latitude @ area / area.sum()
        return dict(zip(field.time.dt.year.values.tolist(), means.tolist(), strict=True))


class Difference:
    """Compares two series."""

    def __init__(self, site: Any, provider: Any) -> None:
        pass

    def body(self, left: Series, right: Series) -> Series:
        """Return left minus right for the years that both have."""
        return {year: left[year] - right[year] for year in left if year in right}


class RenderPlot:
    """Draws series as curves."""

    def __init__(self, site: Any, provider: Any) -> None:
        pass

    def body(self, series: dict[str, Series], title: str) -> bytes:
        """Return the picture as PNG bytes."""
        from io import BytesIO

        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 5), dpi=150, layout="constrained")
        axes = figure.add_subplot()
        for color, (name, curve) in zip(COLORS, series.items(), strict=False):
            years, kelvin = list(curve), list(curve.values())
            axes.plot(years, kelvin, color=color, linewidth=0.8, alpha=0.4)
            axes.plot(years, running_mean(kelvin), color=color, linewidth=2.2, label=name)
        axes.set_title(title, loc="left", fontsize=13, fontweight="bold", pad=24)
        subtitle = "yearly means over the region, and their running mean over 11 years"
        axes.text(0, 1.02, subtitle, transform=axes.transAxes, color="#555555")
        axes.set_xlabel("year")
        axes.set_ylabel("air temperature (K)")
        axes.margins(x=0.01)
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(
            title="scenario", loc="upper left", facecolor="white", edgecolor="white", framealpha=1
        )
        picture = BytesIO()
        FigureCanvasAgg(figure).print_png(picture)
        return picture.getvalue()


def running_mean(values: list[float], width: int = 11) -> list[float]:
    """Return the mean of each value and its neighbours; fewer of them at the ends."""
    half = width // 2
    spans = (values[max(0, i - half) : i + half + 1] for i in range(len(values)))
    return [sum(span) / len(span) for span in spans]

"""The pipelines of the warming example. `dfm run examples/warming/decades.py` runs the first.

The author says where the fields are loaded, since each institute holds its own. Where the rest
runs follows from who offers it and what moving data costs.
"""

from __future__ import annotations

from dfm import Federation, Pipeline, PlaceParam, Yield

DECADES = [(first, first + 9) for first in range(1860, 2100, 10)]


def get_pipeline(federation: Federation) -> Pipeline:
    """Compare the two scenarios over one span of years."""
    climate = federation.operations.climate
    years = {
        "first_year": PlaceParam(place="first_year", multiuse=True),
        "last_year": PlaceParam(place="last_year", multiuse=True),
    }
    with Pipeline(name="decades") as pipeline:
        a1b = climate.YearlyMean(
            field=climate.LoadField(site="institute_a", scenario="A1B", **years)
        )
        e1 = climate.YearlyMean(field=climate.LoadField(site="institute_b", scenario="E1", **years))
        Yield(place="a1b", value=a1b)
        Yield(place="e1", value=e1)
        Yield(place="difference", value=climate.Difference(left=a1b, right=e1))
    return pipeline


def get_pipeline_parameters() -> list[dict[str, int]]:
    """Return one parameter set for each decade from 1860 to 2099."""
    return [{"first_year": first, "last_year": last} for first, last in DECADES]


def plot_pipeline(federation: Federation) -> Pipeline:
    """Draw the series that the desk has collected."""
    climate = federation.operations.climate
    with Pipeline(name="plot") as pipeline:
        picture = climate.RenderPlot(
            series=PlaceParam(place="series"),
            title="How warm North America gets under two emission scenarios",
        )
        Yield(place="picture", value=picture)
    return pipeline

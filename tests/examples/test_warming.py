"""The warming example, run as `make demo` runs it, against xarray's own arithmetic."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import iris_sample_data
import numpy as np
import pytest
import xarray
from PIL import Image

from dfm import DfmError, Federation, Pipeline, Yield
from dfm.cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/warming"
YEARS = range(1860, 2100)
DECADES = range(1860, 2100, 10)
FIELD_BYTES = 240 * 37 * 49 * 4

pytestmark = pytest.mark.deadline(180)


@dataclass(frozen=True)
class Demo:
    """What a run of the example said and wrote."""

    said: str
    out: Path

    @property
    def rows(self) -> list[list[str]]:
        """The table, header included."""
        lines = (self.out / "warming.csv").read_text("utf-8").splitlines()
        return [line.split(",") for line in lines]


@pytest.fixture(scope="module", params=["local", "inline"])
def demo(request, run_example, tmp_path_factory) -> Demo:
    out = tmp_path_factory.mktemp("demo") / "demo-out"

    run: subprocess.CompletedProcess[str] = run_example(
        "warming/run.py", "--target", request.param, "--out", out
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return Demo(run.stdout, out)


def mean_by_xarray(scenario: str) -> xarray.DataArray:
    """Compute a scenario's series without any of the example's code."""
    path = Path(iris_sample_data.path) / f"{scenario}_north_america.nc"
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        field = data.air_temperature.astype("float64").load()
    area = np.cos(np.deg2rad(field.latitude.astype("float64")))
    return field.weighted(area).mean(("latitude", "longitude"))


def test_the_table_is_right_to_five_decimals(demo: Demo) -> None:
    a1b, e1 = mean_by_xarray("A1B"), mean_by_xarray("E1")

    header, *rows = demo.rows
    assert header == ["year", "A1B", "E1"]
    assert [int(row[0]) for row in rows] == list(YEARS) == a1b.time.dt.year.values.tolist()
    assert [row[1] for row in rows] == [f"{kelvin:.5f}" for kelvin in a1b.values]
    assert [row[2] for row in rows] == [f"{kelvin:.5f}" for kelvin in e1.values]


def test_the_picture_is_a_png_of_a_readable_size(demo: Demo) -> None:
    with Image.open(demo.out / "warming.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 600


def test_each_decade_is_a_line_with_its_means(demo: Demo) -> None:
    lines = re.findall(r"^(\d{4})-(\d{4}) +(\S+) K +(\S+) K +(\S+) K$", demo.said, re.MULTILINE)

    a1b, e1 = mean_by_xarray("A1B").values, mean_by_xarray("E1").values
    assert [int(line[0]) for line in lines] == list(range(1860, 2100, 10))
    for number, (_, _, warm, cool, apart) in enumerate(lines):
        decade = slice(10 * number, 10 * number + 10)
        assert float(warm) == pytest.approx(a1b[decade].mean(), abs=6e-4)
        assert float(cool) == pytest.approx(e1[decade].mean(), abs=6e-4)
        assert float(apart) == pytest.approx((a1b - e1)[decade].mean(), abs=6e-4)


def test_it_ends_with_the_answer_in_one_sentence(demo: Demo) -> None:
    a1b, e1 = mean_by_xarray("A1B").values, mean_by_xarray("E1").values
    rises = [f"{s[-10:].mean() - s[:30].mean():.2f} K" for s in (a1b, e1)]
    apart = f"{a1b[-10:].mean() - e1[-10:].mean():.2f} K apart"

    sentence = " ".join(demo.said.split("\n\n")[-1].split())

    assert len(re.findall(r"\.(?= |$)", sentence)) == 1
    for figure in (*rises, apart):
        assert figure in sentence


def test_the_plan_says_where_each_operation_runs(demo: Demo) -> None:
    plan, _, _ = demo.said.partition("all in flight at once")

    placed = re.findall(r"^(climate\.\w+) +(\w+)", plan, re.MULTILINE)
    assert sorted(placed) == [
        ("climate.Difference", "hub"),
        ("climate.LoadField", "institute_a"),
        ("climate.LoadField", "institute_b"),
        ("climate.YearlyMean", "institute_a"),
        ("climate.YearlyMean", "institute_b"),
    ]
    assert re.search(r"^if all moved to desk +145 kB", plan, re.MULTILINE)


def test_measured_bytes_are_near_the_predicted_and_far_below_the_fields(demo: Demo) -> None:
    _, _, table = demo.said.partition("What it took, beside what was predicted")

    links = re.findall(
        r"^(institute_. -> \w+|hub -> \w+) +[\w.]+ +(\d+ B) +(\d+ B) ", table, re.MULTILINE
    )
    assert {link for link, _, _ in links} == {
        "institute_a -> hub",
        "institute_b -> hub",
        "institute_a -> desk",
        "institute_b -> desk",
        "hub -> desk",
    }
    for link, predicted, measured in links:
        assert in_bytes(predicted) / 3 < in_bytes(measured) < in_bytes(predicted) * 3, link
    assert sum(len(DECADES) * in_bytes(measured) for _, _, measured in links) < FIELD_BYTES / 50
    assert re.search(r"^measured: .*24 calls in ", table, re.MULTILINE)


def test_measured_times_and_sizes_stand_beside_the_predicted_ones(demo: Demo) -> None:
    _, _, table = demo.said.partition("What it took, beside what was predicted")

    loads = re.findall(
        r"^climate.LoadField +\w+ +24 +15 ms +!?([\d.]+ \w+) +72.5 kB +([\d.]+ kB)$",
        table,
        re.MULTILINE,
    )
    assert [size for _, size in loads] == ["72.5 kB", "72.5 kB"]


def in_bytes(text: str) -> float:
    number, unit = text.split()
    return float(number) * {"B": 1, "kB": 1000}[unit]


@pytest.fixture
def beside_the_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    """The federation, with the modules beside it importable until the test is over."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield Federation.load(EXAMPLE / "warming.dfm.yaml")
    for name in ("climate", "decades"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("target", ["inline", "local"])
def test_no_field_crosses_a_link(beside_the_example: Federation, target: str) -> None:
    from decades import get_pipeline, get_pipeline_parameters

    one_field = FIELD_BYTES // 240
    with beside_the_example.session(homesite="desk", target=target) as session:
        job = session.execute(get_pipeline(beside_the_example), get_pipeline_parameters()[:3])
        job.result(timeout=60)
        moved = job.bytes_per_link()

    assert moved
    assert all(count < 3 * one_field for count in moved.values())


def test_asking_an_institute_for_what_it_does_not_hold_says_what_it_holds(
    beside_the_example: Federation,
) -> None:
    climate = beside_the_example.operations.climate
    with Pipeline(name="wrong") as pipeline:
        field = climate.LoadField(
            site="institute_a", scenario="E1", first_year=1860, last_year=1869
        )
        Yield(value=climate.YearlyMean(field=field))

    with (
        beside_the_example.session(homesite="desk", target="inline") as session,
        pytest.raises(DfmError, match="this institute holds scenario A1B, not E1") as caught,
    ):
        session.execute(pipeline).result(timeout=60)

    assert "institute_a" in str(caught.value)
    assert "climate.LoadField" in str(caught.value)


@pytest.mark.usefixtures("beside_the_example")
def test_the_command_line_runs_it_too(capsys) -> None:
    code = main(["run", str(EXAMPLE / "decades.py"), "--target", "inline", "--json"])

    tokens = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert len(tokens) == 24 * 3
    assert {token["place"] for token in tokens} == {"a1b", "e1", "difference"}


@pytest.mark.usefixtures("beside_the_example")
def test_the_picture_of_its_plan_is_what_dfm_explain_draws(tmp_path: Path) -> None:
    """If it is not: `DFM_LEARN=0 dfm explain` as below, with --output docs/images/plan.svg."""
    drawn = tmp_path / "plan.svg"

    code = main(["explain", str(EXAMPLE / "decades.py"), "--format", "svg", "--output", str(drawn)])

    assert code == 0
    assert drawn.read_text("utf-8") == (ROOT / "docs/images/plan.svg").read_text("utf-8")


def test_its_federation_holds_together(capsys) -> None:
    code = main(["check", str(EXAMPLE / "warming.dfm.yaml")])

    assert (code, capsys.readouterr().out) == (0, "ok: 4 sites, 4 operations\n")

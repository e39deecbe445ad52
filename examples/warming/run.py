"""How warm does North America get under two emission scenarios?

Two institutes hold one projection each, from the Met Office, 1860 to 2099. Their fields stay with
them; a hub compares yearly means, a decade at a time, and the results stream to this desk.

    python examples/warming/run.py [--target inline] [--out FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from decades import DECADES, get_pipeline, get_pipeline_parameters, plot_pipeline
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dfm import Federation, Job
from dfm.view.plan import render_plan

Series = dict[int, float]
FEDERATION = Path(__file__).with_name("warming.dfm.yaml")
PLACES = ("a1b", "e1", "difference")


def main() -> None:
    """Plan, run, show results as they come, and write them down."""
    arguments = parse_arguments()
    console = Console(highlight=False)
    federation = Federation.load(FEDERATION)

    with federation.session(homesite="desk", target=arguments.target) as session:
        pipeline = get_pipeline(federation)
        heading(console, "What will run where, and what a decade should cost")
        console.print(render_plan(session.explain(pipeline)))

        heading(console, f"{len(DECADES)} calls, one a decade, all in flight at once")
        job = session.execute(pipeline, input_params=get_pipeline_parameters())
        series = follow(job, console)

        heading(console, "What it took, beside what was predicted")
        console.print(render_plan(job.explain()))
        console.print()

        curves = {"A1B": series["a1b"], "E1": series["e1"]}
        with console.status("drawing the plot at the hub"):
            plot = session.execute(plot_pipeline(federation), input_params={"series": curves})
            picture = plot.result()["picture"]

    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "warming.png").write_bytes(picture)
    write_table(arguments.out / "warming.csv", curves)
    console.print(f"wrote {arguments.out}/warming.csv and {arguments.out}/warming.png\n")
    console.print(in_one_sentence(curves["A1B"], curves["E1"]), style="bold", soft_wrap=True)


def heading(console: Console, text: str) -> None:
    """Print a heading."""
    console.print(f"\n{text}\n", style="bold underline")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="local", help="local (default) or inline")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="FOLDER")
    return parser.parse_args()


def follow(job: Job, console: Console) -> dict[str, Series]:
    """Print a line for each decade as soon as its three results are here; return the series.

    All decades are in flight at once and may finish in any order; lines are printed in order.
    """
    arrived: dict[int, dict[str, Series]] = {}
    printed = 0
    console.print("decade         A1B          E1     difference", style="bold")
    with progress_bar(console) as progress:
        bar = progress.add_task("decades", total=len(DECADES))
        for token in job:
            decade = arrived.setdefault(token.frame.input_paramset_index(), {})
            decade[token.place] = token.value
            progress.advance(bar, 1 if len(decade) == len(PLACES) else 0)
            while len(arrived.get(printed, ())) == len(PLACES):
                console.print(decade_line(printed, arrived[printed]))
                printed += 1
    return {place: joined([arrived[n][place] for n in sorted(arrived)]) for place in PLACES}


def progress_bar(console: Console) -> Progress:
    """Return a bar for a terminal; elsewhere the lines are progress enough."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def decade_line(number: int, decade: dict[str, Series]) -> str:
    """Return the means of one decade as a line."""
    first, last = DECADES[number]
    a1b, e1, difference = (mean(decade[place]) for place in PLACES)
    return f"{first}-{last}  {a1b:8.3f} K  {e1:8.3f} K  {difference:+9.3f} K"


def joined(parts: list[Series]) -> Series:
    """Return one series, year after year."""
    return dict(sorted(item for part in parts for item in part.items()))


def mean(series: Series, first: int = 0, last: int = 9999) -> float:
    """Return the mean of a span of years."""
    values = [kelvin for year, kelvin in series.items() if first <= year <= last]
    return sum(values) / len(values)


def write_table(path: Path, curves: dict[str, Series]) -> None:
    """Write one row for each year, in kelvin."""
    a1b, e1 = curves["A1B"], curves["E1"]
    rows = [f"{year},{a1b[year]:.5f},{e1[year]:.5f}" for year in a1b]
    path.write_text("\n".join(["year,A1B,E1", *rows, ""]), encoding="utf-8")


def in_one_sentence(a1b: Series, e1: Series) -> str:
    """Say what it comes to."""
    (a1b_end, a1b_rise), (e1_end, e1_rise) = end_and_rise(a1b), end_and_rise(e1)
    return (
        f"In these projections North America is {a1b_rise:.2f} K warmer in 2090-2099 than in"
        f" 1860-1889 under A1B and {e1_rise:.2f} K under E1, and the two end"
        f" {a1b_end - e1_end:.2f} K apart."
    )


def end_and_rise(series: Series) -> tuple[float, float]:
    """Return the mean of the last decade, and how far that lies above the first three."""
    end = mean(series, 2090, 2099)
    return end, end - mean(series, 1860, 1889)


main()

"""`dfm explain`: where a pipeline would run and why; with --run, what that took as well."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from dfm.cli.options import objective_option, pipeline_options
from dfm.cli.output import reserved, write
from dfm.errors import ArgumentError

if TYPE_CHECKING:
    from dfm.report import PlanReport
    from dfm.session import Job

Format = Literal["text", "json", "mermaid", "svg"]


@click.command("explain")
@pipeline_options
@objective_option
@click.option("--run", "run_it", is_flag=True, help="Run it, and show what it took beside it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid", "svg"]),
    default="text",
    show_default=True,
    help="A table, an object for scripts, a flowchart, or a picture.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file, not to standard output.",
)
def command(
    file: Path,
    federation: Path | None,
    homesite: str | None,
    target: str,
    parameters: dict[str, Any],
    objective: Literal["total", "makespan"],
    run_it: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Show where the pipeline of the Python file FILE would run, why, and what it would cost.

    For each operation: its site, its predicted time, the size of its result, and why not another
    site. For each link between sites: the bytes of a call. No site is contacted and no operation
    is run; FILE itself is loaded, as `dfm run` does.

    With --run the pipeline is run, its results are dropped, and what was measured stands beside
    what was predicted. A number after `~` is a guess: no cost is declared for it, and no job has
    told one. One after `!` is more than three times off.

    \b
    Examples:
      dfm explain pipeline.py
      dfm explain pipeline.py --run --param first_year=1860
      dfm explain pipeline.py --objective makespan
      dfm explain pipeline.py --format svg --output plan.svg
      dfm explain pipeline.py --format json | jq '.links[] | {source, target, bytes}'
    """
    from dfm.cli.pipeline_file import check_names, open_pipeline

    if output is not None:
        _check_writable(output)
    with reserved() as out:
        opened = open_pipeline(file, federation, homesite)
        with closing(opened.federation.session(homesite=opened.homesite, target=target)) as session:
            report = session.explain(opened.pipeline, objective=objective)
            if run_it or parameters:
                prepared = session.prepare(opened.pipeline, objective=objective)
                check_names(parameters, prepared)
            if run_it:
                sets = opened.file.parameters(parameters)
                session.connect()
                sites = ", ".join(prepared.get_participating_sites())
                click.secho(f"running {file.name} at {sites} (target {target})", dim=True, err=True)
                report = report.with_measured(_drained(session.execute(prepared, sets)).measured())
    if output is not None:
        _save(_shown(report, form), output)
    else:
        write(rendered(report, out) if form == "text" else _shown(report, form), out)


def rendered(report: PlanReport, stream: TextIO | None) -> str:
    """Return a plan as text: in colour and as wide as it is for a terminal, else plain."""
    if stream is None or not stream.isatty():
        return str(report)
    from rich.console import Console

    from dfm.view.plan import render_plan

    console = Console(file=stream)
    with console.capture() as shown:
        console.print(render_plan(report))
    return shown.get().rstrip("\n")


def _drained(job: Job) -> Job:
    """Wait for a job to end, dropping its results.

    Raises:
        RunError: what went wrong.
    """
    count = sum(1 for _ in job)
    results = f"{count:,} result" + ("" if count == 1 else "s")
    click.secho(f"{results}, not shown", dim=True, err=True)
    return job


def _shown(report: PlanReport, form: Format) -> str:
    match form:
        case "json":
            return json.dumps(report.to_json(), ensure_ascii=False, indent=2)
        case "mermaid":
            return report.to_mermaid()
        case "svg":
            return report.to_svg()
    return str(report)


def _check_writable(output: Path) -> None:
    """Find out whether a file can be written before long work is done for it.

    Raises:
        ArgumentError: it can not.
    """
    folder = output.resolve().parent
    if not folder.is_dir():
        reason, hint = f"there is no folder {folder}", "a folder that is there"
    elif not os.access(output if output.exists() else folder, os.W_OK):
        reason, hint = "you may not write there", "another file"
    else:
        return
    raise ArgumentError(f"cannot write {output}: {reason}", at="--output", hint=hint)


def _save(text: str, output: Path) -> None:
    """Write a file.

    Raises:
        ArgumentError: it can not be written.
    """
    try:
        output.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ArgumentError(
            f"cannot write {output}: {reason}", at="--output", hint="another file"
        ) from None

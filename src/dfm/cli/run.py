"""`dfm run`: run the pipeline of a file and print its results as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from dfm.cli.output import reserved, write
from dfm.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from dfm.mesh import Federation
    from dfm.net.prepared import PreparedPipeline
    from dfm.session import Job, Token


def _parse_parameters(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON if it reads as JSON, else a string."""
    parsed: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise click.BadParameter(f"{text!r} is not of the form name=value")
        try:
            parsed[name] = json.loads(value)
        except json.JSONDecodeError:
            parsed[name] = value
    return parsed


@click.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--federation",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The federation, a *.dfm.yaml file. Default: what FILE says, else the one beside FILE.",
)
@click.option("--homesite", help="Your site. Default: the one site that offers no operations.")
@click.option("--target", default="local", show_default=True, help="Where it runs: local, inline.")
@click.option(
    "--param",
    "parameters",
    metavar="NAME=JSON",
    multiple=True,
    callback=_parse_parameters,
    help="A value for a PlaceParam, in every parameter set. What is no JSON is a string.",
)
@click.option("--plan", "show_plan", is_flag=True, help="Show the plan before running it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per result.")
def command(
    file: Path,
    federation: Path | None,
    homesite: str | None,
    target: str,
    parameters: dict[str, Any],
    show_plan: bool,
    as_json: bool,
) -> None:
    """Run the pipeline of the Python file FILE; print results as they come.

    \b
    FILE has a function
      get_pipeline(federation)     or get_pipeline(); returns a Pipeline
    and may have
      get_pipeline_parameters()    a dict of parameters, or a list of them: one call for each
      get_federation()             or a variable `federation`; else --federation, else the one
                                   *.dfm.yaml file beside FILE

    \b
    Each result is a line `place [frame] value`, or with --json an object
      {"place": ..., "frame": [...], "value": ..., "site": ..., "node": ...}
    in which a value that JSON can not hold is {"summary": "..."}. Results of different calls
    come in the order in which they are ready. What FILE or an adapter prints goes to standard
    error.

    \b
    Examples:
      dfm run pipeline.py
      dfm run pipeline.py --param first_year=1860 --param scenario=A1B
      dfm run pipeline.py --federation harbour.dfm.yaml --homesite office --target inline
      dfm run pipeline.py --json | jq -c 'select(.place == "mean") | .value'
    """
    from dfm.cli.pipeline_file import PipelineFile

    with reserved() as out:
        pipeline_file = PipelineFile.load(file)
        found = pipeline_file.federation(federation)
        pipeline = pipeline_file.pipeline(found)
        sets = pipeline_file.parameters(parameters)
        with found.session(homesite=homesite or homesite_of(found), target=target) as session:
            prepared = session.prepare(pipeline)
            if show_plan:
                _show_plan(prepared, calls=len(sets) if isinstance(sets, list) else 1)
            sites = ", ".join(prepared.get_participating_sites())
            click.secho(f"running {file.name} at {sites} (target {target})", dim=True, err=True)
            _follow(
                session.execute(prepared, input_params=sets), _as_json if as_json else _line, out
            )


def homesite_of(federation: Federation) -> str:
    """Return the one site that offers no operations, or the only site there is.

    Raises:
        ArgumentError: there is no such site, or several.
    """
    sites = federation.spec.sites
    empty = [name for name, site in sites.items() if not site.interface and not site.providers]
    for names in (empty, list(sites)):
        if len(names) == 1:
            return names[0]
    raise ArgumentError(
        f"there is no telling which site of federation {federation.spec.name!r} is yours",
        hint="--homesite with " + nearest("", empty or sites),
    )


def _show_plan(prepared: PreparedPipeline, *, calls: int) -> None:
    from rich.console import Console

    from dfm.view.plan import render_plan

    console = Console(stderr=True)
    with console.capture() as shown:
        console.print(render_plan(prepared.report, calls=calls))
    click.echo(shown.get(), err=True, nl=False)


def _follow(job: Job, shown: Callable[[Token], str], out: TextIO | None) -> None:
    """Print the results of a job until it ends, then what it took."""
    began, count = time.perf_counter(), 0
    for token in job:
        write(shown(token), out)
        count += 1
    from dfm.view.amounts import format_bytes, format_seconds

    took = format_seconds(time.perf_counter() - began)
    moved = format_bytes(sum(job.bytes_per_link().values()))
    results = f"{count} result" + ("" if count == 1 else "s")
    click.secho(f"{results} in {took}, {moved} between sites", dim=True, err=True)


def _as_json(token: Token) -> str:
    from dfm.view.values import to_json

    line = {
        "place": token.place,
        "frame": token.frame.frame,
        "value": to_json(token.value),
        "site": token.from_site,
        "node": token.from_node,
    }
    return json.dumps(line, ensure_ascii=False)


def _line(token: Token) -> str:
    from dfm.view.values import one_line

    place = click.style(token.place, fg="cyan")
    frame = click.style(str(token.frame.frame), dim=True)
    return f"{place} {frame} {one_line(token.value)}"

"""`dfm run`: run the pipeline of a file and print its results as they come."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from dfm.cli.explain import rendered
from dfm.cli.options import pipeline_options
from dfm.cli.output import reserved, write

if TYPE_CHECKING:
    from dfm.session import Job, Token


@click.command("run")
@pipeline_options
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
    from dfm.cli.pipeline_file import open_pipeline

    with reserved() as out:
        opened = open_pipeline(file, federation, homesite)
        sets = opened.file.parameters(parameters)
        with opened.federation.session(homesite=opened.homesite, target=target) as session:
            prepared = session.prepare(opened.pipeline)
            if show_plan:
                click.echo(rendered(session.explain(opened.pipeline), sys.stderr), err=True)
            sites = ", ".join(prepared.get_participating_sites())
            click.secho(f"running {file.name} at {sites} (target {target})", dim=True, err=True)
            _follow(
                session.execute(prepared, input_params=sets), _as_json if as_json else _line, out
            )


def _follow(job: Job, shown: Callable[[Token], str], out: TextIO | None) -> None:
    """Print the results of a job until it ends, then what it took."""
    began, count = time.perf_counter(), 0
    for token in job:
        write(shown(token), out)
        count += 1
    from dfm.report.amounts import format_bytes, format_seconds

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

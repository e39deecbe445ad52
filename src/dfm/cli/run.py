"""`dfm run`: run the pipeline of a file and print its results as they come."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dfm.cli.explain import rendered
from dfm.cli.options import pipeline_options
from dfm.cli.output import reserved
from dfm.cli.results import as_json, as_line, follow


@click.command("run")
@pipeline_options
@click.option("--plan", "show_plan", is_flag=True, help="Show the plan before running it.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object per result.")
def command(
    file: Path,
    federation: Path | None,
    homesite: str | None,
    target: str,
    parameters: dict[str, Any],
    show_plan: bool,
    json_wanted: bool,
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
            job = session.execute(prepared, input_params=sets)
            follow(job, as_json if json_wanted else as_line, out)

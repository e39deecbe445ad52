"""`dfm check`: is this federation right?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dfm.cli.output import write
from dfm.errors import DeclarationError, FederationError, Problem


@click.command("check")
@click.argument("federation", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(federation: Path, as_json: bool) -> None:
    """Check a federation file and print every mistake in it.

    Nothing is contacted and nothing is run, and no adapter is imported, so this is safe anywhere.
    Each mistake is a line with file, line, column, what is wrong and what to try. The exit code is
    0 if there is none, else 2.

    \b
    Examples:
      dfm check harbour.dfm.yaml
      dfm check harbour.dfm.yaml --json | jq .problems
    """
    from dfm.mesh import Federation

    try:
        spec = Federation.load(federation).spec
    except FederationError as error:
        _report(error.problems, as_json=as_json)
    except DeclarationError as error:  # a file that can not be read at all
        _report((Problem(error.message, error.at or str(federation), error.hint),), as_json=as_json)
    else:
        sites, operations = len(spec.sites), len(spec.operations)
        if as_json:
            found = {"ok": True, "sites": sites, "operations": operations, "problems": []}
            write(json.dumps(found), sys.stdout)
        else:
            said = f"ok: {_counted(sites, 'site')}, {_counted(operations, 'operation')}"
            write(said, sys.stdout)


def _report(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    """Print the problems and end the command."""
    if as_json:
        listed = [{"message": p.message, "at": p.at, "hint": p.hint} for p in problems]
        found = {"ok": False, "problems": listed}
        write(json.dumps(found, ensure_ascii=False), sys.stdout)
    else:
        for problem in problems:
            write(str(problem), sys.stdout)
        click.secho(_counted(len(problems), "problem"), fg="red", err=True)
    raise click.exceptions.Exit(DeclarationError.exit_code)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")

"""`dfm check`: is this federation right?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import click

from dfm.cli.output import write
from dfm.errors import DeclarationError, FederationError, Problem


def _print_schema(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        file = resources.files("dfm.federation").joinpath("dfm.schema.json")
        write(file.read_text("utf-8").rstrip("\n"), sys.stdout)
        context.exit()


@click.command("check")
@click.argument("federation", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option("--allow-urls", is_flag=True, help="Follow references to web addresses as well.")
@click.option(
    "--allow-private-urls",
    is_flag=True,
    help="Follow those to this machine and private networks, too.",
)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of federation files, for editors, and exit.",
)
def command(federation: Path, as_json: bool, allow_urls: bool, allow_private_urls: bool) -> None:
    """Check a federation file and print every mistake in it, and in the files it refers to.

    Nothing is run and no adapter is imported, and nothing is contacted unless you allow it, so this
    is safe anywhere. Each mistake is a line with file, line, column, what is wrong and what to try.
    Remarks, on standard error, are no mistakes. The exit code is 0 if there is no mistake, else 2.

    \b
    Examples:
      dfm check harbour.dfm.yaml
      dfm check harbour.dfm.yaml --json | jq .problems
      dfm check --schema > dfm.schema.json
    """
    from dfm.federation.load import load_federation
    from dfm.federation.remarks import remarks

    try:
        spec = load_federation(
            federation, allow_urls=allow_urls, allow_private_urls=allow_private_urls
        )
    except FederationError as error:
        _report(error.problems, as_json=as_json)
    except DeclarationError as error:  # a file that can not be read at all
        _report((Problem(error.message, error.at or str(federation), error.hint),), as_json=as_json)
    else:
        _approve(len(spec.sites), len(spec.operations), list(remarks(spec)), as_json=as_json)


def _approve(sites: int, operations: int, remarks: Sequence[Problem], *, as_json: bool) -> None:
    """Print what there is, and remarks about it."""
    if as_json:
        found = {"ok": True, "sites": sites, "operations": operations, "problems": []}
        write(json.dumps({**found, "remarks": _listed(remarks)}, ensure_ascii=False), sys.stdout)
        return
    for remark in remarks:
        click.secho(f"remark: {remark}", fg="yellow", err=True)
    write(f"ok: {_counted(sites, 'site')}, {_counted(operations, 'operation')}", sys.stdout)


def _report(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print the problems and end the command."""
    if as_json:
        found = {"ok": False, "problems": _listed(problems)}
        write(json.dumps(found, ensure_ascii=False), sys.stdout)
    else:
        for problem in problems:
            write(str(problem), sys.stdout)
        click.secho(_counted(len(problems), "problem"), fg="red", err=True)
    raise click.exceptions.Exit(DeclarationError.exit_code)


def _listed(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"message": p.message, "at": p.at, "hint": p.hint} for p in problems]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")

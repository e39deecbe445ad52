"""`dfm fed gen code`: write the typed package of a federation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dfm.cli.output import write
from dfm.cli.registered import name_argument, registry_of
from dfm.errors import ArgumentError

ALL, NONE = "all", "none"


@click.group("gen")
def gen() -> None:
    """Generate what belongs to a federation."""


@gen.command("code")
@name_argument
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that gets the package. Default: the one above the federation's folder.",
)
@click.option("--cleanup", is_flag=True, help="Remove what was generated before.")
@click.option("--no-api", is_flag=True, help="Only the runtime of the sites.")
@click.option(
    "--runtime-site",
    "runtime_sites",
    multiple=True,
    default=(ALL,),
    show_default=True,
    help="A site to generate the runtime of. May be repeated. `none` for none.",
)
@click.option("--allow-urls", is_flag=True, help="Follow references to web addresses as well.")
@click.option(
    "--allow-private-urls",
    is_flag=True,
    help="Follow those to this machine and private networks, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def code(
    ctx: click.Context,
    name: str,
    output_dir: Path | None,
    cleanup: bool,
    no_api: bool,
    runtime_sites: tuple[str, ...],
    allow_urls: bool,
    allow_private_urls: bool,
    as_json: bool,
) -> None:
    """Write the package of a federation: its operations as typed classes, and its sites' sessions.

    Only the folder `fed` of the package, and its `__init__.py` if there is none, are written.
    Editors and type checkers read it; nothing needs it to run.

    \b
    Examples:
      dfm fed gen code harbour
      dfm fed gen code harbour --output-dir build --runtime-site desk --runtime-site pier
      dfm fed gen code harbour --runtime-site none --json | jq -r '.files[]'
    """
    from dfm.codegen import generate_package

    entry = registry_of(ctx).get(name)
    folder = output_dir or entry.federation_dir.parent
    files = generate_package(
        entry.config(),
        folder,
        api=not no_api,
        runtime_sites=_chosen(runtime_sites),
        cleanup=cleanup,
        allow_urls=allow_urls,
        allow_private_urls=allow_private_urls,
    )
    if as_json:
        listed = {"output_dir": str(folder), "files": [str(file) for file in files]}
        write(json.dumps(listed, ensure_ascii=False), sys.stdout)
        return
    for file in files:
        write(str(file), sys.stdout)
    counted = f"{len(files)} file" + ("" if len(files) == 1 else "s")
    click.secho(f"{counted} written in {folder}", dim=True, err=True)


def _chosen(given: tuple[str, ...]) -> list[str] | None:
    """Return the sites that were asked for, None for all of them.

    Raises:
        ArgumentError: `none` or `all` stands beside others.
    """
    for word in (NONE, ALL):
        if word in given and len(set(given)) > 1:
            raise ArgumentError(
                f"--runtime-site {word} can not be combined with other sites",
                at="--runtime-site",
                hint=f"{word} alone, or the names of sites",
            )
    from dfm.federation.names import site_name

    if ALL in given:
        return None
    return [] if NONE in given else [site_name(site) for site in dict.fromkeys(given)]

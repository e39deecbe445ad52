"""`dfm fed`: federations by name."""

from __future__ import annotations

from pathlib import Path

import click

from dfm.cli.fed_config import config
from dfm.cli.fed_gen import gen
from dfm.cli.fed_submit import submit


@click.group("fed", commands=[config, gen, submit])
@click.option(
    "-c",
    "--config",
    "federations_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another list of federations than the one `dfm config show` tells.",
)
def command(federations_file: Path | None) -> None:
    """Work with federations by name.

    \b
    Names are kept in a file, federations.yaml:
      federations:
        harbour:
          federation_dir: projects/harbour      relative to the project's folder
          config_path: conf/harbour.dfm.yaml    relative to federation_dir
          project_path: conf/project.yaml       may be left out

    The project's folder is the nearest one upwards from that file that has a .dfm-cli.conf.yaml,
    else the folder of that file. No federation but the one you name is looked at.
    """

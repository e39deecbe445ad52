"""`dfm config`: see and begin the configuration of this command line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from dfm.cli.output import write
from dfm.registry import Settings

_DEFAULT = """\
# What `dfm` goes by in this folder and below. Paths are relative to this folder.
federations_config_path: ./federations.yaml  # the list of federations, for `dfm fed`
debug: false                                 # whether errors show a traceback
workspace:
  path: ./workspace                          # where `dfm fed submit` gives scripts a folder
dev:                                         # the scripts of `dfm dev`
  testing:
    script: null
  linting:
    script: null
    fix: false
  formatting:
    script: null
  type_checking:
    script: null
"""


@click.group("config")
def command() -> None:
    """See what this command line goes by.

    The file is the one that DFM_CLI_CONFIG names, else the nearest .dfm-cli.conf.yaml upwards,
    else ~/.dfm/.dfm-cli.conf.yaml.
    """


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: what holds.")
def show(as_json: bool) -> None:
    """Show the file that holds here and what is in it; with --json what holds, defaults too.

    \b
    Examples:
      dfm config show
      dfm config show --json | jq -r .federations_config_path
    """
    settings = Settings.load()
    if as_json:
        write(json.dumps(_as_object(settings), ensure_ascii=False), sys.stdout)
    elif settings.path is None:
        write("No config file found, using defaults", sys.stdout)
    else:
        write(f"{settings.path}\n\n{settings.path.read_text('utf-8').rstrip()}", sys.stdout)
    for line in settings.unknown:
        click.secho(line, fg="yellow", err=True)


@command.command("create-default")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    help="The file to write, or its folder. Default: the folder you are in.",
)
def create_default(path: Path | None) -> None:
    """Write a .dfm-cli.conf.yaml with the defaults. One that is there stays as it is.

    \b
    Examples:
      dfm config create-default
      dfm config create-default --path projects/harbour
    """
    from dfm.registry.settings import FILE_NAME
    from dfm.registry.yaml_file import create_text

    path = path or Path.cwd()
    path = path / FILE_NAME if path.is_dir() else path
    if os.path.lexists(path):
        click.secho(f"{path} is there already and stays as it is", err=True)
        return
    create_text(path, _DEFAULT)
    write(f"written to {path}", sys.stdout)


def _as_object(settings: Settings) -> dict[str, Any]:
    scripts = settings.scripts
    tasks = ("testing", "linting", "formatting", "type_checking")
    dev = {task: {"script": _text(getattr(scripts, task))} for task in tasks}
    return {
        "path": _text(settings.path),
        "folder": str(settings.folder),
        "federations_config_path": str(settings.federations),
        "debug": settings.debug,
        "workspace": {"path": str(settings.workspace)},
        "dev": {**dev, "linting": {**dev["linting"], "fix": scripts.fix}},
        "unknown": list(settings.unknown),
    }


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

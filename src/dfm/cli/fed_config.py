"""`dfm fed config`: see and edit the list of federations."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from dfm.cli.output import write
from dfm.cli.registered import name_argument, registry_of, registry_path
from dfm.errors import ArgumentError, DfmError
from dfm.registry import Entry, Settings

_EXAMPLE = """\
# The federations of this project, by name. `dfm fed config set NAME` adds one.
federations:
  examplefed:
    federation_dir: tutorials/example-fed/examplefed  # relative to the project's folder
    config_path: configs/federation.dfm.yaml          # relative to federation_dir
    project_path: configs/project.yaml                # may be left out
"""


@click.group("config")
def config() -> None:
    """See and edit the list of federations."""


@config.command("list-all")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of names.")
@click.pass_context
def list_all(ctx: click.Context, as_json: bool) -> None:
    """Print the names of all federations, with commas between them.

    \b
    Examples:
      dfm fed config list-all
      dfm fed config list-all --json | jq -r '.[]'
    """
    registry = registry_of(ctx)
    if as_json:
        write(json.dumps(registry.names, ensure_ascii=False), sys.stdout)
    elif registry.names:
        write(", ".join(registry.names), sys.stdout)
    else:
        said = "has none" if registry.exists else "is not there: dfm fed config create-default"
        click.secho(f"no federations: {registry.path} {said}", err=True)


@config.command("show")
@name_argument
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show where a federation is, and what is in it as far as its file can be read.

    \b
    Examples:
      dfm fed config show harbour
      dfm fed config show harbour --json | jq -r .config_path
    """
    entry = registry_of(ctx).get(name)
    found = {**_paths(entry), **_contents(entry)}
    if as_json:
        write(json.dumps(found, ensure_ascii=False), sys.stdout)
        return
    for key, value in found.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        write(f"{key + ':':16}{'' if shown is None else shown}".rstrip(), sys.stdout)


@config.command("set")
@name_argument
@click.option(
    "--federation-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the federation.",
)
@click.option(
    "--config-path",
    type=click.Path(),
    help="Its *.dfm.yaml file, relative to the folder of the federation or to where you are.",
)
@click.option(
    "--project-path", type=click.Path(), help="Its project file, likewise. None for no such file."
)
@click.pass_context
def set_(
    ctx: click.Context,
    name: str,
    federation_dir: Path | None,
    config_path: str | None,
    project_path: str | None,
) -> None:
    """Add a federation, or change what is given of it; the rest stays as it is written.

    What a new one lacks is asked for. Comments in the file, and the order of its keys, stay.

    \b
    Examples:
      dfm fed config set harbour --federation-dir projects/harbour --config-path conf/h.dfm.yaml
      dfm fed config set harbour --config-path conf/other.dfm.yaml
    """
    from dfm.registry.entries import check_name

    check_name(name)
    registry = registry_of(ctx)
    is_new = name not in registry
    if is_new:
        federation_dir = federation_dir or Path(_asked("federation-dir", is_folder=True))
        config_path = config_path or _asked("config-path")
    where = Path(os.path.abspath(federation_dir)) if federation_dir else registry.folder_of(name)
    registry.set(
        name,
        federation_dir=_relative(where, registry.folder) if federation_dir else None,
        config_path=_within(where, config_path),
        project_path=_within(where, project_path) if project_path != "None" else "",
    )
    entry = registry.get(name)
    registry.save()
    write(f"{'added' if is_new else 'changed'} {name!r} in {registry.path}", sys.stdout)
    if not entry.config_path.is_file():
        click.secho(f"{entry.config_path} is not there yet", fg="yellow", err=True)


@config.command("delete")
@name_argument
@click.pass_context
def delete(ctx: click.Context, name: str) -> None:
    """Take a federation off the list. Its files stay; nothing is asked.

    \b
    Example:
      dfm fed config delete harbour
    """
    registry = registry_of(ctx)
    registry.delete(name)
    registry.save()
    write(f"deleted {name!r} from {registry.path}", sys.stdout)


@config.command("create-default")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    help="The file to write, or its folder. Default: where the list would be looked for.",
)
@click.pass_context
def create_default(ctx: click.Context, path: Path | None) -> None:
    """Write a list of federations with one example in it. A file that is there stays as it is.

    \b
    Examples:
      dfm fed config create-default
      dfm fed config create-default --path configs/federations.yaml
    """
    from dfm.registry.settings import FEDERATIONS
    from dfm.registry.yaml_file import create_text, make_folder

    if path is None:
        path = registry_path(ctx) or Settings.load().federations
        make_folder(path.parent)
    path = path / FEDERATIONS if path.is_dir() else path
    create_text(path, _EXAMPLE)
    write(f"written to {path}", sys.stdout)


def _paths(entry: Entry) -> dict[str, Any]:
    project = entry.project_path
    return {
        "name": entry.name,
        "workspace_dir": str(Settings.load().workspace / entry.name),
        "federation_dir": str(entry.federation_dir),
        "config_path": str(entry.config_path),
        "project_path": None if project is None else str(project),
    }


def _contents(entry: Entry) -> dict[str, Any]:
    """Return what the federation's own file says, or why it says nothing."""
    from dfm.federation.load import load_federation

    try:
        spec = load_federation(entry.config())
    except DfmError as error:
        problem = f"{error.message} (try dfm check {entry.config_path})"
        if not entry.config_path.is_file():
            problem = error.message
        return {"module": None, "api_version": None, "sites": [], "problem": problem}
    return {
        "module": spec.name,
        "api_version": spec.api_version,
        "sites": list(spec.sites),
        "problem": None,
    }


def _asked(option: str, *, is_folder: bool = False) -> str:
    """Ask for what a new entry lacks.

    Raises:
        ArgumentError: nobody answers.
    """
    kind: click.Path[str] = click.Path(exists=is_folder, file_okay=not is_folder)
    try:
        answer: str = click.prompt(option.replace("-", " "), type=kind, err=True)
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise ArgumentError(f"a new federation needs --{option}", hint=f"--{option} PATH") from None
    return answer


def _relative(path: Path, base: Path) -> str:
    """Write a path relative to a folder if it lies below, else in full."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _within(folder: Path, given: str | None) -> str | None:
    """Write a path as an entry does, relative to the federation's folder where that can be."""
    if given is None:
        return None
    path = Path(given).expanduser()
    here = Path(os.path.abspath(path))
    if path.is_absolute() or (not (folder / path).exists() and here.exists()):
        return _relative(here, folder)
    return given

"""What the commands about a pipeline file have in common: FILE, and where it would run.

Each is a decorator; `pipeline_options` is all of them. What is given becomes an argument of that
name: `file`, `federation`, `homesite`, `target`, `parameters`, `objective`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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


file_argument = click.argument("file", type=_A_FILE)

federation_option = click.option(
    "--federation",
    type=_A_FILE,
    help="The federation, a *.dfm.yaml file. Default: what FILE says, else the one beside FILE.",
)

homesite_option = click.option(
    "--homesite", help="Your site. Default: the one site that offers no operations."
)

target_option = click.option(
    "--target", default="local", show_default=True, help="Where it runs: local, inline."
)

param_option = click.option(
    "--param",
    "parameters",
    metavar="NAME=JSON",
    multiple=True,
    callback=_parse_parameters,
    help="A value for a PlaceParam, in every parameter set. What is no JSON is a string.",
)

objective_option = click.option(
    "--objective",
    type=click.Choice(["total", "makespan"]),
    default="total",
    show_default=True,
    help="What is made least: all work and transfers, or the time until the last is over.",
)


def pipeline_options(command: Command) -> Command:
    """Give a command FILE and --federation, --homesite, --target, --param."""
    for option in (param_option, target_option, homesite_option, federation_option, file_argument):
        command = option(command)
    return command

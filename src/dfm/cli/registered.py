"""The list of federations that holds for a command below `dfm fed`, and its names for the shell."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from dfm.errors import DfmError
from dfm.registry import Registry


def registry_path(ctx: click.Context) -> Path | None:
    """Return the file that was given with `dfm fed --config`, or None."""
    above: click.Context | None = ctx
    while above is not None:
        if isinstance(found := above.params.get("federations_file"), Path):
            return found
        above = above.parent
    return None


def registry_of(ctx: click.Context) -> Registry:
    """Return the list of federations.

    Raises:
        DeclarationError: it is there and can not be read.
    """
    return Registry.load(registry_path(ctx))


def complete_name(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of federations that begin so; none if the list can not be read."""
    try:
        names = registry_of(ctx).names
    except DfmError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


name_argument = click.argument("name", shell_complete=complete_name)

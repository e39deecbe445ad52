"""The page on the command line is complete: each command and each option stands on it."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dfm.cli.main import dfm as root

PAGE = (Path(__file__).parents[2] / "docs/command-line.md").read_text("utf-8")
COVERED = ("completion", "config", "dev", "fed")
"""The commands that have sub-commands and are described in tables."""


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with all its names."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, *names, name)
        elif found is not None:
            yield " ".join((*names, name)), found


ALL = dict(commands(root))


def section_of(name: str) -> str:
    """Return what the page says below the heading of the first word of a command."""
    word = name.split()[0]
    sections = PAGE.split("\n## ")
    return "\n".join(text for text in sections if text.startswith(f"`dfm {word}"))


def test_there_are_commands_to_look_for() -> None:
    assert {"run", "fed config list-all", "dev type-check"} <= set(ALL)


@pytest.mark.parametrize("name", [name for name in ALL if name.split()[0] in COVERED])
def test_a_command_stands_on_the_page_with_its_options(name: str) -> None:
    section = section_of(name)

    assert name.split()[-1] in section
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[-1] in section


@pytest.mark.parametrize("name", ALL)
def test_a_command_has_a_section(name: str) -> None:
    assert section_of(name)

"""`dfm dev`: the scripts a federation's project has for its own upkeep."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import click

from dfm.cli.output import write
from dfm.errors import DeclarationError
from dfm.registry import Settings
from dfm.registry.settings import FILE_NAME, Task


@click.group("dev")
def command() -> None:
    """Run the scripts of your project.

    \b
    They are named in .dfm-cli.conf.yaml, and run in its folder:
      dev:
        testing: {script: scripts/test.sh}
        linting: {script: scripts/lint.sh, fix: false}
        formatting: {script: scripts/format.sh}
        type_checking: {script: scripts/types.sh}
    The exit code of a script becomes ours.
    """


@command.command("test")
@click.argument("package", default="all")
@click.option("--list", "list_only", is_flag=True, help="Ask the script what there is to test.")
def test(package: str, list_only: bool) -> None:
    """Run the script `dev.testing.script`. It gets PACKAGE unless that is `all`, and --list.

    \b
    Examples:
      dfm dev test
      dfm dev test harbour
    """
    _run("testing", *([] if package == "all" else [package]), *(["--list"] if list_only else []))


@command.command("lint")
@click.option("--fix", is_flag=True, help="Repair what can be. Default: `dev.linting.fix`.")
def lint(fix: bool) -> None:
    """Run the script `dev.linting.script`. It gets --fix if that was asked for."""
    settings = Settings.load()
    _run("linting", *(["--fix"] if fix or settings.scripts.fix else []))


@command.command("format")
def format_() -> None:
    """Run the script `dev.formatting.script`."""
    _run("formatting")


@command.command("type-check")
@click.option("--path", type=click.Path(exists=True), help="What to check. Default: all of it.")
def type_check(path: str | None) -> None:
    """Run the script `dev.type_checking.script`. It gets the path, in full, if one is given."""
    _run("type_checking", *([] if path is None else [str(Path(path).resolve())]))


@command.command("version")
def version() -> None:
    """Print the version of your project, as its pyproject.toml says.

    \b
    Example:
      dfm dev version
    """
    write(_version_in(_pyproject(Path.cwd())), sys.stdout)


def _run(task: Task, *arguments: str) -> None:
    """Run the script of a task and end with its exit code.

    Raises:
        DeclarationError: there is no such script.
    """
    from dfm.cli.scripts import run_script

    settings = Settings.load()
    script: Path | None = getattr(settings.scripts, task)
    if script is None:
        raise DeclarationError(
            f"there is no script for this: dev.{task}.script is not set",
            at=str(settings.path or settings.folder / FILE_NAME),
            hint=f"`dev: {{{task}: {{script: PATH}}}}` there"
            + ("" if settings.path else ", after dfm config create-default"),
        )
    raise click.exceptions.Exit(run_script(script, arguments, folder=settings.folder))


def _pyproject(here: Path) -> Path:
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "pyproject.toml"
    raise DeclarationError(
        "there is no pyproject.toml here or above", at=str(here), hint="the folder of your project"
    )


def _version_in(path: Path) -> str:
    try:
        project = tomllib.loads(path.read_text("utf-8")).get("project")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeclarationError(f"this can not be read: {error}", at=str(path)) from None
    found = project.get("version") if isinstance(project, dict) else None
    if isinstance(found, str):
        return found
    raise DeclarationError(
        "the project has no version that is written down", at=str(path), hint='version = "0.1.0"'
    )

"""The command `dfm`: its sub-commands, and the one place where errors become messages.

Sub-commands are modules of this package, found by name and loaded when asked for; each imports
what is heavy inside its function, so that `dfm --help` is there at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from dfm.cli.output import OutputFailed, ReaderGone, checked, silence
from dfm.errors import DfmError, InternalError

COMMANDS = (
    "can-i",
    "check",
    "completion",
    "config",
    "costs",
    "dev",
    "explain",
    "fed",
    "migrate",
    "new",
    "policy",
    "run",
)
INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands live in modules of their name, with `_` for `-`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command, or return None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = import_module(f"dfm.cli.{module}").command
        return command

    # click ends the process with 1 when nobody reads, so this has to be found out before.

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the arguments; help and version are printed here."""
        with checked():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with checked():
            return super().invoke(ctx)


def _print_version(ctx: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if asked:
        from dfm import __version__

        click.echo(f"dfm {__version__}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def dfm() -> None:
    """Work with a data federation mesh: one API over data in several places.

    \b
    Examples:
      dfm check harbour.dfm.yaml        is this federation right?
      dfm explain pipeline.py           where would it run, why, and at what cost?
      dfm can-i pipeline.py             do the policies of all sites allow it?
      dfm run pipeline.py --json        run it, one JSON object per result

    Results go to standard output, remarks and errors to standard error. The exit code says whose
    turn it is: 2 yours (the pipeline or federation is wrong), 3 the federation owner's (no site
    can run it), 4 the operator's (something failed while running, or standard output takes no
    more), 70 ours (a bug in dfm), 130 and 141 nobody's (you pressed Ctrl-C; nobody reads the output
    any more, as after `| head -1`).
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become messages here."""
    try:
        with checked():
            return _main(arguments)
    except OutputFailed as error:  # standard error took not even the message
        return error.exit_code
    finally:
        silence()


def _main(arguments: Sequence[str] | None) -> int:
    try:
        return int(dfm.main(arguments, prog_name="dfm", standalone_mode=False) or 0)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.secho("interrupted", fg="yellow", err=True)
        return INTERRUPTED
    except ReaderGone as error:
        return error.exit_code
    except DfmError as error:
        show_error(error)
        if _wants_traceback():
            sys.excepthook(type(error), error, error.__traceback__)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  (the last line of defence: a bug of ours)
        bug = InternalError(
            f"{type(error).__name__}: {error}", hint="reporting it, with the traceback below"
        )
        show_error(bug)
        sys.excepthook(type(error), error, error.__traceback__)
        return bug.exit_code


def _wants_traceback() -> bool:
    """Whether DFM_CLI_DEBUG or the configuration ask to see where an error came from."""
    from dfm.registry import Settings

    try:
        return Settings.load().debug
    except DfmError:
        return False


def show_error(error: DfmError) -> None:
    """Print what happened, where, and what to try."""
    first, *rest = str(error).splitlines()
    click.secho(f"error: {first}", fg="red", bold=True, err=True)
    for line in rest:
        click.echo(line, err=True)

"""`dfm completion`: let the shell complete commands, options, files and names of federations."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from dfm.cli.output import write
from dfm.errors import ArgumentError, DeclarationError

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_DFM_COMPLETE"
_STARTUP = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}

_shell = click.Choice(SHELLS)
_home_option = click.option(
    "--home-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another home folder than yours.",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """Where completion is set up for a shell."""

    shell: str
    home: Path

    @property
    def script(self) -> Path:
        """The file that completes."""
        return self.home / f".dfm-complete.{self.shell}"

    @property
    def startup(self) -> Path:
        """The file that the shell reads first."""
        return self.home / _STARTUP[self.shell]

    @property
    def line(self) -> str:
        """The line of the start-up file that reads the script."""
        import shlex

        return f"source {shlex.quote(str(self.script))}"

    @property
    def is_complete(self) -> bool:
        """Whether all of it is there."""
        return self.script.is_file() and self.line in _lines(self.startup)


@click.group("completion")
def command() -> None:
    """Let your shell complete commands.

    It then completes commands, options, files and names of federations, in bash, zsh and fish.
    """


@command.command("generate")
@click.option("--shell", type=_shell, default="bash", show_default=True, help="For which shell.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
def generate(shell: str, output: Path | None) -> None:
    """Print the script that completes.

    \b
    Examples:
      dfm completion generate --shell zsh
      source <(dfm completion generate)
    """
    from dfm.registry.yaml_file import write_text

    if output is None:
        write(script_of(shell).rstrip("\n"), sys.stdout)
        return
    write_text(output, script_of(shell))
    click.secho(f"written to {output}", dim=True, err=True)


@command.command("setup")
@click.option("--shell", type=_shell, help="For which shell. Default: yours, as $SHELL tells.")
@click.option("--force", is_flag=True, help="Write the script again if it is there.")
@_home_option
def setup(shell: str | None, force: bool, home_dir: Path | None) -> None:
    """Write ~/.dfm-complete.SHELL, and into the shell's start-up file a line that reads it.

    Done twice it changes nothing.

    \b
    Examples:
      dfm completion setup
      dfm completion setup --shell fish
    """
    from dfm.registry.yaml_file import write_text

    place = Setup(shell or _own_shell(), _home(home_dir))
    if place.is_complete and not force:
        write(f"{place.shell}: set up already, in {place.startup}", sys.stdout)
        return
    if force or not place.script.is_file():
        write_text(place.script, script_of(place.shell))
    if place.line not in _lines(place.startup):
        _append(place.startup, place.line)
    write(f"{place.shell}: set up, in {place.startup}", sys.stdout)
    click.secho(f"from the next shell on, or now: {place.line}", err=True)


@command.command("status")
@click.option("--shell", type=_shell, help="For which shell. Default: all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, by shell.")
@_home_option
def status(shell: str | None, as_json: bool, home_dir: Path | None) -> None:
    """Tell for which shells completion is set up.

    \b
    Examples:
      dfm completion status
      dfm completion status --shell zsh --json
    """
    home = _home(home_dir)
    found = {name: Setup(name, home).is_complete for name in ([shell] if shell else SHELLS)}
    if as_json:
        write(json.dumps(found), sys.stdout)
        return
    for name, is_there in found.items():
        write(f"{name}: {'set up' if is_there else 'not set up'}", sys.stdout)


@command.command("info")
def info() -> None:
    """Tell how completion is set up, by this command or by hand."""
    write(
        "`dfm completion setup` writes ~/.dfm-complete.SHELL and a line that reads it into\n"
        + "".join(f"  {shell + ':':6} ~/{_STARTUP[shell]}\n" for shell in SHELLS)
        + "By hand: put what `dfm completion generate --shell SHELL` prints where your shell\n"
        "reads completions. In any case `dfm` has to be on the PATH of that shell.",
        sys.stdout,
    )


def script_of(shell: str) -> str:
    """Return the script that completes `dfm` in a shell."""
    from click.shell_completion import ShellComplete, get_completion_class

    from dfm.cli.main import dfm

    found = get_completion_class(shell)
    if found is None:
        raise ArgumentError(f"there is no completion for {shell}", hint=", ".join(SHELLS))
    # Not `source` of the class for bash, which runs bash to see how old it is.
    return ShellComplete.source(found(dfm, {}, "dfm", VARIABLE))


def _own_shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name in SHELLS:
        return name
    said = f"{name} is not one we complete in" if name else "SHELL is not set"
    raise ArgumentError(
        f"there is no telling your shell: {said}", hint=f"--shell with one of {', '.join(SHELLS)}"
    )


def _home(given: Path | None) -> Path:
    try:
        return Path(os.path.abspath(given)) if given else Path.home()
    except RuntimeError:
        raise ArgumentError("there is no telling your home", hint="--home-dir FOLDER") from None


def _lines(path: Path) -> list[str]:
    """Return the lines of a start-up file, of any encoding; none if it is not there."""
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _refused(path, error) from None


def _append(path: Path, line: str) -> None:
    """Add a line at the end; all that is there stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            file.seek(0, os.SEEK_END)
            gap = b""
            if file.tell():
                file.seek(-1, os.SEEK_END)
                gap = b"" if file.read(1) == b"\n" else b"\n"
            file.write(gap + os.fsencode(f"{line}\n"))
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> DeclarationError:
    reason = (error.strerror or str(error)).lower()
    return DeclarationError(
        f"the start-up file can not be changed: {reason}",
        at=str(path),
        hint="adding what `dfm completion generate` prints by hand",
    )

"""`dfm fed submit`: run a script or a pipeline for a federation by name."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dfm.cli.output import reserved
from dfm.cli.registered import complete_name, registry_of
from dfm.cli.results import as_json, as_line, follow
from dfm.errors import ArgumentError, JobCancelled, UnknownName, WaitTimeout
from dfm.registry import Entry, Settings

if TYPE_CHECKING:
    from dfm.cli.pipeline_file import PipelineFile
    from dfm.mesh import Federation
    from dfm.session import Job

TARGETS = ("inline", "local")


@click.command("submit")
@click.argument("federation", shell_complete=complete_name)
@click.argument("kind", type=click.Choice(["script", "pipeline"]))
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("job_args", nargs=-1, type=click.UNPROCESSED)
@click.option("--target", default="local", show_default=True, help="Where it runs: local, inline.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    help="Seconds after which it is stopped.",
)
@click.option("--homesite", help="Your site. Default: the one site that offers no operations.")
@click.option("--json", "json_wanted", is_flag=True, help="Pipeline: one JSON object per result.")
@click.pass_context
def submit(
    ctx: click.Context,
    federation: str,
    kind: str,
    path: Path,
    job_args: tuple[str, ...],
    target: str,
    timeout: float,
    homesite: str | None,
    json_wanted: bool,
) -> None:
    """Run a script, or the pipeline of a Python file, for the federation of that name.

    \b
    script    PATH is run with JOB_ARGS; its exit code becomes ours. It finds in its environment
                DFM_FEDERATION                  the name of the federation
                DFM_FEDERATION_CONFIG           its *.dfm.yaml file
                DFM_FEDERATION_WORKSPACE_PATH   a folder for its files, made if need be
                DFM_TARGET                      what --target says
    pipeline  PATH is a Python file as for `dfm run`; if `get_pipeline` has one argument of the
              name `args`, it is given JOB_ARGS. JOB_ARGS are names and values in turn, and go
              over `get_pipeline_parameters`. A value is JSON if it reads as JSON, else a string.

    \b
    Examples:
      dfm fed submit harbour script scripts/report.py -- --year 2024
      dfm fed submit harbour pipeline pipelines/scan.py --target inline -- hours 6 limit 3
    """
    entry = registry_of(ctx).get(federation)
    if target not in TARGETS:
        raise UnknownName("target", target, TARGETS, at="--target")
    if kind == "script":
        raise click.exceptions.Exit(_run_script(entry, path, job_args, target, timeout))
    from dfm.cli.pipeline_file import homesite_of

    with reserved() as out:
        file, found = _opened(entry, path)
        pipeline = file.pipeline(found, job_args)
        sets = file.parameters(_pairs(job_args))
        with found.session(homesite=homesite or homesite_of(found), target=target) as session:
            job = session.execute(session.prepare(pipeline), input_params=sets)
            with _at_most(job, timeout):
                follow(job, as_json if json_wanted else as_line, out)


def _run_script(
    entry: Entry, path: Path, arguments: tuple[str, ...], target: str, timeout: float
) -> int:
    from dfm.cli.scripts import check_script, run_script
    from dfm.registry.yaml_file import make_folder

    program = check_script(path)
    workspace = Settings.load().workspace / entry.name
    make_folder(workspace)
    variables = {
        "DFM_FEDERATION": entry.name,
        "DFM_FEDERATION_CONFIG": str(entry.config_path),
        "DFM_FEDERATION_WORKSPACE_PATH": str(workspace),
        "DFM_TARGET": target,
    }
    return run_script(program, arguments, variables=variables, timeout=timeout)


def _opened(entry: Entry, path: Path) -> tuple[PipelineFile, Federation]:
    """Load the federation, then the file; packages beside the federation's folder are found."""
    from dfm.cli.pipeline_file import PipelineFile
    from dfm.mesh import Federation

    if not path.is_file():
        said = "this is no regular file" if path.exists() else "there is no such file"
        raise ArgumentError(said, at=str(path), hint="the path of a Python file")
    federation = Federation.load(entry.config())
    for folder in (entry.federation_dir.parent, entry.federation_dir):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return PipelineFile.load(path), federation


def _pairs(arguments: tuple[str, ...]) -> dict[str, Any]:
    """Read names and values in turn; a name may begin with dashes.

    Raises:
        ArgumentError: a value is missing, or a name is none or comes twice.
    """
    found: dict[str, Any] = {}
    for position in range(0, len(arguments), 2):
        name = arguments[position].lstrip("-").replace("-", "_")
        if not name.isidentifier() or name in found:
            said = "is given twice" if name in found else "is not the name of a parameter"
            raise ArgumentError(f"{arguments[position]!r} {said}", at="the arguments after --")
        if position + 1 == len(arguments):
            raise ArgumentError(
                f"parameter {name!r} has no value",
                at="the arguments after --",
                hint="names and values in turn: -- hours 6 limit 3",
            )
        found[name] = _value(arguments[position + 1])
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text


@contextmanager
def _at_most(job: Job, seconds: float) -> Iterator[None]:
    """Cancel a job that takes longer.

    Raises:
        WaitTimeout: it was cancelled for that.
    """
    late = threading.Event()
    timer = threading.Timer(seconds, _cancel, (job.cancel, late))
    timer.start()
    try:
        yield
    except JobCancelled:
        if not late.is_set():
            raise
        raise WaitTimeout(
            f"the job took longer than {seconds:g} s and was cancelled",
            hint="a longer --timeout",
        ) from None
    finally:
        timer.cancel()
        timer.join()


def _cancel(cancel: Callable[[], None], late: threading.Event) -> None:
    late.set()
    cancel()

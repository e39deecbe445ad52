"""The results of a job on standard output as they come, for `dfm run` and `dfm fed submit`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import click

from dfm.cli.output import write

if TYPE_CHECKING:
    from dfm.session import Job, Token


def follow(job: Job, shown: Callable[[Token], str], out: TextIO | None) -> None:
    """Print the results of a job until it ends, then what it took."""
    began, count = time.perf_counter(), 0
    for token in job:
        write(shown(token), out)
        count += 1
    from dfm.report.amounts import format_bytes, format_seconds

    took = format_seconds(time.perf_counter() - began)
    moved = format_bytes(sum(job.bytes_per_link().values()))
    results = f"{count} result" + ("" if count == 1 else "s")
    click.secho(f"{results} in {took}, {moved} between sites", dim=True, err=True)


def as_json(token: Token) -> str:
    """Return a result as one line of JSON."""
    from dfm.view.values import to_json

    line = {
        "place": token.place,
        "frame": token.frame.frame,
        "value": to_json(token.value),
        "site": token.from_site,
        "node": token.from_node,
    }
    return json.dumps(line, ensure_ascii=False)


def as_line(token: Token) -> str:
    """Return a result as one line for people: `place [frame] value`."""
    from dfm.view.values import one_line

    place = click.style(token.place, fg="cyan")
    frame = click.style(str(token.frame.frame), dim=True)
    return f"{place} {frame} {one_line(token.value)}"

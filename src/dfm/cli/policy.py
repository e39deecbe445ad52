"""`dfm policy`: what the owners of sites say, held against their own examples."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfm.cli.output import write
from dfm.errors import DeclarationError

if TYPE_CHECKING:
    from dfm.federation.models import FederationSpec
    from dfm.federation.try_examples import Tried


@click.group("policy")
def command() -> None:
    """Work with what sites say of what may leave them, and of who may call them."""


@command.command("test")
@click.argument("federation", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def test(federation: Path, as_json: bool) -> None:
    """Hold each rule of a federation file against the examples beside it.

    What a rule should `allow` must be allowed by that rule; what it should `deny` must be allowed
    by no rule of its policy. Each example that comes out otherwise is a line with file, line,
    column, and why. The exit code is 0 if there is none, else 2. Nothing is contacted or run.

    \b
    Examples:
      dfm policy test harbour.dfm.yaml
      dfm policy test harbour.dfm.yaml --json | jq .failed
    """
    from dfm.federation.try_examples import try_examples
    from dfm.mesh import Federation

    spec = Federation.load(federation).spec
    tried = list(try_examples(spec))
    failed = [one for one in tried if one.why]
    if as_json:
        write(json.dumps(_as_object(tried, failed), ensure_ascii=False), sys.stdout)
    else:
        for one in failed:
            where = f"{one.at}: " if one.at else ""
            write(f"{where}rule {one.rule.name!r} of {one.site!r}: {one}: {one.why}", sys.stdout)
        _sum_up(spec, tried, failed)
    if failed:
        raise click.exceptions.Exit(DeclarationError.exit_code)


def _sum_up(spec: FederationSpec, tried: Sequence[Tried], failed: Sequence[Tried]) -> None:
    policies = [site for site in spec.sites.values() if site.policy is not None]
    examples = _counted(len(tried), "example")
    if failed:
        click.secho(f"{len(failed)} of {examples} came out otherwise", fg="red", err=True)
        return
    write(f"ok: {_counted(len(policies), 'policy')}, {examples}", sys.stdout)
    counts = Counter(one.site for one in tried)
    for site in policies:
        if not counts[site.name]:
            said = f"the policy of {site.name!r} has no examples, so nothing was tested of it"
            click.secho(said, fg="yellow", err=True)


def _as_object(tried: Sequence[Tried], failed: Sequence[Tried]) -> dict[str, object]:
    return {
        "ok": not failed,
        "examples": len(tried),
        "failed": [
            {"site": f.site, "rule": f.rule.name, "example": str(f), "why": f.why, "at": f.at}
            for f in failed
        ],
    }


def _counted(count: int, noun: str) -> str:
    return f"{count} " + (
        noun if count == 1 else f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    )

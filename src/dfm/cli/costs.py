"""`dfm costs`: what earlier jobs have told of a federation's costs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfm.cli.output import write
from dfm.errors import ArgumentError, UnknownName, nearest

if TYPE_CHECKING:
    from dfm.costs.store import CostStore
    from dfm.costs.summary import Summary
    from dfm.federation.models import FederationSpec

_federation = click.argument(
    "federation", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_target = click.option("--target", help="Only what was learned on this target, such as local.")


@click.group("costs")
def command() -> None:
    """See what earlier jobs have told of run times, sizes and links; forget it; write it down.

    Plans use it in place of declared costs.
    """


@command.command("show")
@_federation
@_target
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def show(federation: Path, target: str | None, as_json: bool) -> None:
    """Show what is known of each operation at each site, and of each link, by target.

    Beside it stands what FEDERATION declares; what differs from that by more than a factor of
    three is marked with *.

    \b
    Examples:
      dfm costs show harbour.dfm.yaml
      dfm costs show harbour.dfm.yaml --json | jq '.local.operations[] | select(.differs)'
    """
    from dfm.view.costs import costs_as_object, format_costs

    spec, store = _opened(federation)
    known = _known(store, spec, target)
    if as_json:
        found = {summary.target: costs_as_object(summary) for summary in known}
        write(json.dumps(found, ensure_ascii=False), sys.stdout)
    elif not known:
        _say_nothing_is_known(spec, store, target)
    else:
        write("\n\n".join(format_costs(summary) for summary in known), sys.stdout)


@command.command("forget")
@_federation
@click.option("--operation", help="Only what is known of this operation.")
@click.option("--site", help="Only what is known of this site and of its links.")
@_target
def forget(federation: Path, operation: str | None, site: str | None, target: str | None) -> None:
    """Forget what is known, all of it or of one operation, site or target. Asks nothing.

    Forget a site that was slow and is so no longer: plans have left it, so nothing new is learned
    of it.

    \b
    Examples:
      dfm costs forget harbour.dfm.yaml
      dfm costs forget harbour.dfm.yaml --site pier --target local
    """
    from dfm.costs.news import StoreError

    spec, store = _opened(federation)
    chosen = {"operation": operation, "site": site, "target": target}
    try:
        _check_names(spec, store, {"operation": operation, "site": site})
        _check_target(store, target)
        count = store.forget(**chosen)
    except StoreError as error:
        if any(chosen.values()) or not error.is_useless:
            raise
        store.remove()
        said = f"forgot all of federation {spec.name!r}, and removed {store.path}, which could"
        write(f"{said} not be read", sys.stdout)
        return
    which = "".join(f", {kind} {name}" for kind, name in chosen.items() if name)
    runs = f"{count:,} run" + ("" if count == 1 else "s")
    write(f"forgot {runs} of federation {spec.name!r}{which}", sys.stdout)


@command.command("export")
@_federation
@_target
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
def export(federation: Path, target: str | None, output: Path | None) -> None:
    """Print what is known as YAML: `compute_cost` and `send_cost`, to paste into a federation file.

    \b
    Examples:
      dfm costs export harbour.dfm.yaml
      dfm costs export harbour.dfm.yaml --target local --output measured.yaml
    """
    from dfm.costs.export import as_yaml

    spec, store = _opened(federation)
    known = _known(store, spec, target)
    if not known:
        _say_nothing_is_known(spec, store, target)
        return
    if len(known) > 1:
        names = [summary.target for summary in known]
        raise ArgumentError(
            f"costs are known on several targets: {', '.join(names)}",
            hint="--target with " + nearest("", names),
        )
    text = as_yaml(known[0])
    if output is None:
        write(text, sys.stdout)
    else:
        _write_file(output, text)


def _opened(path: Path) -> tuple[FederationSpec, CostStore]:
    from dfm.costs.store import store_of
    from dfm.mesh import Federation

    spec = Federation.load(path).spec
    return spec, store_of(spec.name)


def _known(store: CostStore, spec: FederationSpec, target: str | None) -> list[Summary]:
    """Return what is known on each target, or on the one that is asked for."""
    from dfm.costs.summary import summary_of

    _check_target(store, target)
    return [
        summary_of(name, store.read(name).history, spec)
        for name in store.targets()
        if target in (None, name)
    ]


def _check_target(store: CostStore, target: str | None) -> None:
    names = {"inline", "local", *store.targets()}
    if target is not None and target not in names:
        raise UnknownName("target", target, sorted(names), at="--target")


def _say_nothing_is_known(spec: FederationSpec, store: CostStore, target: str | None) -> None:
    of = f"federation {spec.name!r}"
    if target is not None and (others := store.targets()):
        said = f"nothing is known of {of} on target {target!r}; something is on {', '.join(others)}"
    else:
        said = (
            f"nothing is known of {of} yet: jobs that finish tell what they took,"
            " unless DFM_LEARN=0 is set"
        )
    click.secho(said, err=True)


def _check_names(spec: FederationSpec, store: CostStore, chosen: dict[str, str | None]) -> None:
    """Refuse what neither the federation nor its jobs have heard of."""
    known = _known(store, spec, None)
    keys = [step.key for summary in known for step in summary.steps]
    links = [link.key for summary in known for link in summary.links]
    names = {
        "operation": {*spec.operations, *(key.operation for key in keys)},
        "site": {*spec.sites, *(key.site for key in keys), *(end for key in links for end in key)},
    }
    for kind, name in chosen.items():
        if name is not None and name not in names[kind]:
            raise UnknownName(kind, name, sorted(names[kind]), at=f"--{kind}")


def _write_file(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ArgumentError(f"cannot write: {reason}", at=str(path), hint="another file") from None
    click.secho(f"written to {path}", dim=True, err=True)

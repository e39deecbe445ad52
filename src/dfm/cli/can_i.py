"""`dfm can-i`: do the policies of the sites let me run this?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from dfm.cli.options import pipeline_options
from dfm.cli.output import reserved, write
from dfm.errors import PolicyError

if TYPE_CHECKING:
    from dfm.api import Pipeline
    from dfm.federation.models import FederationSpec
    from dfm.report import PlanReport


class Allowed(NamedTuple):
    """Something that a policy governs, and the rules that allow it."""

    what: str
    rules: tuple[str, ...]


@click.command("can-i")
@pipeline_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
def command(
    file: Path,
    federation: Path | None,
    homesite: str | None,
    target: str,
    parameters: dict[str, Any],
    as_json: bool,
) -> None:
    """Tell whether the policies of all sites allow the pipeline of the Python file FILE.

    The answer is `yes`, with each thing that a policy governs and the rule that allows it, or `no`,
    with what is not allowed, why, and what to try. The exit code is 0 for yes and 3 for no. No
    site is contacted and no operation is run; FILE itself is loaded, as `dfm run` does.

    What depends on values, such as how large they are, sites see for themselves when it runs.

    \b
    Examples:
      dfm can-i pipeline.py
      dfm can-i pipeline.py --homesite office
      dfm can-i pipeline.py --json | jq .crossings
    """
    from dfm.cli.pipeline_file import check_names, open_pipeline

    with reserved() as out:
        opened = open_pipeline(file, federation, homesite)
        try:
            with closing(opened.federation.session(opened.homesite, target)) as session:
                prepared = session.prepare(opened.pipeline)
        except PolicyError as error:
            _say_no(error, out, as_json=as_json)
        check_names(parameters, prepared)
    report = prepared.report
    calls = list(_calls(report, opened.federation.spec, opened.homesite))
    crossings = list(_crossings(report, opened.pipeline))
    _say_yes(calls, crossings, out, as_json=as_json)


def _say_no(error: PolicyError, out: TextIO | None, *, as_json: bool) -> None:
    """Print what is not allowed, and end the command."""
    if as_json:
        problems = [{"message": e.message, "at": e.at, "hint": e.hint} for e in error.each]
        found = {"allowed": False, "problems": problems}
        write(json.dumps(found, ensure_ascii=False), out)
    else:
        for one in error.each:
            write(f"no: {one}", out)
    raise click.exceptions.Exit(PolicyError.exit_code)


def _say_yes(
    calls: Sequence[Allowed], crossings: Sequence[Allowed], out: TextIO | None, *, as_json: bool
) -> None:
    if as_json:
        found: dict[str, object] = {"allowed": True}
        for key, governed in (("calls", calls), ("crossings", crossings)):
            found[key] = [{"what": one.what, "rules": list(one.rules)} for one in governed]
        write(json.dumps(found, ensure_ascii=False), out)
    elif not calls and not crossings:
        write("yes: nothing in it is governed by a policy", out)
    else:
        write("yes: policies allow all of it", out)
        for one in (*calls, *crossings):
            write(f"  {one.what}: {', '.join(one.rules)}", out)


def _calls(report: PlanReport, spec: FederationSpec, homesite: str) -> Iterator[Allowed]:
    """Yield each call that the policy of a site lets the application make."""
    from dfm.federation.policies import may_call, named

    for operation, site in dict.fromkeys((s.operation, s.site) for s in report.steps):
        policy = spec.sites[site].policy
        rule = may_call(policy, operation, homesite).rule if policy is not None else None
        if rule is not None:
            yield Allowed(f"{homesite!r} calls {operation} at {site!r}", (named(rule),))


def _crossings(report: PlanReport, pipeline: Pipeline) -> Iterator[Allowed]:
    """Yield each crossing that rules let leave a site."""
    operations = {step.name: step.operation for step in report.steps}
    as_returned = {*operations, *_yielded_as_they_are(pipeline)}
    for transfer in report.transfers:
        if transfer.allowed_by:
            made = " and ".join(dict.fromkeys(operations[n] for n in transfer.made_by))
            what = f"what {made} returns" if made else transfer.value
            if made and transfer.value not in as_returned:
                what = f"something made of {what}"
            where = f"{transfer.source!r} to {transfer.target!r}"
            yield Allowed(f"{what} goes from {where}", transfer.allowed_by)


def _yielded_as_they_are(pipeline: Pipeline) -> Iterator[str]:
    """Yield the places to which values are yielded whole, and not a part of them or a list."""
    from dfm.api import NodeRef, Yield

    for statement in pipeline.dfm_walk():
        match statement:
            case Yield(value=NodeRef() as ref) if not ref.selectors:
                yield statement.place

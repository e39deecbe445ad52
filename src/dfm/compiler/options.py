"""Settle how each call is made: what the author says, else the site, else the operation."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from dfm.compiler.lines import Step
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import StructureError
from dfm.net.transitions import ONCE, Options

_NAMES = tuple(field.name for field in fields(Options))


def settle_options(plan: Plan) -> Plan:
    """Give each step its options: those of the call beat the adapter's, those the operation's.

    Needs: each step has a site (`choose_sites` has run).

    Raises:
        StructureError: for an operation that must not be done twice, but is repeated or cached.
    """
    mistakes = Mistakes(plan.pipeline_name)
    found: dict[tuple[object, ...], Options] = {}
    lines = []
    for line in plan.lines:
        if isinstance(line, Step):
            how = (line.operation, line.site, line.provider, line.given)
            if how not in found:
                with mistakes.noted():
                    found[how] = _options(line, plan)
            line = line.replace(options=found.get(how, ONCE))
        lines.append(line)
    mistakes.raise_any()
    return replace(plan, lines=tuple(lines))


def _options(step: Step, plan: Plan) -> Options:
    spec = plan.federation.operations[step.operation]
    adapter = plan.federation.sites[step.site].adapter(step.operation, step.provider)
    settled: dict[str, Any] = {name: getattr(spec, name) for name in _NAMES}
    settled |= dict(adapter.options if adapter is not None else {}) | dict(step.given)
    if not spec.idempotent and (settled["retries"] or settled["cache"]):
        what = "repeated" if settled["retries"] else "cached"
        who = "" if any(name in dict(step.given) for name in ("retries", "cache")) else (
            f", as site {step.site!r} says"
        )  # fmt: skip
        raise StructureError(
            f"{step.operation} is not idempotent, so it can not be {what}{who}",
            at=step.at,
            hint="retries=0 and cache=False",
        )
    return Options(**{**settled, "retry_on": tuple(settled["retry_on"])})

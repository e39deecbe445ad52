"""Choose the site of every step.

The cost of a plan is the time of all its work plus the time of all its transfers, or, if that is
the objective, of the longest chain of them. A value is sent once to each site that reads it, and
home if it is yielded; each thing counts as often as it is expected to happen. What is no step's
value comes from steps (`flows.py`), and is taken to be where they are. What policies forbid is not
chosen. `placing` finds the cheapest choice; this says what there is to choose, and reads it back.

The same pipeline gets the same plan, on any machine: costs are whole nanoseconds, and of equal
sites the homesite wins, then the one declared first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dfm.compiler.cost import Costs
from dfm.compiler.lines import Candidate, Step
from dfm.compiler.made import Glue
from dfm.compiler.placing.lazily import solve_lazily
from dfm.compiler.placing.problem import FORBIDDEN
from dfm.compiler.plan import Plan
from dfm.compiler.policy import egress_limits, refuse_by_policy
from dfm.compiler.stating import state_problem
from dfm.compiler.values import Limits, Value
from dfm.compiler.wants import values_of
from dfm.federation.models import FederationSpec

Choices = Mapping[str, Candidate]
"""Who runs each step."""


def choose_sites(plan: Plan) -> Plan:
    """Give each step the candidate for which the whole plan is cheapest.

    Needs: each step has a candidate (`expand_candidates` has run).
    Leaves: each step has a site, and a provider there or none, with the reason, and its
    expected time and size.

    Raises:
        PolicyError: when policies forbid all there is to choose.
    """
    costs = Costs(plan)
    has_policies = plan.enforce_policy and any(
        site.policy is not None for site in plan.federation.sites.values()
    )
    plan = replace(plan, costs=costs)
    values = values_of(plan, costs, has_policies=has_policies)
    limits = egress_limits(plan, values) if has_policies else Limits()
    stated = state_problem(plan, costs, values, limits)
    solution = solve_lazily(stated.problem, plan.objective)
    if solution.cost >= FORBIDDEN:
        refuse_by_policy(plan, values, limits)
    chosen = {
        step.name: step.candidates[number]
        for step, number in zip(plan.placed, solution.choice, strict=True)
        if isinstance(step, Step)
    }
    return replace(
        plan,
        costs=costs,
        stated=stated,
        solution=solution,
        barred=_barred(values, limits, chosen, plan),
        lines=tuple(
            _placed(line, chosen[line.name], costs, plan.federation)
            if isinstance(line, Step)
            else line
            for line in plan.lines
        ),
    )


def _placed(step: Step, choice: Candidate, costs: Costs, federation: FederationSpec) -> Step:
    work = costs.work(step, choice)
    return step.replace(
        site=choice.site,
        provider=choice.provider,
        reason=_reason(step, federation),
        seconds=work.value,
        bytes_out=costs.bytes_out[step.name],
        time_from=work.by,
        size_from=costs.sizes.told_by[step.name],
    )


def _reason(step: Step, federation: FederationSpec) -> str:
    if step.is_pinned and len(step.candidates) == 1:
        return "fixed by the author"
    if len(step.candidates) == 1:
        offering = federation.sites_offering(step.operation, step.candidates[0].provider)
        return f"only site that {'offers' if len(offering) == 1 else 'may run'} it"
    return f"cheapest of {', '.join(map(str, step.candidates))}"


def _barred(
    values: Sequence[Value], limits: Limits, chosen: Choices, plan: Plan
) -> Mapping[str, frozenset[str]]:
    """Return the sites to which policies do not let go what is in each place."""
    barred: defaultdict[str, set[str]] = defaultdict(set)
    at = {line.name: line.asked for line in plan.placed if isinstance(line, Glue)}
    for number, pairs in limits.forbidden.items():
        value = values[number]
        site = at[value.source] if value.source in at else chosen[value.source].site
        barred[value.place].update(target for source, target in pairs if source == site)
    for bar in limits.bars:
        if chosen[bar.owner] in bar.when:
            barred[values[bar.value].place] |= bar.to
    return {place: frozenset(sites) for place, sites in barred.items()}

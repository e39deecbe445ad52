"""Say what was decided, what it is expected to cost, and on whose word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dfm.compiler.cost import MOST_BYTES, Costs, costs_of
from dfm.compiler.lines import Step
from dfm.compiler.placing.problem import Solution
from dfm.compiler.plan import Plan
from dfm.compiler.reasons import Reasons
from dfm.compiler.rejected import Rejections
from dfm.compiler.transfers import transfers_of, wholes_of
from dfm.report import Alternative, PlannedStep, PlanReport
from dfm.report.model import DECLARED, GUESS

NOTHING_TO_CHOOSE = Solution((), 0, 0, "")
Wholes = Mapping[str, str]
"""The values of which parts cross, by the names of the parts."""


def report_plan(plan: Plan, *, with_rejected: bool = False) -> PlanReport:
    """Return the report of a plan whose crossings have been cut.

    With rejected sites it says why each step runs nowhere else.
    """
    costs = costs_of(plan)
    reasons, rejections = Reasons(plan), None
    if with_rejected and plan.stated is not None and plan.solution is not None:
        rejections = Rejections(plan, plan.stated, plan.solution)
    wholes = wholes_of(plan)
    solution = plan.solution or NOTHING_TO_CHOOSE
    return PlanReport(
        steps=tuple(_step(step, costs, wholes, reasons, rejections) for step in plan.steps),
        transfers=transfers_of(plan, costs),
        pipeline=plan.pipeline_name,
        homesite=plan.homesite,
        objective=plan.objective,
        seconds=solution.cost / 1e9,
        bound=solution.bound / 1e9,
        proven=solution.proven,
        method=solution.method,
        all_at_home=_all_at_home(plan, costs, wholes),
    )


def _step(
    step: Step, costs: Costs, wholes: Wholes, reasons: Reasons, rejections: Rejections | None
) -> PlannedStep:
    rate = costs.often[step.name]
    return PlannedStep(
        node=step.node,
        operation=step.operation,
        site=step.site,
        provider=step.provider,
        seconds=step.seconds,
        bytes_out=step.bytes_out,
        reason=reasons.of(step),
        at=step.at,
        within=step.within,
        name=step.name,
        reads=costs.sizes.made_by(_read(step, wholes)),
        times=rate.times,
        times_from=GUESS if rate.is_guess else DECLARED,
        time_from=step.time_from,
        size_from=step.size_from,
        rejected=rejections.of(step) if rejections is not None else (),
    )


def _read(step: Step, wholes: Wholes) -> list[str]:
    """Return the places of the values that a step reads at least a part of."""
    return [wholes.get(ref.place, ref.place) for ref in step.refs]


def _all_at_home(plan: Plan, costs: Costs, wholes: Wholes) -> Alternative:
    """Return what it would cost to bring all source data home, from where it is made now."""
    away = [
        (step, costs.often[step.name].times)
        for step in plan.steps
        if step.site != plan.homesite and _is_source(step, costs, _read(step, wholes))
    ]
    return Alternative(
        sum(min(round(step.bytes_out * times), MOST_BYTES) for step, times in away),
        sum(
            costs.transfer(step.site, plan.homesite, step.bytes_out) * times for step, times in away
        ),
    )


def _is_source(step: Step, costs: Costs, read: Iterable[str]) -> bool:
    """Whether a step makes data of nothing, or of the items of a loop that say which data.

    Items do not say which data, but are the data, if no more is made of them than they are.
    """
    made = (place for place in read if costs.sizes.made_by([place]))
    return all(place == step.scope and costs.bytes_out[place] < step.bytes_out for place in made)

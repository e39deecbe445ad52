"""Say what was decided, and what it is expected to cost."""

from __future__ import annotations

from dfm.compiler.cost import MOST_BYTES, Costs, bytes_read, costs_of
from dfm.compiler.plan import Plan
from dfm.net.prepared import PlannedStep, PlannedTransfer, PlanReport


def report_plan(plan: Plan) -> PlanReport:
    """Return the report of a plan whose crossings have been cut.

    A yield that is handed over elsewhere than at the homesite is a transfer too. Sizes are
    those of whole values, because nothing is known of parts. What crosses in a loop is counted as
    often as the loop goes round.
    """
    costs = costs_of(plan)
    steps = tuple(
        PlannedStep(
            node=step.node,
            operation=step.operation,
            site=step.site,
            provider=step.provider,
            seconds=step.seconds,
            bytes_out=step.bytes_out,
            reason=step.reason,
            at=step.at,
            assumed=step.time_is_guess or step.size_is_guess,
            within=step.within,
        )
        for step in plan.steps
    )
    return PlanReport(
        steps=steps,
        transfers=(*_crossings(plan, costs), *_deliveries(plan, costs)),
        bytes_if_all_moved_home=sum(
            _often(step.bytes_out, step.scope, costs)
            for step in plan.steps
            if step.site != plan.homesite and not costs.reads_values(step)
        ),
    )


def _crossings(plan: Plan, costs: Costs) -> tuple[PlannedTransfer, ...]:
    return tuple(
        PlannedTransfer(
            crossing.place,
            crossing.source,
            crossing.target,
            _often(crossing.bytes, crossing.scope, costs),
            costs.size_is_guess.get(crossing.made_of, False)
            or costs.times_are_guess[crossing.scope],
        )
        for crossing in plan.crossings
    )


def _deliveries(plan: Plan, costs: Costs) -> tuple[PlannedTransfer, ...]:
    made_of = {part.does.output: part.does.inputs[0] for part in plan.parts}
    sizes = costs.bytes_out | {
        part: costs.bytes_out[whole] for part, whole in made_of.items() if whole in costs.bytes_out
    }
    return tuple(
        PlannedTransfer(
            delivery.place,
            delivery.site,
            plan.homesite,
            _often(bytes_read(delivery, sizes), delivery.scope, costs),
            costs.times_are_guess[delivery.scope]
            or any(
                costs.size_is_guess.get(made_of.get(ref.place, ref.place), True)
                for ref in delivery.refs
            ),
        )
        for delivery in plan.deliveries
        if delivery.site != plan.homesite
    )


def _often(size: int, scope: str, costs: Costs) -> int:
    return min(size * costs.times[scope], MOST_BYTES)

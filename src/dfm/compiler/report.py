"""Say what was decided, and what it is expected to cost."""

from __future__ import annotations

from dfm.compiler.cost import bytes_read, reads_values
from dfm.compiler.plan import Plan
from dfm.net.model import Select
from dfm.net.prepared import PlannedStep, PlannedTransfer, PlanReport


def report_plan(plan: Plan) -> PlanReport:
    """Return the report of a plan whose crossings have been cut.

    A yield that is handed over elsewhere than at the homesite is a transfer too. Sizes are
    those of whole values, because nothing is known of parts.
    """
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
        )
        for step in plan.steps
    )
    sources = (step for step in plan.steps if not reads_values(step))
    return PlanReport(
        steps=steps,
        transfers=(*_crossings(plan), *_deliveries(plan)),
        bytes_if_all_moved_home=sum(s.bytes_out for s in sources if s.site != plan.homesite),
    )


def _crossings(plan: Plan) -> tuple[PlannedTransfer, ...]:
    guesses = _size_guesses(plan)
    return tuple(
        PlannedTransfer(c.place, c.source, c.target, c.bytes, guesses.get(c.place, False))
        for c in plan.crossings
    )


def _deliveries(plan: Plan) -> tuple[PlannedTransfer, ...]:
    sizes = {step.name: step.bytes_out for step in plan.steps}
    made_of = {part.transition.output: part.transition.inputs[0] for part in plan.parts}
    sizes |= {part: sizes[whole] for part, whole in made_of.items()}
    guesses = _size_guesses(plan)
    return tuple(
        PlannedTransfer(
            delivery.place,
            delivery.site,
            plan.homesite,
            bytes_read(delivery, sizes),
            any(guesses.get(ref.place, True) for ref in delivery.refs),
        )
        for delivery in plan.deliveries
        if delivery.site != plan.homesite
    )


def _size_guesses(plan: Plan) -> dict[str, bool]:
    """Say of each value, and of each part of one, whether its size is a guess."""
    guesses = {step.name: step.size_is_guess for step in plan.steps}
    parts = (part.transition for part in plan.parts)
    return guesses | {p.output: guesses[p.source.place] for p in parts if isinstance(p, Select)}

"""What things are expected to cost: seconds of work, seconds of transfer, bytes of values.

    known     what jobs, declarations and types say of a number, and what is guessed
    often     how often each line is done in a call
    sizes     how large values are, and which steps they come from

This puts them together for the steps of one plan.
"""

from __future__ import annotations

from dfm.compiler.known import (
    GUESSED_SECONDS,
    MOST_BYTES,
    SIGNAL_BYTES,
    Known,
    Told,
    ToldLink,
)
from dfm.compiler.lines import Candidate, Step
from dfm.compiler.often import Often
from dfm.compiler.plan import Plan
from dfm.compiler.sizes import Sizes, bytes_read
from dfm.federation.models import ComputeCost
from dfm.report.model import DECLARED, GUESS

__all__ = ["MOST_BYTES", "SIGNAL_BYTES", "Costs", "bytes_read", "costs_of"]


class Costs:
    """What the work and the transfers of a plan's steps are expected to cost.

    Needs: each step has a candidate (`expand_candidates` has run).
    """

    def __init__(self, plan: Plan) -> None:
        self._known = Known(plan.federation, plan.learned)
        self.often = Often(plan)
        self.counted = self.often
        """How often things count. What is done last is not done half: branches count as taken."""
        if plan.objective == "makespan":
            self.counted = Often(plan, if_taken=True)
        self.sizes = Sizes(plan, self._known, self.often)

    @property
    def bytes_out(self) -> dict[str, int]:
        """The bytes of one token of each place."""
        return self.sizes.bytes_out

    def work(self, step: Step, candidate: Candidate) -> Told:
        """Return the seconds that a step takes at a site, once."""
        size = self.sizes.bytes_in[step.name]
        learned = self._known.work(step.operation, candidate, size)
        if learned is not None:
            return learned
        [cost] = self._known.declared(step.operation, (candidate,))
        is_guess = cost is None or (
            bool(cost.compute_throughput) and self.sizes.reads_a_guess(step)
        )
        return Told(_seconds(cost, size), GUESS if is_guess else DECLARED)

    def seconds(self, step: Step) -> list[float]:
        """Return the seconds that a step takes at each of its candidates, once."""
        if self._known.learned is not None:
            return [self.work(step, candidate).value for candidate in step.candidates]
        size = self.sizes.bytes_in[step.name]
        declared = self._known.declared(step.operation, step.candidates)
        return [_seconds(cost, size) for cost in declared]

    def link(self, source: str, target: str) -> ToldLink:
        """Return what the link from one site to another can do."""
        return self._known.link(source, target)

    def transfer(self, source: str, target: str, size: float) -> float:
        """Return the seconds of sending that many bytes; none at one and the same site."""
        return self.link(source, target).seconds(size)


def costs_of(plan: Plan) -> Costs:
    """Return the costs of a plan; they are worked out once, when sites are chosen."""
    return plan.costs or Costs(plan)


def _seconds(cost: ComputeCost | None, size: int) -> float:
    if cost is None:
        return GUESSED_SECONDS
    return cost.fixed_time + (size / cost.compute_throughput if cost.compute_throughput else 0.0)

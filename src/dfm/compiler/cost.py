"""What things are expected to cost: seconds of work, seconds of transfer, bytes of values.

A value is as large wherever it is made, so its size follows from the first site that declares
a cost for its operation. Sizes are carried from producers to consumers; where nothing is
declared there are guesses, the same for every site, so that a guess never decides between two.

    operation without cost     10 ms, as many bytes out as in; 1 MB if it reads no other value
    link without cost          10 ms + 100 MB/s
    parameter of a call        1 kB; nothing is known of it until the pipeline runs
"""

from __future__ import annotations

from collections.abc import Mapping

from dfm.compiler.plan import Delivery, Plan, Step
from dfm.federation.models import ComputeCost, SendCost
from dfm.net.model import START
from dfm.net.template import references
from dfm.types import estimate_size

GUESSED_WORK = ComputeCost(fixed_time=0.010, output_factor=1.0)
GUESSED_SOURCE = ComputeCost(fixed_time=0.010, fixed_size=1_000_000)
GUESSED_LINK = SendCost(fixed_time=0.010, bandwidth=100e6)
GUESSED_PARAMETER_BYTES = 1_000
SIGNAL_BYTES = 1
MOST_BYTES = 1 << 60
"""Where sizes stop growing, so that a long chain of growing values stays finite."""


class Costs:
    """What the work and the transfers of a plan's steps are expected to cost."""

    def __init__(self, plan: Plan) -> None:
        self._federation = plan.federation
        self._declared: dict[tuple[str, str | None, str], ComputeCost | None] = {}
        self._guess: dict[str, ComputeCost] = {}
        self.bytes_in: dict[str, int] = {}
        self.bytes_out: dict[str, int] = {}
        self.size_is_guess: dict[str, bool] = {}
        for step in plan.steps:
            self._guess[step.name] = GUESSED_WORK if reads_values(step) else GUESSED_SOURCE
            size = self.bytes_in[step.name] = bytes_read(step, self.bytes_out)
            cost = self._cost_of_value(step)
            made = cost.fixed_size + cost.output_factor * size
            self.bytes_out[step.name] = int(min(made, MOST_BYTES))
            self.size_is_guess[step.name] = cost is self._guess[step.name] or (
                cost.output_factor > 0 and self._reads_a_guess(step)
            )

    def work(self, step: Step, site: str) -> float:
        """Return the seconds that a step takes at a site."""
        cost = self._declared_at(step, site) or self._guess[step.name]
        throughput = cost.compute_throughput
        return cost.fixed_time + (self.bytes_in[step.name] / throughput if throughput else 0.0)

    def time_is_guess(self, step: Step, site: str) -> bool:
        """Whether the seconds of a step's work at a site are a guess."""
        cost = self._declared_at(step, site)
        return cost is None or (bool(cost.compute_throughput) and self._reads_a_guess(step))

    def _reads_a_guess(self, step: Step) -> bool:
        return any(self.size_is_guess.get(ref.place, True) for ref in step.refs)

    def transfer(self, source: str, target: str, size: int) -> float:
        """Return the seconds of sending that many bytes; none at one and the same site."""
        if source == target:
            return 0.0
        link = self._federation.sites[source].send_costs.get(target, GUESSED_LINK)
        return link.fixed_time + (size / link.bandwidth if link.bandwidth else 0.0)

    def _cost_of_value(self, step: Step) -> ComputeCost:
        declared = (self._declared_at(step, site) for site in step.candidates)
        return next((cost for cost in declared if cost is not None), self._guess[step.name])

    def _declared_at(self, step: Step, site: str) -> ComputeCost | None:
        key = (step.operation, step.provider, site)
        if key not in self._declared:
            adapter = self._federation.sites[site].adapter(step.operation, step.provider)
            self._declared[key] = adapter.cost if adapter is not None else None
        return self._declared[key]


def bytes_read(reader: Step | Delivery, sizes: Mapping[str, int]) -> int:
    """Return the expected bytes of all that is read; a value read twice counts once."""
    places = dict.fromkeys(ref.place for ref in reader.refs)
    literals = reader.arguments if isinstance(reader, Step) else (("value", reader.value),)
    return sum(sizes.get(place, GUESSED_PARAMETER_BYTES) for place in places) + sum(
        estimate_size(literal) for _, literal in literals if not references(literal)
    )


def reads_values(step: Step) -> bool:
    """Whether a step reads what another step made (and so is no source of data)."""
    return any(not ref.place.startswith(START) for ref in step.refs)

"""What things are expected to cost: seconds of work, seconds of transfer, bytes of values.

A value is as large wherever it is made, so its size follows from the first site that declares
a cost for its operation. Sizes are carried from producers to consumers; where nothing is
declared there are guesses, the same for every site, so that a guess never decides between two.

    operation without cost     10 ms, as many bytes out as in; 1 MB if it reads no other value;
                               rather, as many bytes as the type of what it returns tells
    link without cost          10 ms + 100 MB/s
    parameter of a call        1 kB; nothing is known of it until the pipeline runs
    loop                       goes round ten times, unless its sequence is a literal

What is done in a loop counts as often as the loop goes round.
"""

from __future__ import annotations

from collections.abc import Mapping

from dfm.compiler.flows import origins_of
from dfm.compiler.lines import AnyLine, Candidate, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.federation.models import ComputeCost, SendCost
from dfm.net.loops import Gather
from dfm.net.template import references
from dfm.net.transitions import Branch, Let, Lookup
from dfm.types import estimate_size

GUESSED_WORK = ComputeCost(fixed_time=0.010, output_factor=1.0)
GUESSED_SOURCE = ComputeCost(fixed_time=0.010, fixed_size=1_000_000)
GUESSED_LINK = SendCost(fixed_time=0.010, bandwidth=100e6)
GUESSED_PARAMETER_BYTES = 1_000
SIGNAL_BYTES = 1
MOST_BYTES = 1 << 60
"""Where sizes stop growing, so that a long chain of growing values stays finite."""
MOST_TIMES = 1_000_000
"""Where counting stops, for loops in loops."""


class Costs:
    """What the work and the transfers of a plan's steps are expected to cost.

    `times` says how often what is in each loop is done, and whether that is a guess.
    """

    def __init__(self, plan: Plan) -> None:
        self._federation = plan.federation
        self._declared: dict[tuple[str, Candidate], ComputeCost | None] = {}
        self._guess: dict[str, ComputeCost] = {}
        self.origins = origins_of(plan)
        self.times: dict[str, int] = {"": 1}
        self.times_are_guess: dict[str, bool] = {"": False}
        self.bytes_in: dict[str, int] = {}
        self.bytes_out: dict[str, int] = {}
        self.size_is_guess: dict[str, bool] = {}
        self._loops = {scope.item: scope for scope in plan.scopes}
        for line in plan.lines:
            match line:
                case Step():
                    self._add_step(line)
                case Scope():
                    self._add_loop(line)
                case Glue():
                    self._add_glue(line)

    def reads_values(self, step: Step) -> bool:
        """Whether a step reads what another step made (and so is no source of data)."""
        return any(ref.place in self.origins for ref in step.refs)

    def _add_step(self, step: Step) -> None:
        self._guess[step.name] = GUESSED_WORK if self.reads_values(step) else GUESSED_SOURCE
        size = self.bytes_in[step.name] = bytes_read(step, self.bytes_out)
        cost = self._cost_of_value(step)
        made = cost.fixed_size + cost.output_factor * size
        self.bytes_out[step.name] = int(min(made, MOST_BYTES))
        self.size_is_guess[step.name] = cost is self._guess[step.name] or (
            cost.output_factor > 0 and self._reads_a_guess(step)
        )
        told = self._federation.operations[step.operation].returns.estimated_bytes()
        if told is not None and (self.size_is_guess[step.name] or not made):
            self.bytes_out[step.name], self.size_is_guess[step.name] = min(told, MOST_BYTES), False

    def _add_loop(self, loop: Scope) -> None:
        size = self.bytes_out.get(loop.source.place, GUESSED_PARAMETER_BYTES)
        self.bytes_out[loop.item] = size // max(loop.rounds, 1)
        self.bytes_out[loop.count] = SIGNAL_BYTES
        self.times[loop.item] = min(self.times[loop.scope] * loop.rounds, MOST_TIMES)
        is_guess = loop.rounds_are_guess or self.times_are_guess[loop.scope]
        self.times_are_guess[loop.item] = is_guess
        self.size_is_guess[loop.item] = loop.rounds_are_guess or self._reads_a_guess(loop)

    def _add_glue(self, line: Glue) -> None:
        is_guess = self._reads_a_guess(line)
        match line.does:
            case Branch() | Lookup():
                size, is_guess = SIGNAL_BYTES, False
            case Let():
                size = SIGNAL_BYTES if line.is_bare else bytes_read(line, self.bytes_out)
            case Gather(place=place):
                loop = self._loops[line.of]
                size = min(self.bytes_out.get(place, SIGNAL_BYTES) * loop.rounds, MOST_BYTES)
                is_guess = is_guess or loop.rounds_are_guess
            case _:
                size = max(
                    (self.bytes_out.get(ref.place, SIGNAL_BYTES) for ref in line.refs),
                    default=SIGNAL_BYTES,
                )
        for place in line.outputs:
            self.bytes_out[place], self.size_is_guess[place] = size, is_guess

    def work(self, step: Step, candidate: Candidate) -> float:
        """Return the seconds that a step takes at a site, once."""
        cost = self._declared_at(step, candidate) or self._guess[step.name]
        throughput = cost.compute_throughput
        return cost.fixed_time + (self.bytes_in[step.name] / throughput if throughput else 0.0)

    def time_is_guess(self, step: Step, candidate: Candidate) -> bool:
        """Whether the seconds of a step's work at a site are a guess."""
        cost = self._declared_at(step, candidate)
        return cost is None or (bool(cost.compute_throughput) and self._reads_a_guess(step))

    def _reads_a_guess(self, line: AnyLine) -> bool:
        return any(self.size_is_guess.get(ref.place, True) for ref in line.refs)

    def transfer(self, source: str, target: str, size: int) -> float:
        """Return the seconds of sending that many bytes; none at one and the same site."""
        if source == target:
            return 0.0
        link = self._federation.sites[source].send_costs.get(target, GUESSED_LINK)
        return link.fixed_time + (size / link.bandwidth if link.bandwidth else 0.0)

    def _cost_of_value(self, step: Step) -> ComputeCost:
        declared = (self._declared_at(step, candidate) for candidate in step.candidates)
        return next((cost for cost in declared if cost is not None), self._guess[step.name])

    def _declared_at(self, step: Step, candidate: Candidate) -> ComputeCost | None:
        key = (step.operation, candidate)
        if key not in self._declared:
            site = self._federation.sites[candidate.site]
            adapter = site.adapter(step.operation, candidate.provider)
            self._declared[key] = adapter.cost if adapter is not None else None
        return self._declared[key]


def costs_of(plan: Plan) -> Costs:
    """Return the costs of a plan; they are worked out once, when sites are chosen."""
    return plan.costs or Costs(plan)


def bytes_read(reader: Step | Delivery | Glue, sizes: Mapping[str, int]) -> int:
    """Return the expected bytes of all that is read; a value read twice counts once."""
    places = dict.fromkeys(ref.place for ref in reader.refs)
    if isinstance(reader, Glue):
        literals = [("value", getattr(reader.does, "value", None))]
    else:
        literals = [*(reader.arguments if isinstance(reader, Step) else (("value", reader.value),))]
    return sum(sizes.get(place, GUESSED_PARAMETER_BYTES) for place in places) + sum(
        estimate_size(literal) for _, literal in literals if not references(literal)
    )

"""How often plans by learned costs are those of an oracle that knows the truth.

The protocol: a federation has four pipelines. A *run* is one job of each, one after another, each
planned by what all jobs before it have told. After some runs all four are planned once more, and
these plans are compared with the oracle's by what they truly cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from tests.costs.federations import Federation, best, drawn

from dfm.compiler.placing.problem import cost_of

WITHIN_NOISE = 1.1
"""A plan that costs at most this much of the oracle's is as good: noise is ten per cent."""


@dataclass
class Share:
    """Of so many plans: those with the oracle's sites, and those as good as the oracle's.

    `federations` are those all of whose plans were as good.
    """

    plans: int = 0
    same: int = 0
    as_good: int = 0
    federations: int = 0


def shares(seeds: Iterable[int], after: Sequence[int]) -> dict[int, Share]:
    """Return how plans agree with the oracle's after each of these numbers of runs."""
    found = {runs: Share() for runs in after}
    for seed in seeds:
        truth = drawn(seed)
        federation = Federation(truth, Random(seed + 1_000_000))
        problems = [federation.true_problem(task) for task in truth.tasks]
        oracle = [best(problem) for problem in problems]
        for runs in range(max(after) + 1):
            if runs in found:
                plans = [federation.plan(task) for task in truth.tasks]
                costs = [
                    cost_of(problem, plan) / cost_of(problem, wise)
                    for problem, plan, wise in zip(problems, plans, oracle, strict=True)
                ]
                good = sum(cost <= WITHIN_NOISE for cost in costs)
                share = found[runs]
                share.plans += len(plans)
                share.same += sum(p == o for p, o in zip(plans, oracle, strict=True))
                share.as_good += good
                share.federations += good == len(plans)
            for task in truth.tasks:
                federation.run(task, federation.plan(task))
    return found

"""Write down what each site is to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dfm.compiler.arguments import seal
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Crossing, Delivery, Part, Plan, Step
from dfm.net.model import START, Call, NetIR, Receive, Send, Transition, Yield


def lower_to_nets(plan: Plan) -> Plan:
    """Give each site that has something to do its net.

    Transitions stand in the order of the steps, each followed by what is made of its value and
    sent away; yields come last. Nets stand in the order in which the federation declares sites.

    Needs: what crosses has been cut (`cut_crossings` has run).
    Leaves: nets that `verify` accepts.

    Raises:
        ArgumentError: for literals that can not travel.
    """
    transitions = _transitions(plan)
    receives: defaultdict[str, list[Receive]] = defaultdict(list)
    for crossing in plan.crossings:
        receives[crossing.target].append(Receive(crossing.place, crossing.source))
    nets = {
        site: NetIR(
            plan.pipeline_name,
            site,
            _params(transitions[site]),
            tuple(receives[site]),
            tuple(transitions[site]),
        )
        for site in plan.federation.sites
        if site in transitions
    }
    return replace(plan, nets=nets)


def _transitions(plan: Plan) -> dict[str, list[Transition]]:
    found: defaultdict[str, list[Transition]] = defaultdict(list)
    followers = _Followers(plan.parts, plan.crossings)
    mistakes = Mistakes(plan.pipeline_name)
    for step in plan.steps:
        with mistakes.noted():
            found[step.site] += (_call(step, plan), *followers.of(step.name))
    for delivery in plan.deliveries:
        with mistakes.noted():
            found[delivery.site].append(_yield(delivery, plan))
    mistakes.raise_any()
    return found


def _call(step: Step, plan: Plan) -> Call:
    arguments = tuple(
        (name, _sealed(template, plan, f"{name!r} of {step.operation}", step.at))
        for name, template in step.arguments
    )
    after = step.after or (() if step.refs else (START,))
    return Call(step.name, step.operation, step.provider, arguments, after, step.node)


def _yield(delivery: Delivery, plan: Plan) -> Yield:
    value = _sealed(delivery.value, plan, f"the yield of {delivery.place!r}", delivery.at)
    return Yield(delivery.name, delivery.place, value, delivery.node, delivery.after)


def _sealed(template: Any, plan: Plan, title: str, at: str) -> Any:
    return seal(template, plan.codecs, title=title, at=at)


def _params(transitions: Sequence[Transition]) -> tuple[str, ...]:
    """Return the start and the parameters that are read, each once."""
    read = (place for t in transitions for place in t.inputs if place.startswith(START))
    return tuple(dict.fromkeys((START, *read)))


class _Followers:
    """What is made of each value once it is there, and where that goes."""

    def __init__(self, parts: Sequence[Part], crossings: Sequence[Crossing]) -> None:
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)
        self._sends: defaultdict[str, list[Send]] = defaultdict(list)
        for part in parts:
            self._parts[part.transition.inputs[0]].append(part)
        for crossing in crossings:
            self._sends[crossing.place].append(Send(crossing.place, crossing.target))

    def of(self, place: str) -> Iterator[Transition]:
        """Yield the sends of a value, and each part made of it with the part's sends."""
        yield from self._sends[place]
        for part in self._parts[place]:
            yield part.transition
            yield from self._sends[part.transition.output]

"""Write down what each site is to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dfm.compiler.arguments import seal
from dfm.compiler.conditions import with_operands
from dfm.compiler.lines import Delivery, Scope, Step
from dfm.compiler.made import Glue, Made
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.net.loops import IN_FLIGHT, Give, Loop, Receive, Transition
from dfm.net.model import NetIR
from dfm.net.transitions import START, Branch, Call, Let, Lookup, Send, Signal, Store, Yield

Body = tuple[str, str]
"""A site and a loop, or '' for what stands in none."""


def lower_to_nets(plan: Plan) -> Plan:
    """Give each site that has something to do its net.

    Transitions stand in the order of the lines, each followed by what is made of its value and
    sent away; yields come last. What is in a loop stands in the body of the loop, at each site
    that takes part in it. Nets stand in the order in which the federation declares sites.

    Needs: what crosses has been cut, and loops know who takes part (`join_loops` has run).
    Leaves: nets that `verify` accepts.

    Raises:
        ArgumentError: for literals that can not travel.
    """
    lowering = _Lowering(plan)
    mistakes = Mistakes(plan.pipeline_name)
    for line in plan.lines:
        with mistakes.noted():
            lowering.add(line)
    for delivery in plan.deliveries:
        with mistakes.noted():
            lowering.add_yield(delivery)
    mistakes.raise_any()
    for scope in reversed(plan.scopes):
        lowering.close(scope)
    return replace(plan, nets=lowering.nets())


class _Lowering:
    """The transitions of each site, of each loop apart until it is closed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._bodies: defaultdict[Body, list[Transition | Scope]] = defaultdict(list)
        self._gives: defaultdict[Body, list[Give]] = defaultdict(list)
        self._loops: dict[Body, Loop] = {}
        self._receives: defaultdict[Body, list[Receive]] = defaultdict(list)
        self._parts: defaultdict[str, list[Let | Signal]] = defaultdict(list)
        self._sends: defaultdict[str, list[Send]] = defaultdict(list)
        for part in plan.parts:
            self._parts[part.does.inputs[0]].append(part.does)
        for crossing in plan.crossings:
            self._sends[crossing.place].append(Send(crossing.place, crossing.target))
            receive = Receive(crossing.place, crossing.source)
            self._receives[crossing.target, crossing.scope].append(receive)

    def add(self, line: Step | Glue | Scope) -> None:
        """Add the transition of a line, and what follows on its places."""
        body = self._bodies[line.site, line.scope]
        match line:
            case Step():
                body.append(self._call(line))
            case Scope():
                for site in (line.site, *line.followers):
                    self._bodies[site, line.scope].append(line)
                self._bodies[line.site, line.item] += self._following((line.item,))
                body += self._following((line.count,))
                return
            case Glue() if line.of:
                self._gives[line.site, line.of].append(line.does)  # type: ignore[arg-type]
            case Glue():
                body.append(self._sealed_glue(line))  # type: ignore[arg-type]
        body += self._following(line.outputs)

    def add_yield(self, delivery: Delivery) -> None:
        """Add the transition of a yield."""
        title = f"the yield of {delivery.place!r}"
        value = self._sealed(delivery.value, title, delivery.at)
        hand_over = Yield(
            delivery.name,
            delivery.place,
            value,
            delivery.node,
            delivery.after,
            delivery.when,
            delivery.said,
        )
        self._bodies[delivery.site, delivery.scope].append(hand_over)

    def close(self, scope: Scope) -> None:
        """Make the loops of a scope whose own loops are closed."""
        for site in (scope.site, *scope.followers):
            key = (site, scope.item)
            what = Loop(
                scope.item,
                scope.count,
                scope.site,
                at_most=scope.window or IN_FLIGHT,
                receives=tuple(self._receives[key]),
                body=self._closed(key),
                gives=tuple(self._gives[key]),
                node=scope.node,
            )
            if site == scope.site:
                what = replace(
                    what,
                    source=scope.source,
                    followers=scope.followers,
                    dim=scope.dim,
                    after=scope.after,
                    when=scope.when,
                )
            self._loops[key] = what

    def nets(self) -> dict[str, NetIR]:
        """Return the net of each site that has something to do."""
        plan = self._plan
        found: dict[str, NetIR] = {}
        for site in plan.federation.sites:
            if transitions := self._closed((site, "")):
                receives = tuple(self._receives[site, ""])
                params = _params(transitions)
                found[site] = NetIR(plan.pipeline_name, site, params, receives, transitions)
        return found

    def _closed(self, key: Body) -> tuple[Transition, ...]:
        """Return the transitions of a body with its loops in their places."""
        return tuple(
            self._loops[key[0], line.item] if isinstance(line, Scope) else line
            for line in self._bodies[key]
        )

    def _following(self, outputs: Sequence[str]) -> Iterator[Transition]:
        """Yield the sends of places, and each part made of them with the part's sends."""
        for place in outputs:
            yield from self._sends[place]
            for part in self._parts[place]:
                yield part
                yield from self._sends[part.output]

    # -- single lines --------------------------------------------------------------------------

    def _call(self, step: Step) -> Call:
        arguments = tuple(
            (name, self._sealed(template, f"{name!r} of {step.operation}", step.at))
            for name, template in step.arguments
        )
        after = step.after or (() if step.refs or step.when is not None else (START,))
        return Call(
            step.name,
            step.operation,
            step.provider,
            arguments,
            after,
            step.node,
            step.when,
            step.options,
        )

    def _sealed_glue(self, line: Glue) -> Made:
        """Return a transition whose literals can travel."""

        def sealed(template: Any) -> Any:
            return self._sealed(template, line.title or "a value", line.at)

        match line.does:
            case Let() as let:
                return replace(let, value=sealed(let.value))
            case Branch() as branch:
                return replace(branch, condition=with_operands(branch.condition, sealed))
            case Lookup() as lookup:
                return replace(lookup, key=sealed(lookup.key))
            case Store() as store:
                return replace(store, key=sealed(store.key), value=sealed(store.value))
        return line.does

    def _sealed(self, template: Any, title: str, at: str) -> Any:
        return seal(template, self._plan.codecs, title=title, at=at)


def _params(transitions: Sequence[Transition]) -> tuple[str, ...]:
    """Return the start and the parameters that are read, each once."""
    read = (place for t in transitions for place in t.inputs if place.startswith(START))
    return tuple(dict.fromkeys((START, *read)))

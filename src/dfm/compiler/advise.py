"""Write down what each site is asked, when advice is wanted instead of results.

Nothing is placed: every site and provider that could run an operation is asked about it, wherever
in the pipeline it stands. No value flows, so blocks, references and yields have no meaning here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dfm.api import Advise, Operation, PlaceParam
from dfm.api.references import leaves
from dfm.compiler.arguments import seal
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import StructureError
from dfm.federation.models import AdapterSpec, FromParam
from dfm.net.advice import Wanted
from dfm.net.model import DISCOVERY_PLACE_NAME, START, Ask, Let, NetIR, Yield
from dfm.net.template import Ref

ADVICE = "advice"
"""The place of a site's answers: a list of `[node, provider, advice]`."""


def advise_nets(plan: Plan) -> Plan:
    """Give each site that could run something a net that asks it about that.

    The answers of a site are yielded as one list to the place of discovery, in the order of the
    operations. Arguments that are literals are asked about as they are, all others are advised on.

    Needs: each step has its candidates (`expand_candidates` has run).
    Leaves: nets that `verify` accepts, and that need no parameters; no lines, for none is run.

    Raises:
        StructureError: there is no operation to ask about.
        ArgumentError: for literals that can not travel.
    """
    asks: defaultdict[str, list[Ask]] = defaultdict(list)
    mistakes = Mistakes(plan.pipeline_name)
    for site, ask in _questions(plan, mistakes):
        asks[site].append(ask)
    mistakes.raise_any()
    if not asks:
        raise StructureError(
            f"pipeline {plan.pipeline_name!r} has no operation to ask about",
            hint="an operation inside `with Pipeline() as p:`",
        )
    sites = (site for site in plan.federation.sites if site in asks)
    nets = {site: _net(plan.pipeline_name, site, asks[site]) for site in sites}
    return replace(plan, lines=(), deliveries=(), nets=nets)


def _questions(plan: Plan, mistakes: Mistakes) -> Iterator[tuple[str, Ask]]:
    operations = {
        s.dfm_node_id.ident: s for s in plan.pipeline.dfm_walk() if isinstance(s, Operation)
    }
    for step in plan.steps:
        operation = operations[step.node]
        for site, provider in step.candidates:
            adapter = plan.federation.sites[site].adapter(step.operation, provider)
            by = "" if provider is None else f"_{provider}"
            with mistakes.noted():
                arguments = _arguments(operation, adapter, plan)
                output = f"{step.name}{by}_advice"
                yield site, Ask(output, step.operation, provider, arguments, step.node)


def _arguments(
    operation: Operation, adapter: AdapterSpec | None, plan: Plan
) -> tuple[tuple[str, Any], ...]:
    """Return the literals that the author gave, and where the site's own values are in question."""
    exposed = _exposed(adapter)
    title, at = operation.dfm_title(), operation.dfm_location
    found: list[tuple[str, Any]] = []
    for name, value in _given(operation).items():
        if isinstance(value, (Advise, PlaceParam)) and name in exposed:
            value = Wanted.ADVICE
        elif leaves(value):
            continue
        found.append((name, seal(value, plan.codecs, title=f"{name!r} of {title}", at=at)))
    return tuple(found)


def _given(operation: Operation) -> Mapping[str, Any]:
    """Return the arguments that the author wrote; declared defaults are not among them."""
    written = operation.model_fields_set
    return {name: v for name, v in operation.dfm_arguments().items() if name in written}


def _exposed(adapter: AdapterSpec | None) -> set[str]:
    """Return the fields that stand for a value of the site's own unless the author gives one."""
    bindings = (adapter.arguments or {}).values() if adapter is not None else ()
    return {
        b.exposed.param for b in bindings if not isinstance(b, FromParam) and b.exposed is not None
    }


def _net(pipeline_name: str, site: str, asks: list[Ask]) -> NetIR:
    answers = Let(ADVICE, [[ask.node, ask.provider, Ref(ask.output)] for ask in asks])
    hand_over = Yield(f"advice_{site}", DISCOVERY_PLACE_NAME, Ref(ADVICE))
    return NetIR(pipeline_name, site, (START,), (), (*asks, answers, hand_over))

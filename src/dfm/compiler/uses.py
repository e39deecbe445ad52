"""Say what the values of a call must be: where each parameter place is a whole argument.

Parameter sets come when the pipeline is long compiled, so what their values are for is noted
here, and checked by `PreparedPipeline.check_input_params`. A place inside a larger argument is
not noted, because declared types say little about the inside of a value.
"""

from __future__ import annotations

from dfm.compiler.lines import Step
from dfm.compiler.plan import Plan
from dfm.federation.models import Parameter
from dfm.net.model import START
from dfm.net.prepared import ParamUse
from dfm.net.template import Ref
from dfm.types import Type
from dfm.wire import register_type

register_type(Type)  # it travels in what is noted here


def note_param_uses(plan: Plan) -> dict[str, tuple[ParamUse, ...]]:
    """Return the uses of each parameter place, one for each type that refuses something.

    Needs: each step has a site (`choose_sites` has run).
    """
    found: dict[str, dict[tuple[Type, bool], ParamUse]] = {}
    for step in plan.steps:
        places = [
            (name, template.place.removeprefix(START))
            for name, template in step.arguments
            if isinstance(template, Ref) and template.place.startswith(START)
        ]
        parameters = _parameters(step, plan) if places else {}
        for name, place in places:
            parameter = parameters.get(name)
            if parameter is None or not parameter.type.kinds:
                continue
            may_be_none = not parameter.required
            use = ParamUse(parameter.type, step.operation, name, step.at, may_be_none)
            found.setdefault(place, {}).setdefault((parameter.type, may_be_none), use)
    return {place: tuple(uses.values()) for place, uses in found.items()}


def _parameters(step: Step, plan: Plan) -> dict[str, Parameter]:
    """Return what a step's arguments are for: its operation's parameters, its site's fields."""
    declared = {p.name: p for p in plan.federation.operations[step.operation].parameters}
    adapter = plan.federation.sites[step.site].adapter(step.operation, step.provider)
    exposed = {} if adapter is None else adapter.exposed(declared)
    return exposed | declared

"""A prepared pipeline: the nets of its sites, and what the application should know of them.

This is all that compiling and running share. It can be run any number of times.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dfm.errors import ParameterSetError, nearest
from dfm.net.frame import Frame
from dfm.net.loops import Loop, yields_in
from dfm.net.model import START, STATUS_PLACE_NAME, BoundNetIR, NetIR, Yield
from dfm.report import PlanReport


class Expected(Protocol):
    """What a value must be; types are not known here, only that they can refuse."""

    def refusal(self, value: object, /) -> str:
        """Say why `value` is not what is expected, or return '' when it is."""


@dataclass(frozen=True, slots=True)
class ParamUse:
    """Where a parameter place is a whole argument: its operation, and what the value must be.

    `may_be_none` says that None is fine in any case, as for a parameter one may leave out.
    """

    type: Expected
    operation: str
    parameter: str
    at: str = ""
    may_be_none: bool = False


@dataclass(frozen=True)
class PreparedPipeline:
    """A pipeline after compiling. `locations` says where each node was written (`file:line`).

    `param_checks` says what the values of parameter places must be, where that is known.
    `optional_yields` are the names of those that may deliver nothing, for a branch not taken.
    """

    pipeline_name: str
    federation_name: str
    api_version: str
    homesite: str
    nets: Mapping[str, NetIR]
    locations: Mapping[int | str, str] = field(default_factory=dict)
    report: PlanReport = field(default_factory=PlanReport)
    param_checks: Mapping[str, tuple[ParamUse, ...]] = field(default_factory=dict)
    optional_yields: frozenset[str] = frozenset()

    @property
    def federation_module(self) -> str:
        """The name of the federation, which is that of its package."""
        return self.federation_name

    def net_irs(self) -> dict[str, NetIR]:
        """Return the net of each participating site."""
        return dict(self.nets)

    def get_participating_sites(self) -> list[str]:
        """Return the sites that take part."""
        return list(self.nets)

    @property
    def yields(self) -> dict[str, tuple[str, Yield]]:
        """Every yield by its unique name, with the site that performs it, as they were written."""
        found = ((site, y) for site, net in self.nets.items() for y in net.yields)
        return {y.name: (site, y) for site, y in sorted(found, key=_number_of_yield)}

    @property
    def looped_yields(self) -> frozenset[str]:
        """The names of the yields in loops: they deliver for each item, perhaps for none."""
        loops = (t for net in self.nets.values() for t in net.transitions if isinstance(t, Loop))
        return frozenset(y.name for loop in loops for y in yields_in(loop.body))

    @property
    def yield_places(self) -> tuple[str, ...]:
        """The application places that receive values, each once."""
        return tuple(dict.fromkeys(y.place for _, y in self.yields.values()))

    @property
    def param_places(self) -> tuple[str, ...]:
        """The names each parameter set must supply."""
        names = (p for net in self.nets.values() for p in net.params if p != START)
        return tuple(dict.fromkeys(n.removeprefix("$") for n in names))

    def has_param_places(self) -> bool:
        """Whether executing needs parameter sets."""
        return bool(self.param_places)

    def check_input_params(self, parameter_sets: Sequence[tuple[Frame, Mapping[str, Any]]]) -> None:
        """Refuse parameter sets with wrong names or wrong values, before anything is sent.

        Raises:
            ParameterSetError: naming the set, and the names with the nearest valid ones, or the
                value with the operation and the parameter that can not take it.
        """
        wanted = set(self.param_places)
        for frame, given in parameter_sets:
            if frame.is_stop_frame():
                continue
            number = frame.input_paramset_index()
            if missing := sorted(wanted - set(given)):
                raise ParameterSetError(
                    f"parameter set {number} has no value for {', '.join(map(repr, missing))}",
                    at=f"pipeline {self.pipeline_name!r}",
                    hint="one value for each PlaceParam: " + ", ".join(map(repr, sorted(wanted))),
                )
            if extra := sorted(set(given) - wanted):
                raise ParameterSetError(
                    f"parameter set {number} has {', '.join(map(repr, extra))},"
                    " which the pipeline does not ask for",
                    at=f"pipeline {self.pipeline_name!r}",
                    hint=nearest(extra[0], wanted) or "no parameters: the pipeline has none",
                )
            for place, uses in self.param_checks.items():
                _check_value(number, place, uses, given[place])

    def check_callbacks(self, places: Iterable[str], logger: logging.Logger) -> None:
        """Warn of yields that no callback takes, and of callbacks that nothing is yielded to."""
        called = set(places)
        for place in sorted(set(self.yield_places) - called):
            logger.warning("nothing is called for what is yielded to %r", place)
        for place in sorted(called - {*self.yield_places, STATUS_PLACE_NAME}):
            logger.warning("nothing is yielded to %r, which has a callback", place)

    def bind_net_ir(self, site: str, params: Sequence[tuple[Frame, dict[str, Any]]]) -> BoundNetIR:
        """Return one site's net with the parameters it reads."""
        net = self.nets[site]
        reads = {p.removeprefix("$") for p in net.params}
        sets = tuple(
            (frame.input_paramset_index(), {f"${k}": v for k, v in given.items() if k in reads})
            for frame, given in params
            if not frame.is_stop_frame()
        )
        return BoundNetIR(net, sets)

    def bind_net_irs(self, params: Sequence[tuple[Frame, dict[str, Any]]]) -> dict[str, BoundNetIR]:
        """Return every site's net with the parameters it reads."""
        return {site: self.bind_net_ir(site, params) for site in self.nets}


def _check_value(number: int, place: str, uses: tuple[ParamUse, ...], value: object) -> None:
    for use in uses:
        if value is None and use.may_be_none:
            continue
        if why := use.type.refusal(value):
            raise ParameterSetError(
                f"parameter set {number}, {place!r}: argument {use.parameter!r}"
                f" of {use.operation}: {why}",
                at=use.at,
                hint=f"{use.type}, as {use.operation} declares it",
            )


def _number_of_yield(found: tuple[str, Yield]) -> tuple[bool, int]:
    """Return where a yield was written; names that do not tell come last, as they stand."""
    name = found[1].name
    number = name.removeprefix("yield")
    tells = number != name and number.isdecimal() and len(number) < 10
    return (False, int(number)) if tells else (True, 0)

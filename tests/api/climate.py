"""A federation for the tests of authoring: three sites, one of them with a provider."""

from __future__ import annotations

from typing import Any, Literal

from dfm.api import Advise, NodeParam, Operation, PlaceParam, operation_class
from dfm.federation.models import (
    AdapterSpec,
    Const,
    Construct,
    Exposed,
    FederationSpec,
    OperationSpec,
    Parameter,
    ProviderSpec,
    SiteSpec,
)
from dfm.types import Type

PLAIN = AdapterSpec(Construct("climate.adapters.Any"))
WITH_UNIT = AdapterSpec(
    Construct("climate.adapters.Any"),
    {"unit": Const("kelvin", Exposed("unit", Type.of("string"), "unit of the field"))},
)

LOAD = OperationSpec(
    "climate.LoadField",
    (
        Parameter("scenario", Type.of("string", enum=["A1B", "E1"]), description="which future"),
        Parameter("first", Type.of("integer", minimum=1860)),
        Parameter("last", Type.of("integer"), required=False),
        Parameter("tags", Type.of("array"), required=False, default=["raw"]),
    ),
    Type.of("object"),
    "Load the field of a scenario.",
)
MEAN = OperationSpec(
    "climate.Mean",
    (
        Parameter("field", Type.of("object"), accepts_literal=False),
        Parameter("weight", Type.of("number"), required=False, accepts_node=False),
    ),
    Type.of("number"),
)
DIFFERENCE = OperationSpec(
    "climate.Difference",
    (
        Parameter("a", Type.of("number"), accepts_place=False),
        Parameter("b", Type.of("number"), discoverable=False),
    ),
    Type.of("number"),
)
ANYTHING = OperationSpec("lab.Anything", (Parameter("value", required=False),))
PAIR = OperationSpec(
    "lab.Pair", (Parameter("left"), Parameter("right"), Parameter("timeout", required=False))
)
ANNOUNCE = OperationSpec("lab.Announce", (Parameter("text"),), idempotent=False)

FEDERATION = FederationSpec(
    "warming",
    operations={o.name: o for o in (LOAD, MEAN, DIFFERENCE, ANYTHING, PAIR, ANNOUNCE)},
    sites={
        "desk": SiteSpec("desk"),
        "institute_a": SiteSpec("institute_a", {LOAD.name: PLAIN, MEAN.name: PLAIN}),
        "institute_b": SiteSpec(
            "institute_b",
            {LOAD.name: WITH_UNIT},
            {
                "archive": ProviderSpec("archive", {LOAD.name: WITH_UNIT}),
                "mirror": ProviderSpec("mirror", {LOAD.name: PLAIN, MEAN.name: PLAIN}),
            },
        ),
        "hub": SiteSpec("hub", {o.name: PLAIN for o in (DIFFERENCE, ANYTHING, PAIR, ANNOUNCE)}),
    },
)

LoadField = operation_class(LOAD, FEDERATION)
Mean = operation_class(MEAN, FEDERATION)
Difference = operation_class(DIFFERENCE, FEDERATION)
Anything = operation_class(ANYTHING, FEDERATION)
Pair = operation_class(PAIR, FEDERATION)
Announce = operation_class(ANNOUNCE, FEDERATION)


class Handmade(Operation):
    """An operation as generated packages have them: typed fields, no federation at hand."""

    dfm_class_name: Literal["tests.api.climate.Handmade"] = "tests.api.climate.Handmade"
    __api_name__ = "lab.Handmade"

    count: int | NodeParam | PlaceParam | Advise
    many: list[int] | NodeParam | PlaceParam | Advise | None = None
    pair: tuple[int, int] = (1, 2)
    anything: Any = None

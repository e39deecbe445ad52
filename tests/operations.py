"""What programs for tests are made of: a few operations, and federations that offer them.

The operations are plain functions that every site can import. Some fail, some fail for some
arguments only, some stream, and some stream and then fail. What they return depends on their
arguments alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    CacheConfig,
    Construct,
    FederationSpec,
    OperationSpec,
    Parameter,
    SiteSpec,
)
from dfm.net import Ask, Call


def total(of: Any) -> int:
    """Add up the numbers in a value, whatever it is; streams are read to their end."""
    if hasattr(of, "tolist"):
        of = of.tolist()
    match of:
        case None:
            return 0
        case complex():
            return int(of.real + of.imag)
        case int() | float():
            return int(of)
        case str() | bytes():
            return len(of)
        case dict():
            return sum(map(total, of.values()))
    return sum(map(total, of))


def pair(a: Any, b: Any = 0) -> list[Any]:
    return [a, b]


def record(x: Any, y: Any = None) -> dict[str, Any]:
    return {"x": x, "y": y}


def number(re: Any, im: Any = 1) -> complex:
    return complex(total(re), total(im))


def add(a: Any, b: Any, c: Any = 1) -> int:
    return total(a) + total(b) + total(c)


def limit(a: Any, b: Any = 0) -> int:
    """Add up, and fail for one sum in three."""
    both = total(a) + total(b)
    if both % 3 == 2:
        raise ValueError(f"{both} is too much")
    return both


def fail(say: Any) -> Any:
    raise ValueError(f"no {total(say)}")


def few(to: Any) -> list[int]:
    return list(range(total(to) % 4))


def array(to: Any) -> Any:
    import numpy as np

    return np.arange(total(to) % 4 * 2).reshape(-1, 2)


def count(to: Any) -> Iterator[int]:
    yield from range(total(to) % 4)


async def count_later(to: Any) -> AsyncIterator[int]:
    for n in range(total(to) % 4):
        yield n


def count_and_fail(to: Any) -> Iterator[int]:
    yield from count(to)
    raise ValueError(f"no more than {total(to) % 4}")


FUNCTIONS: dict[str, Any] = {
    "m.Total": total,
    "m.Pair": pair,
    "m.Record": record,
    "m.Number": number,
    "m.Add": add,
    "m.Limit": limit,
    "m.Fail": fail,
    "m.List": few,
    "m.Array": array,
    "m.Count": count,
    "m.CountLater": count_later,
    "m.CountAndFail": count_and_fail,
}
"""What each operation does."""

STREAMS = ("m.Count", "m.CountLater", "m.CountAndFail")
"""The operations that give a stream."""

SIGNATURES: dict[str, tuple[Parameter, ...]] = {
    "m.Total": (Parameter("of"),),
    "m.Pair": (Parameter("a"), Parameter("b", required=False, default=7)),
    "m.Record": (Parameter("x"), Parameter("y", required=False)),
    "m.Number": (Parameter("re"), Parameter("im", required=False)),
    "m.Add": (Parameter("a"), Parameter("b"), Parameter("c", required=False, default=1)),
    "m.Limit": (Parameter("a"), Parameter("b", required=False, default=0)),
    "m.Fail": (Parameter("say"),),
    "m.List": (Parameter("to"),),
    "m.Array": (Parameter("to"),),
    "m.Count": (Parameter("to"),),
    "m.CountLater": (Parameter("to"),),
    "m.CountAndFail": (Parameter("to"),),
}

DEFAULTS = {
    name: {p.name: p.default for p in given if p.default is not MISSING}
    for name, given in SIGNATURES.items()
}
"""What an argument is that was not given."""


def run(site: str, call: Call | Ask, given: dict[str, Any]) -> Any:
    """Run an operation, the same at every site."""
    return FUNCTIONS[call.operation](**given)


Offers = Mapping[str, Sequence[str]]
"""The operations that each site offers."""


def federation_of(offers: Offers, cache: str | None = None) -> FederationSpec:
    """The federation in which sites offer these operations, the same object each time.

    Each site has a cache of its own in the folder `cache`, for what is really run.
    """
    return _federation_of(tuple((site, tuple(names)) for site, names in offers.items()), cache)


@lru_cache(maxsize=64)
def _federation_of(
    offers: tuple[tuple[str, tuple[str, ...]], ...], cache: str | None
) -> FederationSpec:
    paths = {name: f"{f.__module__}.{f.__qualname__}" for name, f in FUNCTIONS.items()}
    adapters = {name: AdapterSpec(Construct(path)) for name, path in paths.items()}
    return FederationSpec(
        "tests",
        "1.0.0",
        operations={name: OperationSpec(name, given) for name, given in SIGNATURES.items()},
        sites={
            site: SiteSpec(
                site,
                {name: adapters[name] for name in names},
                cache=CacheConfig(base_path=None if cache is None else f"{cache}/{site}"),
            )
            for site, names in offers
        },
        callables={path: FUNCTIONS[name] for name, path in paths.items()},
    )

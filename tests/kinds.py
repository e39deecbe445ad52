"""What is known of the values in a program while it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.operations import STREAMS


@dataclass(frozen=True)
class Kind:
    """What is known of a value: what its parts and its items are, if it is known to have any."""

    parts: Mapping[tuple[int | str, bool], Kind] = field(default_factory=dict)
    item: Kind | None = None
    is_stream: bool = False
    is_number: bool = False
    has_arrays: bool = False


ANY = Kind()
NUMBER = Kind(is_number=True)
ROW = Kind(has_arrays=True, item=Kind(has_arrays=True))
KINDS = {
    "m.Total": NUMBER,
    "m.Number": Kind({("real", False): NUMBER, ("imag", False): NUMBER}),
    "m.Add": NUMBER,
    "m.Limit": NUMBER,
    "m.Fail": ANY,
    "m.List": Kind(item=NUMBER),
    "m.Array": Kind(has_arrays=True, item=ROW),
    **dict.fromkeys(STREAMS, Kind(item=NUMBER, is_stream=True)),
}
"""What operations give, whatever they are given."""


def kind_of(operation: str, given: Mapping[str, Kind]) -> Kind:
    """What is known of what an operation gives."""
    match operation:
        case "m.Pair":
            first, second = given["a"], given.get("b", NUMBER)
            return container({(0, True): first, (1, True): second}, common([first, second]))
        case "m.Record":
            first, second = given["x"], given.get("y", ANY)
            pair = container({(1, True): common([first, second])}, ANY)
            return container({("x", True): first, ("y", True): second}, pair)
    return KINDS[operation]


def container(parts: Mapping[tuple[int | str, bool], Kind], item: Kind) -> Kind:
    """What is known of a value that is made of others."""
    has_arrays = item.has_arrays or any(part.has_arrays for part in parts.values())
    return Kind(parts, item, has_arrays=has_arrays)


def common(kinds: Sequence[Kind]) -> Kind:
    """What is known of a value that is one of several."""
    return Kind(
        item=common([k.item for k in kinds if k.item]) if all(k.item for k in kinds) else None,
        is_stream=any(k.is_stream for k in kinds),
        is_number=all(k.is_number for k in kinds),
        has_arrays=any(k.has_arrays for k in kinds),
    )

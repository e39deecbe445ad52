"""Where values come from: through joins, loops and conditions back to the steps that made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MOST_ORIGINS = 4
"""Of how many steps a value is said to come; more make no better choice, and much more work."""


class Part(NamedTuple):
    """What a step contributes to a place: that share of its tokens, each of so many bytes.

    What `is_led` is not made by the step, but there where that is: the items of a list that the
    author wrote, at the first step of the loop.
    """

    step: str
    share: float
    bytes: int
    is_led: bool = False


Parts = tuple[Part, ...]
Flows = Mapping[str, Parts]
"""What is in each place for which steps have made something; the shares of a place add up to 1."""


class Source(NamedTuple):
    """A place that another one is made of, how much that counts, and the change of its bytes."""

    place: str
    weight: float
    growth: float = 1.0


def parts_of(sources: Iterable[Source], flows: Flows, size: int | None = None) -> Parts:
    """Return what is in a place that is made of others; each token has `size`, if that is given.

    >>> flows = {"node0": (Part("node0", 1.0, 8),), "node1": (Part("node1", 1.0, 80),)}
    >>> for part in parts_of([Source("node0", 3.0), Source("node1", 1.0)], flows):
    ...     print(part)
    Part(step='node0', share=0.75, bytes=8, is_led=False)
    Part(step='node1', share=0.25, bytes=80, is_led=False)
    """
    known = [source for source in sources if source.place in flows]
    whole = sum(source.weight for source in known)
    found: dict[str, Part] = {}
    for place, weight, growth in known:
        fraction = weight / whole if whole else 1.0 / len(known)
        for step, share, old, is_led in flows[place]:
            new = round(old * growth) if size is None else size
            part = Part(step, share * fraction, new, is_led)
            found[step] = _both(found[step], part) if step in found else part
            if len(found) == MOST_ORIGINS:
                return _whole(found.values())
    return _whole(found.values())


def _both(one: Part, other: Part) -> Part:
    is_led = one.is_led and other.is_led
    return Part(one.step, one.share + other.share, max(one.bytes, other.bytes), is_led)


def _whole(parts: Iterable[Part]) -> Parts:
    """Return parts whose shares add up to 1 again, where some were left out."""
    kept = tuple(parts)
    total = sum(part.share for part in kept)
    if not total or total == 1.0:
        return kept
    return tuple(part._replace(share=part.share / total) for part in kept)

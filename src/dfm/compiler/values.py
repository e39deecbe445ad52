"""The values of a plan on their way, and what policies say of them, before both become numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dfm.compiler.lines import Candidate


@dataclass(frozen=True, slots=True)
class Value:
    """What one step contributes to a place, and who wants what is in that place.

    `source` is the step, `place` where it ends up, perhaps through joins and loops; `readers` are
    steps, and it is wanted at home too if it `is_yielded`. `bytes` are those of one token, which is
    sent about that many `times` in a call. A `signal` only says that it is there.
    """

    source: str
    place: str
    readers: tuple[str, ...]
    is_yielded: bool
    bytes: int
    times: float = 1.0
    is_signal: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """What the site of one step forbids to a value further on.

    If `owner` is run by one of `when`, the value of that number must not be sent `to` these sites.
    """

    owner: str
    when: frozenset[Candidate]
    value: int
    to: frozenset[str]


@dataclass(frozen=True, slots=True)
class Limits:
    """What policies forbid: values, by their number, from one site to another; and bars."""

    forbidden: Mapping[int, frozenset[tuple[str, str]]] = field(default_factory=dict)
    bars: tuple[Bars, ...] = ()

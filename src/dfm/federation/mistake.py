"""A mistake that a cross check finds, and what it can not be sure of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dfm.federation.reading import Path

Unclear = Collection[Path]
"""Paths whose contents could not be made out: nothing follows from what they do not contain."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the declaration at `path`. Without a hint, `offered` has names to try."""

    path: Path
    message: str
    hint: str = ""
    name: str = ""
    offered: Collection[str] = ()


def is_clear(path: Path, unclear: Unclear) -> bool:
    """Whether what is at `path`, and around it, could be made out."""
    return not any(path[:end] in unclear for end in range(1, len(path) + 1))

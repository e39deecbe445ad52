"""Mistakes: collected while a pass goes on looking, raised together at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dfm.errors import DeclarationError, DfmError, PlacementError, Problem, StructureError


class Mistakes:
    """What is wrong with a pipeline, in the order in which it was found."""

    def __init__(self, pipeline_name: str) -> None:
        self._pipeline_name = pipeline_name
        self._found: list[DfmError] = []

    def add(self, mistake: DfmError) -> None:
        """Remember a mistake."""
        self._found.append(mistake)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Remember the mistake that the block raises, and go on after the block."""
        try:
            yield
        except (DeclarationError, PlacementError) as mistake:
            self.add(mistake)

    def raise_any(self) -> None:
        """Raise the one mistake there is, or one error that lists them all."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            problems = [str(Problem(m.message, m.at, m.hint)) for m in self._found]
            only_placement = all(isinstance(m, PlacementError) for m in self._found)
            kind = PlacementError if only_placement else StructureError
            raise kind(
                f"pipeline {self._pipeline_name!r} has {len(problems)} mistakes",
                at="\n       ".join(problems),
            )

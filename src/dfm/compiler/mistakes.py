"""Mistakes: collected while a pass goes on looking, raised together at its end."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from dfm.errors import (
    DeclarationError,
    DfmError,
    PlacementError,
    PolicyError,
    Problem,
    StructureError,
)


class Mistakes:
    """What is wrong with a pipeline, in the order in which it was found."""

    def __init__(self, pipeline_name: str) -> None:
        self._pipeline_name = pipeline_name
        self._found: list[DfmError] = []

    def add(self, mistake: DfmError) -> None:
        """Remember a mistake."""
        self._found.append(mistake)

    def noted(self) -> AbstractContextManager[None]:
        """Remember the mistake that the block raises, and go on after the block."""
        return _Noted(self)

    def raise_any(self) -> None:
        """Raise the one mistake there is, or one error that lists them all."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            problems = [str(Problem(m.message, m.at, m.hint)) for m in self._found]
            message = f"pipeline {self._pipeline_name!r} has {len(problems)} mistakes"
            at = "\n       ".join(problems)
            refusals = [m for m in self._found if isinstance(m, PolicyError)]
            if len(refusals) == len(problems):
                raise PolicyError(message, at=at, each=refusals)
            only_placement = all(isinstance(m, PlacementError) for m in self._found)
            kind = PlacementError if only_placement else StructureError
            raise kind(message, at=at)


class _Noted(AbstractContextManager[None]):
    """A block whose mistake is remembered. A class, because there is one for each statement."""

    __slots__ = ("_mistakes",)

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, (DeclarationError, PlacementError)):
            self._mistakes.add(error)
            return True
        return False

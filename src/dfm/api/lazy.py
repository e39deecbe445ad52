"""Values that are not known yet, and what Python must not do with them.

While a pipeline is written nothing has run, so `if result:` or `for x in result:` would
silently take one branch, or loop over a model's fields. Here each of these fails, and says
what to write instead.
"""

from __future__ import annotations

from typing import Any, NoReturn

from dfm.api.location import where_written
from dfm.api.scope import is_authoring
from dfm.errors import StructureError

_SCALARS = (str, int, float, bytes)


class UnknownTruth:
    """Something whose truth is not known while the pipeline is written."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        self._refuse("if, while, and, or, not", "with If(cond=...): ... and And(exp=[...])")

    def _refuse(self, what: str, instead: str) -> NoReturn:
        title = getattr(type(self), "__api_name__", "") or type(self).__name__
        raise StructureError(
            f"the value of {title} is not known yet, so Python can not use it in: {what}",
            at=str(where_written()),
            hint=instead,
        )


class LazyValue(UnknownTruth):
    """A value that is not known while the pipeline is written."""

    __slots__ = ()

    def __len__(self) -> NoReturn:
        self._refuse("len()", "an operation that returns the length")

    def __iter__(self) -> NoReturn:
        self._refuse("for, in, list(), unpacking", "with ForEach(seq=...) as item: ...")

    def __lt__(self, other: object) -> NoReturn:
        self._refuse("<", "LessThan(left=..., right=...)")

    def __le__(self, other: object) -> NoReturn:
        self._refuse("<=", "LessThanOrEqual(left=..., right=...)")

    def __gt__(self, other: object) -> NoReturn:
        self._refuse(">", "GreaterThan(left=..., right=...)")

    def __ge__(self, other: object) -> NoReturn:
        self._refuse(">=", "GreaterThanOrEqual(left=..., right=...)")

    def __eq__(self, other: Any) -> bool:
        # Only with a plain value and only while writing: statements and pipelines must stay
        # comparable with each other, and with anything at all once they are written.
        if isinstance(other, _SCALARS) and is_authoring():
            self._refuse("== and !=", "Equal(left=..., right=...)")
        return super().__eq__(other)

    __hash__ = object.__hash__

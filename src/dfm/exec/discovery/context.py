"""What an advisor knows when it is asked: the arguments that are decided by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class AdviceContext:
    """The arguments of the adapter's body, by name, on one branch of the tree.

    Those that the author gave, or that the site fills in, have their values. One that an advisor
    before this one advised on has the value assumed on this branch: the one of the branch, or all
    that were advised, as they stand in the tree.
    """

    __slots__ = ("_assumed", "_given")

    def __init__(self, given: Mapping[str, Any], assumed: Mapping[str, Any]) -> None:
        self._given = given
        self._assumed = assumed

    def get(self, field: str, default: Any = None) -> Any:
        """Return the value of an argument, or `default` if it is not decided yet."""
        if field in self._given:
            return self._given[field]
        return self._assumed.get(field, default)

    def is_given(self, field: str) -> bool:
        """Whether the value is decided already, not an assumption of this branch."""
        return field in self._given

    def __contains__(self, field: object) -> bool:
        return field in self._given or field in self._assumed

    def __iter__(self) -> Iterator[str]:
        yield from self._given
        yield from self._assumed

    def __repr__(self) -> str:
        return f"<advice context: {', '.join(self) or 'nothing decided'}>"

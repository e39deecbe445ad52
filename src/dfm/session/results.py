"""The result of a job: what its calls yielded, by place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dfm.net.frame import Path
from dfm.net.model import Yield
from dfm.session.tokens import Token


class Results:
    """Gathers tokens into one dict per call.

    A place that one yield filled with one value maps to that value. A place that got a stream, that
    is filled in a loop, or that several yields share, maps to a list: in the order of the
    statements, then of the frames. A place whose value was absent is not there.
    """

    def __init__(
        self, yields: Mapping[str, tuple[str, Yield]], looped: Collection[str] = ()
    ) -> None:
        self._places = [y.place for _, y in yields.values()]
        self._order = {(y.place, y.node): n for n, (_, y) in enumerate(yields.values())}
        self._names = {name: y.place for name, (_, y) in yields.items()}
        self._values: dict[int, dict[str, list[tuple[int, Path, Any]]]] = {}
        self._looped = {yields[name][1].place for name in looped}
        self._streamed: dict[int, set[str]] = {}

    def add(self, token: Token) -> None:
        """Take a token."""
        path = token.frame.path or ()
        order = self._order.get((token.place, token.from_node), 0)
        places = self._values.setdefault(path[0], {})
        places.setdefault(token.place, []).append((order, path, token.value))

    def stream(self, name: str, frame: Path) -> None:
        """Take note that a yield was a stream, though perhaps an empty one."""
        self._streamed.setdefault(frame[0], set()).add(self._names[name])

    def of_call(self, call: int) -> dict[str, Any]:
        """Return what one call yielded, by place, in the order of the yield statements."""
        values = self._values.get(call, {})
        streamed = self._streamed.get(call, set()) | self._looped
        result: dict[str, Any] = {}
        for place in dict.fromkeys(self._places):
            got = values.get(place, [])
            if place in streamed or self._places.count(place) > 1:
                if got or place in streamed:
                    got.sort(key=lambda entry: entry[:2])
                    result[place] = [value for _, _, value in got]
            elif got:
                result[place] = got[0][2]
        return result

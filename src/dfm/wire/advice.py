"""How a tree of advice travels: as rows, each part before the one it hangs on.

So its depth is not the depth of the message, however many arguments an operation has. Each row
must be used by exactly one other, the last by none: what arrives is a tree, and no larger than
its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfm.errors import CorruptMessage
from dfm.net.advice import (
    Anything,
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    PartialFieldAdvice,
    SingleFieldAdvice,
    Wanted,
)
from dfm.wire.reader import Reader, expect, row
from dfm.wire.registry import Codec, add, register_type

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

Part = SingleFieldAdvice | BranchFieldAdvice | ErrorFieldAdvice | PartialFieldAdvice
NOTHING = -1
"""Stands for an edge that leads nowhere, where others have the number of a row."""


def _pack(tree: Any, writer: Writer) -> Any:
    rows: list[list[Any]] = []

    def number_of(edge: EdgeT) -> int:
        if edge is None:
            return NOTHING
        rows.append(parts_of(edge))
        return len(rows) - 1

    def parts_of(edge: Part) -> list[Any]:
        match edge:
            case SingleFieldAdvice(name, value, following, kind):
                return ["single", name, number_of(following), kind, writer.part(value, f".{name}")]
            case BranchFieldAdvice(name, branches):
                branch_rows = [[number_of(e), writer.part(v, f".{name}")] for v, e in branches]
                return ["branch", name, branch_rows]
            case ErrorFieldAdvice(msg, name):
                return ["error", msg, name]
            case PartialFieldAdvice(partial):
                return ["partial", partial]

    number_of(tree)
    return rows


class _Rows:
    """The parts that have been made and that nothing hangs on yet."""

    def __init__(self) -> None:
        self.made: list[EdgeT] = []
        self.used = 0

    def take(self, number: object) -> EdgeT:
        """Return a part, once."""
        index = expect(number, int)
        if index == NOTHING:
            return None
        if not 0 <= index < len(self.made) or self.made[index] is None:
            raise CorruptMessage("a part of an advice is used twice, or before it is there")
        part, self.made[index] = self.made[index], None
        self.used += 1
        return part


def _unpack(data: Any, reader: Reader) -> EdgeT:
    rows = _Rows()
    for parts in expect(data, list):
        rows.made.append(_made(expect(parts, list), rows))
    if rows.used != len(rows.made) - 1:
        raise CorruptMessage("an advice has parts that hang on nothing")
    return rows.made[-1]


def _made(parts: list[Any], rows: _Rows) -> EdgeT:
    match parts:
        case ["single", str(name), following, str(kind), value]:
            return SingleFieldAdvice(name, value, rows.take(following), kind)
        case ["branch", str(name), list(branches)]:
            pairs = (row(branch, 2) for branch in branches)
            return BranchFieldAdvice(name, tuple((v, rows.take(n)) for n, v in pairs))
        case ["error", str(msg), str(name)]:
            return ErrorFieldAdvice(msg, name)
        case ["partial", str(partial)]:
            return PartialFieldAdvice(partial)
    raise CorruptMessage(f"{parts!r:.60} is no part of an advice")


for _cls in (SingleFieldAdvice, BranchFieldAdvice, ErrorFieldAdvice, PartialFieldAdvice):
    add(_cls, Codec(f"dfm.{_cls.__name__}", _pack, _unpack))
register_type(Anything)
register_type(Wanted)

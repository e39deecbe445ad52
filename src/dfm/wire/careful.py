"""The careful writer: packs what the quick one could not, or says exactly why it can not.

It knows where it is, so that a refusal names the type and the path (`['results'][3].lock`);
it notices a value that contains itself; and it looks at each integer and text, since
msgpack holds integers of 64 bits and text without lone surrogates only. It is several times
slower, and runs only when the quick writer has failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from types import AsyncGeneratorType, CoroutineType, GeneratorType, ModuleType
from typing import TYPE_CHECKING, Any

from dfm.errors import NoCodec
from dfm.wire import codes
from dfm.wire.pickling import culprit
from dfm.wire.records import codec_of_record
from dfm.wire.writer import DEPTH_LIMIT, SCALARS, Writer, shown, told

if TYPE_CHECKING:
    from dfm.wire.table import Table

_STREAMS = (Iterator, GeneratorType, AsyncGeneratorType, CoroutineType)


class CarefulWriter(Writer):
    """A writer that knows where it is."""

    __slots__ = ("_labels", "_open")

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._labels: list[str] = []
        self._open: set[int] = set()

    @property
    def path(self) -> str:
        """Where in the value the writer is, such as `['results'][3].lock`."""
        text = "".join(self._labels)
        return text if len(text) <= 200 else f"{text[:100]}...{text[-80:]}"

    def tree(self, value: Any) -> Any:
        """Return the value as what msgpack can write.

        Raises:
            NoCodec: naming the type and the place of what can not travel.
        """
        cls = type(value)
        if cls in SCALARS:
            return self._scalar(value)
        if id(value) in self._open:
            raise self._refusal(value, "contains itself", "a tree: name or number its parts")
        if len(self._open) >= DEPTH_LIMIT:
            raise self._refusal(
                value,
                f"lies more than {DEPTH_LIMIT} levels deep",
                "a flatter value: a list of parts that refer to each other by number",
            )
        self._open.add(id(value))
        tree = self._container(value)
        self._open.remove(id(value))
        return tree

    def items(self, values: Sequence[Any]) -> Any:
        """Return each of some values as a tree, remembering where it is."""
        return [self.item(v, i) for i, v in enumerate(values)]

    def item(self, value: object, key: object) -> Any:
        """Return the part of a value that `value[key]` gives, as a tree."""
        return self.part(value, f"[{shown(key)}]")

    def part(self, value: object, label: str) -> Any:
        """Return a part of a value as a tree, remembering where it is."""
        self._labels.append(label)
        tree = self.tree(value)
        self._labels.pop()
        return tree

    def _container(self, value: Any) -> Any:
        match value:
            case list() if type(value) is list:
                return self.items(value)
            case dict() if type(value) is dict:
                return self._dict(value)
            case bytes() if type(value) is bytes:
                return self._bytes(value)
        return self._by_codec(value, type(value))

    def _scalar(self, value: Any) -> Any:
        if type(value) is int and not -(2**63) <= value < 2**64:
            size = value.bit_length() // 8 + 1
            return self.tag(codes.BIG_INT, value.to_bytes(size, "little", signed=True))
        if type(value) is str and not value.isascii():
            data = value.encode("utf-8", "surrogatepass")
            if len(value.encode("utf-8", "ignore")) != len(data):
                return self.tag(codes.TEXT, data)
        return value

    def _dict(self, value: dict[Any, Any]) -> Any:
        keys = [self.part(k, f"[key {shown(k)}]") for k in value]
        parts = [self.item(v, k) for k, v in value.items()]
        if SCALARS.issuperset(map(type, keys)):
            return dict(zip(keys, parts, strict=True))
        return self.tag(codes.PAIRS, list(chain.from_iterable(zip(keys, parts, strict=True))))

    def _by_codec(self, value: object, cls: type) -> Any:
        try:
            return super()._by_codec(value, cls)
        except (NoCodec, RecursionError):
            raise
        except Exception as error:
            raise self._refusal(value, f"was not packed by its codec: {told(error)}") from error

    def _by_last_resort(self, value: object, why: str) -> Any:
        if self._table.last_resort is None:
            raise self._refusal(value, why)
        try:
            return super()._by_last_resort(value, why)
        except Exception as error:
            label, part = culprit(value)
            self._labels.append(label)
            raise self._refusal(part, f"{why}, and pickle refuses it too: {told(error)}") from error

    def _refusal(self, value: object, why: str, hint: str = "") -> NoCodec:
        at = f" (at {self.path})" if self.path else ""
        return NoCodec(
            f"a value of type {type_name(type(value))}{at} can not travel: it {why}",
            hint=hint or ways_out(value),
        )


def type_name(cls: type) -> str:
    """Return the name of a class for people."""
    home = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return home + cls.__qualname__


def ways_out(value: object) -> str:
    """Return what the author can do with a value that can not travel."""
    if isinstance(value, _STREAMS):
        return "yield the items one by one from the operation itself, or return a list"
    if callable(value) or isinstance(value, ModuleType):
        return "what the code makes, as plain data: code does not travel between sites"
    name = type(value).__name__
    if codec_of_record(type(value)):
        return f"`dfm.wire.register_type({name})` where both sites see it, or plain data"
    return (
        "plain data (numbers, text, lists, arrays, dataclasses), or a codec at every site:"
        f" `dfm.wire.register({name}, 'mylab.{name}', pack, unpack)`"
    )

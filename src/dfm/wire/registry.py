"""Which types can travel, under which name, and who packs them.

Three tables, all closed: *codecs* by type and by wire name, *records* (dataclasses, enums,
named tuples and pydantic models that travel by their fields), and *libraries*, whose codecs
are modules of ours that are loaded when such a value is met. A name on the wire is only ever a
key into these tables; nothing is imported because a message says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from dfm.errors import ArgumentError, CorruptMessage, nearest

if TYPE_CHECKING:
    from dfm.wire.reader import Reader
    from dfm.wire.writer import Writer

T = TypeVar("T")

LIBRARIES = {
    "PIL": "dfm.wire.images",
    "cftime": "dfm.wire.calendars",
    "numpy": "dfm.wire.arrays",
    "pandas": "dfm.wire.tables",
    "xarray": "dfm.wire.datasets",
    "zoneinfo": "dfm.wire.zones",
}
"""The first part of a type's module, and of its wire name -> the module that has its codecs."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type travel.

    `pack` returns what msgpack can write, made with `writer.part` and `writer.buffer`. It may
    raise `Unsuited` before it has packed anything. `unpack` is given the same, as the far side
    chose to write it: it checks everything it uses. A `code` stands for the name on the wire.
    """

    name: str
    pack: Callable[[Any, Writer], Any]
    unpack: Callable[[Any, Reader], Any]
    code: int = 0


class Unsuited(Exception):
    """A codec can not keep this value exactly; the writer takes the last resort or refuses."""


BY_TYPE: dict[type, Codec] = {}
BY_NAME: dict[str, Codec] = {}
BY_CODE: dict[int, Callable[[Any, Reader], Any]] = {}
FAMILIES: dict[type, Codec] = {}
RECORDS: dict[str, type] = {}


def add(cls: type, codec: Codec, *, family: bool = False) -> None:
    """Enter one of our own codecs; `family` makes it serve the library's subclasses as well."""
    (FAMILIES if family else BY_TYPE)[cls] = codec
    BY_NAME[codec.name] = codec
    if codec.code:
        BY_CODE[codec.code] = codec.unpack


def register(
    cls: type[T], name: str, pack: Callable[[T], object], unpack: Callable[[Any], T]
) -> None:
    """Let values of exactly this class travel, at every site that registers the same name.

    `pack` returns something that can travel already; `unpack` gets it back and should doubt it,
    because at a site it may come from another owner.

    >>> class Celsius:
    ...     def __init__(self, degrees):
    ...         self.degrees = degrees
    >>> register(Celsius, "example.Celsius", lambda c: c.degrees, lambda d: Celsius(float(d)))
    >>> from dfm.wire import Codecs
    >>> codecs = Codecs()
    >>> codecs.unpack(codecs.pack([Celsius(21.5)]))[0].degrees
    21.5

    Raises:
        ArgumentError: the name or the class is taken, or the name is reserved or has no dot.
    """
    _check_free(cls, name)
    if old := _OWNERS.get(name):  # the same class, defined anew: a notebook cell that was run again
        BY_TYPE.pop(old, None)
    _OWNERS[name] = cls
    add(cls, Codec(name, lambda v, w: w.part(pack(v), ""), lambda d, _: unpack(d)))


_OWNERS: dict[str, type] = {}


def _check_free(cls: type, name: str) -> None:
    root, dot, _ = name.partition(".")
    if not dot or root == "dfm" or root in LIBRARIES:
        raise ArgumentError(
            f"{name!r} is no name for a codec",
            hint=f"a name with a prefix of your own, such as 'mylab.{cls.__name__}'",
        )
    if (owner := _OWNERS.get(name)) and path_of(owner) != path_of(cls):
        raise ArgumentError(
            f"the codec name {name!r} is taken by {path_of(owner)}", hint="another name"
        )
    if (known := codec_of_type(cls)) and known.name != name:
        raise ArgumentError(
            f"{path_of(cls)} has the codec {known.name!r} already", hint="one codec for a class"
        )


def register_type(cls: type[T]) -> type[T]:
    """Let a dataclass, enum, named tuple or pydantic model travel by its fields.

    Usable as a decorator. The classes its fields are annotated with are listed too.

    >>> from dataclasses import dataclass
    >>> @register_type
    ... @dataclass(frozen=True)
    ... class Span:
    ...     first: int
    ...     last: int
    >>> from dfm.wire import Codecs
    >>> codecs = Codecs()
    >>> codecs.unpack(codecs.pack(Span(1860, 2099)))
    Span(first=1860, last=2099)

    Raises:
        ArgumentError: the class is none of these.
    """
    from dfm.wire.records import reachable

    found = reachable(cls)
    if not found:
        raise ArgumentError(
            f"{path_of(cls)} is no dataclass, enum, named tuple or pydantic model",
            hint=f"`dfm.wire.register({cls.__name__}, name, pack, unpack)`",
        )
    RECORDS.update(found)
    return cls


def path_of(cls: type) -> str:
    """Return the key of a class: `module:Outer.Inner`."""
    return f"{cls.__module__}:{cls.__qualname__}"


def load_library(root: str) -> None:
    """Load the codecs of a library of the fixed table; other names are left alone."""
    if module := LIBRARIES.get(root):
        import_module(module)


def codec_of_type(cls: type) -> Codec | None:
    """Return the registered codec of a class, loading the codecs of its library if need be."""
    load_library(cls.__module__.partition(".")[0])
    if found := BY_TYPE.get(cls):
        return found
    root = cls.__module__.partition(".")[0]
    same = (b for b in cls.__mro__ if b in FAMILIES and b.__module__.partition(".")[0] == root)
    return next((FAMILIES[b] for b in same), None)


def codec_of_name(name: str) -> Codec:
    """Return the codec of a wire name.

    Raises:
        CorruptMessage: no such name, or its library is not installed here.
    """
    if found := BY_NAME.get(name):
        return found
    root = name.partition(".")[0]
    try:
        load_library(root)
    except ImportError as error:
        raise CorruptMessage(
            f"a value {name!r} arrived, and {root} is not installed here",
            hint=f"install {error.name or root} at this site",
        ) from error
    if found := BY_NAME.get(name):
        return found
    raise CorruptMessage(
        f"no codec is called {name[:80]!r}",
        hint=nearest(name[:80], BY_NAME),
    )

"""References inside arguments, at any depth.

An author writes statements where values are wanted: `[op, {"k": op[0]}]`. `with_references`
turns each into a `NodeRef`, and takes a snapshot of the lists, dicts and sets on the way, so
a statement does not change when its author goes on using a list. `leaves` finds them again,
`leaves_by_kind` also says which are which.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel

from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeId, NodeRef, Referable
from dfm.errors import LimitExceeded, StructureError

MAX_DEPTH = 50
_PLAIN = frozenset((str, int, float, bool, type(None), bytes))
_MARKS = (NodeRef, PlaceParam, Advise, BestOf, NodeId)

Leaf: TypeAlias = NodeRef | PlaceParam | Advise
"""What stands in a value for something that is not known yet."""


class Leaves(NamedTuple):
    """What is not known yet in a value: references each once, the others as often as they are."""

    references: tuple[NodeRef, ...] = ()
    places: tuple[PlaceParam, ...] = ()
    advice: tuple[Advise, ...] = ()


_LEAVES = frozenset((NodeRef, PlaceParam, Advise))
_KNOWN = Leaves()


def with_references(value: Any, depth: int = 0) -> Any:
    """Return the value with a `NodeRef` in place of every statement.

    Raises:
        StructureError: for a statement that has no value, or stands where none can.
        LimitExceeded: for values nested too deeply to be sent anywhere.
    """
    kind = type(value)
    if kind in _PLAIN or isinstance(value, _MARKS):
        return value
    if isinstance(value, Referable):
        return value.dfm_reference()
    if depth > MAX_DEPTH:
        raise LimitExceeded(
            f"an argument is nested more than {MAX_DEPTH} levels deep",
            hint="a flatter value, or a PlaceParam",
        )
    depth += 1
    if isinstance(value, (list, tuple, set, frozenset)):
        return _sequence(value, depth)
    if isinstance(value, dict):
        return _mapping(value, depth)
    if isinstance(value, type):
        if issubclass(value, Referable):
            raise StructureError(
                f"{value.__name__} is a class, not a statement", hint=f"{value.__name__}(...)"
            )
        return value
    return _record(value, depth)


def _sequence(value: Any, depth: int) -> Any:
    kind = type(value)
    parts = [p if type(p) in _PLAIN else with_references(p, depth) for p in value]
    if kind is list:
        return parts
    if all(a is b for a, b in zip(parts, value, strict=True)) and kind is not set:
        return value
    if hasattr(value, "_fields"):
        return kind(*parts)
    return kind(parts)


def _mapping(value: dict[Any, Any], depth: int) -> Any:
    for key in value:
        if isinstance(key, (Referable, *_MARKS)):
            raise StructureError(
                "a key of a dict can not be a value that is not known yet",
                hint="a list of (key, value) pairs, and an operation that makes the dict",
            )
    parts = {k: v if type(v) in _PLAIN else with_references(v, depth) for k, v in value.items()}
    unchanged = type(value) is not dict and all(parts[k] is v for k, v in value.items())
    return value if unchanged else parts


def _record(value: Any, depth: int) -> Any:
    """Return a dataclass or pydantic model with references in its fields; else the value."""
    changed = {}
    for name, part in _fields(value):
        converted = with_references(part, depth)
        if converted is not part and leaves(converted):
            changed[name] = converted
    if not changed:
        return value
    if isinstance(value, BaseModel):
        return value.model_copy(update=changed)
    return dataclasses.replace(value, **changed)


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield name, value.__dict__.get(name)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield field.name, getattr(value, field.name, None)


def leaves(value: Any) -> tuple[Leaf, ...]:
    """Return every reference, parameter and request for advice in a value, in reading order."""
    found: list[Leaf] = []
    _add_leaves(value, found)
    return tuple(found)


def _add_leaves(value: Any, found: list[Leaf]) -> None:
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind in _LEAVES:
        found.append(value)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            _add_leaves(part, found)
    elif isinstance(value, dict):
        for part in value.values():
            _add_leaves(part, found)
    else:
        for _, part in _fields(value):
            _add_leaves(part, found)


def leaves_by_kind(value: Any) -> Leaves:
    """Return what `leaves` does, but references, parameters and requests for advice apart."""
    found = leaves(value)
    if not found:
        return _KNOWN
    references: dict[NodeRef, None] = {}
    places: list[PlaceParam] = []
    advice: list[Advise] = []
    for leaf in found:
        if isinstance(leaf, NodeRef):
            references[leaf] = None
        elif isinstance(leaf, PlaceParam):
            places.append(leaf)
        else:
            advice.append(leaf)
    return Leaves(tuple(references), tuple(places), tuple(advice))


def references_in(value: Any) -> tuple[NodeRef, ...]:
    """Return every node reference in a value, each once.

    >>> from dfm.api.nodes import make_auto_id
    >>> a, b = make_auto_id(0).to_ref(), make_auto_id(1).to_ref("k")
    >>> [str(ref) for ref in references_in([a, {"deep": (b, a)}])]
    ['%0', '%1.k']
    """
    return leaves_by_kind(value).references


def places_in(value: Any) -> tuple[PlaceParam, ...]:
    """Return every parameter place in a value, as often as it is used."""
    return leaves_by_kind(value).places

"""Templates: arguments in which some values are not known yet.

A template is a value with `Ref`s in it, at any depth. `references` says which places it
reads; `fill` puts their values in, making new containers so that no two calls share one.
A literal that is more than plain JSON travels as `Sealed` bytes that only the site opens.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dfm.errors import SelectionFailed, nearest
from dfm.types import describe


@dataclass(frozen=True, slots=True)
class Item:
    """Selects `value[key]`."""

    key: int | str

    def of(self, value: Any) -> Any:
        """Return the selected part of `value`."""
        return value[self.key]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Selects `value.name`; names that start with an underscore are refused."""

    name: str

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name.startswith("_"):
            raise ValueError(f"{self.name!r} can not be selected: it is no public attribute name")

    def of(self, value: Any) -> Any:
        """Return the selected part of `value`."""
        return getattr(value, self.name)


Selector = Item | Attribute


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a place, or a part of it."""

    place: str
    path: tuple[Selector, ...] = ()

    def of(self, value: Any) -> Any:
        """Follow the selectors from `value`.

        Raises:
            SelectionFailed: where there is no such part, wherever in the path that is.
        """
        for selector in self.path:
            try:
                value = selector.of(value)
            except Exception as error:
                raise _selection_failed(selector, value) from error
        return value


def _selection_failed(selector: Selector, value: Any) -> SelectionFailed:
    # Neither the place nor the rest of the path: where a part is taken is the compiler's choice.
    if isinstance(selector, Attribute):
        return SelectionFailed(f"{describe(value)} has no attribute {selector.name!r}")
    hint = ""
    if isinstance(value, Mapping) and isinstance(selector.key, str):
        hint = nearest(selector.key, [key for key in value if isinstance(key, str)])
    elif isinstance(value, (list, tuple)) and value:
        hint = f"a number from 0 to {len(value) - 1}"
    return SelectionFailed(f"{describe(value)} has no part [{selector.key!r}]", hint=hint)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A literal as its wire bytes. `references` are the `Ref`s inside; `shows` is for people."""

    data: bytes
    references: tuple[Ref, ...] = ()
    shows: str = dataclasses.field(default="", compare=False)


def references(template: Any) -> tuple[Ref, ...]:
    """Return every `Ref` in a template, each once, in order of first sight.

    >>> references([Ref("a"), {"k": (Ref("b"), Ref("a"))}])
    (Ref(place='a', path=()), Ref(place='b', path=()))
    """
    return tuple(dict.fromkeys(_refs(template)))


def places_read(template: Any) -> tuple[str, ...]:
    """Return the places that a template reads, each once, in order of first sight."""
    return tuple(dict.fromkeys(ref.place for ref in _refs(template)))


def _refs(template: Any) -> list[Ref]:
    """Return every `Ref` in a template, as often as it is there."""
    found: list[Ref] = []
    _add_refs(template, found)
    return found


def _add_refs(template: Any, found: list[Ref]) -> None:
    if type(template) in _SCALARS:
        return
    match template:
        case Ref():
            found.append(template)
        case Sealed():
            found += template.references
        case list() | tuple():
            for part in template:
                _add_refs(part, found)
        case set() | frozenset():
            # Sets have an order that differs between processes, and a net must not.
            found += sorted((r for part in template for r in _refs(part)), key=repr)
        case dict():
            for part in template.values():
                _add_refs(part, found)
        case _:
            for _, part in _fields(template):
                _add_refs(part, found)


_SCALARS = frozenset({str, int, float, bool, type(None), bytes})
_PLAIN = frozenset({list, tuple, set, frozenset, dict})


def _refuse(data: bytes) -> Any:
    raise ValueError("the template holds a sealed literal: fill it with the codecs' unseal")


def fill(
    template: Any, value_of: Callable[[Ref], Any], unseal: Callable[[bytes], Any] = _refuse
) -> Any:
    """Return the template with every `Ref` replaced by `value_of(ref)`, sealed literals opened.

    >>> fill([Ref("a"), {"k": (Ref("b"),)}], {Ref("a"): 1, Ref("b"): 2}.__getitem__)
    [1, {'k': (2,)}]
    """
    match template:
        case Ref():
            return value_of(template)
        case Sealed():
            return fill(unseal(template.data), value_of)
        case list() | tuple() | set() | frozenset() | dict() if _is_special(template):
            return template
        case list():
            return [fill(part, value_of, unseal) for part in template]
        case tuple() if hasattr(template, "_fields"):
            return type(template)(*(fill(part, value_of, unseal) for part in template))
        case tuple():
            return tuple(fill(part, value_of, unseal) for part in template)
        case set() | frozenset():
            return type(template)(fill(part, value_of, unseal) for part in template)
        case dict():
            return {key: fill(part, value_of, unseal) for key, part in template.items()}
    changed = {
        name: fill(part, value_of, unseal) for name, part in _fields(template) if _refs(part)
    }
    if not changed:
        return template
    if dataclasses.is_dataclass(template) and not isinstance(template, type):
        return dataclasses.replace(template, **changed)
    return template.model_copy(update=changed)


def _is_special(container: Any) -> bool:
    """Whether a container is of a class of its own, which a copy might lose, and reads nothing."""
    return type(container) not in _PLAIN and not _refs(container)


def _fields(template: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a dataclass or pydantic model; nothing for any other value."""
    if isinstance(template, type):
        return
    if dataclasses.is_dataclass(template):
        for field in dataclasses.fields(template):
            yield field.name, getattr(template, field.name)
    elif hasattr(template, "model_copy"):
        for name in getattr(type(template), "model_fields", ()):
            yield name, getattr(template, name)

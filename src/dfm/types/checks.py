"""Whether a value is of a type, and if not, which part of it is to blame.

It is plain Python, for it runs at sites, on each value that an operation returns. The members
of a list with a plain type are checked by their classes, so that a long list costs little.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from dfm.types.array_values import array_misfit
from dfm.types.arrays import FACETS
from dfm.types.kinds import is_class, is_kind
from dfm.types.limits import OF_NUMBERS, matcher
from dfm.types.names import describe, is_numpy_bool, loaded_class
from dfm.types.showing import shown

if TYPE_CHECKING:
    from dfm.types.model import Type


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a value is not of a type: what is wrong, what was got, and where in the value.

    >>> str(Misfit("expected integer", "str ('x')", (2, "west")))
    "expected integer at [2]['west'], got str ('x')"
    """

    why: str
    got: str
    path: tuple[object, ...] = ()

    def inside(self, part: object) -> Misfit:
        """Return the same, as seen from a value whose part this is about."""
        return replace(self, path=(part, *self.path))

    def __str__(self) -> str:
        where = "".join(f"[{part!r:.80}]" for part in self.path)
        return f"{self.why}{where and f' at {where}'}, got {self.got}"


def misfit(wanted: Type, value: object) -> Misfit | None:
    """Return why a value is not of a type, or None when it is."""
    if wanted.kinds and not any(is_kind(value, kind) for kind in wanted.kinds):
        return Misfit(f"expected {_wanted(wanted)}", describe(value))
    return _beyond_limits(wanted, value) if wanted.limits else None


def _beyond_limits(wanted: Type, value: Any) -> Misfit | None:
    limits = wanted.keywords
    if "enum" in limits and not _is_one_of(value, limits["enum"]):
        return Misfit(f"expected {_wanted(wanted)}", describe(value))
    if isinstance(value, str):
        return _said(_of_text(limits, value), value)
    if is_kind(value, "number"):
        return _said(_of_number(limits, _plain(value)), value)
    if isinstance(value, (list, tuple)):
        return _said(_of_length("List", "Items", "item", limits, value), value) or _of_items(
            wanted, value
        )
    if isinstance(value, Mapping) and not hasattr(value, "data_vars"):
        return _said(_of_names(limits, value), value) or _of_members(wanted, value)
    if not any(name in limits for name in FACETS) or is_numpy_bool(value) or value is None:
        return None
    got = array_misfit(value, limits)
    return Misfit(f"expected {_wanted(wanted)}", got) if got else None


def _said(why: str, value: object) -> Misfit | None:
    return Misfit(why, describe(value)) if why else None


# -- texts and numbers -----------------------------------------------------------------------


def _of_text(limits: Mapping[str, Any], text: str) -> str:
    if "pattern" in limits and not matcher(limits["pattern"])(text):
        return f"String should match pattern {limits['pattern']!r}"
    return _of_length("String", "Length", "character", limits, text)


def _of_length(
    what: str, keyword: str, unit: str, limits: Mapping[str, Any], value: Sequence[Any]
) -> str:
    least, most = limits.get(f"min{keyword}", 0), limits.get(f"max{keyword}", math.inf)
    if len(value) < least:
        return f"{what} should have at least {_counted(least, unit)}"
    if len(value) > most:
        return f"{what} should have at most {_counted(most, unit)}"
    if limits.get("uniqueItems") is True and keyword == "Items" and _has_twice(value):
        return "List should have no item twice"
    return ""


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _has_twice(items: Sequence[Any]) -> bool:
    try:
        return len({(type(item), item) for item in items}) < len(items)
    except TypeError:  # not hashable: lists of lists, which nobody makes long
        return any(_is_one_of(item, items[:number]) for number, item in enumerate(items))


def _of_number(limits: Mapping[str, Any], number: Any) -> str:
    if not any(keyword in limits for keyword in OF_NUMBERS):
        return ""
    # Negated, so that NaN is within no bounds.
    if "minimum" in limits and not number >= limits["minimum"]:
        return f"Input should be greater than or equal to {limits['minimum']}"
    if "maximum" in limits and not number <= limits["maximum"]:
        return f"Input should be less than or equal to {limits['maximum']}"
    if "exclusiveMinimum" in limits and not number > limits["exclusiveMinimum"]:
        return f"Input should be greater than {limits['exclusiveMinimum']}"
    if "exclusiveMaximum" in limits and not number < limits["exclusiveMaximum"]:
        return f"Input should be less than {limits['exclusiveMaximum']}"
    if "multipleOf" in limits and not _is_multiple(number, limits["multipleOf"]):
        return f"Input should be a multiple of {limits['multipleOf']}"
    return ""


def _is_multiple(number: Any, of: float) -> bool:
    if isinstance(number, int) and isinstance(of, int):
        return number % of == 0
    try:
        left = math.fmod(abs(number), of)
    except OverflowError:  # an integer beyond all floats: whatever is left is no share of it
        return True
    except ValueError:  # infinity
        return False
    share = float(abs(number)) / 1e9
    return left <= share or of - left <= share


def _plain(value: Any) -> Any:
    """Return Python's own number for one of a library."""
    if type(value) in (int, float):
        return value
    item: Any = getattr(value, "item", None)
    return item() if callable(item) else value


# -- what has parts --------------------------------------------------------------------------


def _of_items(wanted: Type, items: Sequence[Any]) -> Misfit | None:
    wanted_item = wanted.part("items")
    if not wanted_item.kinds and not wanted_item.limits:
        return None
    if not wanted_item.limits:
        classes = {*map(type, items)}
        first = (next(item for item in items if type(item) is cls) for cls in classes)
        if not any(misfit(wanted_item, item) for item in first):
            return None
    for number, item in enumerate(items):
        if found := misfit(wanted_item, item):
            return found.inside(number)
    return None


def _of_names(limits: Mapping[str, Any], value: Mapping[Any, Any]) -> str:
    for name in limits.get("required", ()):
        if name not in value:
            return f"{name!r} is missing"
    least, most = limits.get("minProperties", 0), limits.get("maxProperties", math.inf)
    if not least <= len(value) <= most:
        bound = f"at least {least}" if len(value) < least else f"at most {most}"
        return f"Object should have {bound} keys"
    if limits.get("additionalProperties") is False and "patternProperties" not in limits:
        known = limits.get("properties", {})
        if others := [name for name in value if name not in known]:
            return f"{others[0]!r:.80} is not one of the keys {_listed(map(repr, known))}"
    return ""


def _of_members(wanted: Type, value: Mapping[Any, Any]) -> Misfit | None:
    others = wanted.part("additionalProperties")
    properties = wanted.properties
    if not properties and not others.kinds and not others.limits:
        return None
    for name, member in value.items():
        wanted_member = properties.get(name) if isinstance(name, str) else None
        if found := misfit(wanted_member or others, member):
            return found.inside(name)
    return None


# -- choices ---------------------------------------------------------------------------------


def _is_one_of(value: object, choices: Iterable[Any]) -> bool:
    value = _jsonlike(value)
    return any(_is_same(value, _jsonlike(choice)) for choice in choices)


def _is_same(a: Any, b: Any) -> bool:
    """Whether two values are equal as JSON has it: true is not 1."""
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_is_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_is_same(part, b[name]) for name, part in a.items())
    same: object = a == b
    return same is True


def _jsonlike(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_jsonlike(part) for part in value]
    if isinstance(value, numbers.Number) or is_numpy_bool(value):
        return _plain(value)
    return value


def _wanted(wanted: Type) -> str:
    """Name a type in a refusal: with its choices, where there are only some."""
    if "enum" in wanted.keywords:
        return f"one of {_listed(map(repr, wanted.keywords['enum']))}"
    return " or ".join(shown(wanted, kind) + _members(kind) for kind in wanted.kinds) or "a value"


def _members(kind: str) -> str:
    """Name the members of an enumeration whose class is loaded; '' for any other kind."""
    cls = loaded_class(kind) if is_class(kind) else None
    if cls is None or not issubclass(cls, Enum):
        return ""
    return f" ({_listed(map(str, cls))})"


def _listed(names: Iterable[str], most: int = 20) -> str:
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if every[most:] else "")

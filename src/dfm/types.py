"""What may travel between operations: types, when one fits another, how large a value is.

A `Type` is the same value whether it came from a `*.dfm.yaml` file (JSON Schema kinds and
dotted class paths) or from a Python annotation, so a federation means the same both ways.
Classes are named, never imported here: a type can be compared on a machine that does not
have the class.
"""

from __future__ import annotations

import json
import numbers
import sys
import types as python_types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin

from dfm.errors import DeclarationError

JSON_KINDS = ("string", "number", "integer", "boolean", "array", "object", "null")

_KIND_OF_CLASS: dict[object, str] = {
    str: "string",
    float: "number",
    int: "integer",
    bool: "boolean",
    list: "array",
    tuple: "array",
    dict: "object",
    type(None): "null",
    None: "null",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A union of kinds; no kinds at all means anything.

    `kinds` holds JSON Schema kinds and dotted class paths, sorted. `limits` is the rest of the
    JSON Schema object (`minimum`, `enum`, `items`, ...) as canonical JSON text.

    >>> str(Type.of("integer", "string"))
    'integer or string'
    >>> Type.of("integer").refusal(2.5)
    'expected integer, got float (2.5)'
    """

    kinds: tuple[str, ...] = ()
    limits: str = ""

    @staticmethod
    def of(*kinds: str, **limits: Any) -> Type:
        """Return the union of `kinds`, narrowed by JSON Schema keywords."""
        text = json.dumps(limits, sort_keys=True, separators=(",", ":")) if limits else ""
        return Type(tuple(sorted(set(kinds))), text)

    @staticmethod
    def of_annotation(annotation: object) -> Type:
        """Return the type a Python annotation means; an annotation we can not read is anything.

        >>> Type.of_annotation(int | None)
        Type(kinds=('integer', 'null'), limits='')
        """
        if annotation is Any or annotation is object or isinstance(annotation, str):
            return ANYTHING
        if annotation in _KIND_OF_CLASS:
            return Type((_KIND_OF_CLASS[annotation],))
        origin = get_origin(annotation)
        if origin is Literal:
            values = get_args(annotation)
            kinds = {_KIND_OF_CLASS.get(type(v), "object") for v in values}
            return Type.of(*kinds, enum=list(values))
        if origin in (Union, python_types.UnionType):
            members = [Type.of_annotation(a) for a in get_args(annotation)]
            if any(not m.kinds for m in members):
                return ANYTHING
            return Type.of(*(k for m in members for k in m.kinds))
        if origin is not None:
            return Type.of_annotation(origin)
        if isinstance(annotation, type):
            return Type((class_path(annotation),))
        return ANYTHING

    def __str__(self) -> str:
        return " or ".join(self.kinds) if self.kinds else "anything"

    def refusal(self, value: object) -> str:
        """Say why `value` is not of this type, or return '' when it is."""
        if not self.kinds:
            return ""
        for kind in self.kinds:
            if _is_kind(value, kind):
                return _limits_refusal(self, value) if self.limits else ""
        return f"expected {_wanted(self)}, got {describe(value)}"

    def may_feed(self, wanted: Type) -> bool:
        """Whether some value of this type can be one of `wanted`; unknown counts as yes."""
        if not self.kinds or not wanted.kinds:
            return True
        return any(_kinds_meet(a, b) for a in self.kinds for b in wanted.kinds)


ANYTHING = Type()


def class_path(cls: type) -> str:
    """Return the dotted path of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"


def describe(value: object) -> str:
    """Name a value's type and show a little of it: `int (3)`, `numpy.ndarray`."""
    cls = type(value)
    name = cls.__name__ if cls.__module__ == "builtins" else class_path(cls)
    if isinstance(value, (str, bytes, list, dict, tuple, numbers.Number)) or _is_numpy_bool(value):
        text = repr(value)
        return f"{name} ({text if len(text) <= 40 else text[:37] + '...'})"
    return name


def loaded_class(path: str) -> type | None:
    """Return the class at a dotted path if its module is loaded already; never imports."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is None:
            continue
        found: object = module
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found if isinstance(found, type) else None
    return None


def _is_kind(value: object, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool) or _is_numpy_bool(value)
        case "integer":
            return type(value) is int or _is_of(value, numbers.Integral)
        case "number":
            return type(value) in (int, float) or _is_of(value, numbers.Real)
        case "null":
            return value is None
        case "array":
            return isinstance(value, (list, tuple))
        case "object":
            # An "object" is a dict or any richer thing (array, dataset, model): federations use
            # the word for both. Plain JSON values of the other kinds are not objects.
            return not isinstance(value, (str, bool, int, float, list, tuple, type(None)))
    cls = loaded_class(kind)
    if cls is not None:
        return isinstance(value, cls)
    return any(class_path(base) == kind for base in type(value).__mro__)


def _is_of(value: object, numeric: type) -> bool:
    """Whether a value is a number of that kind, one of numpy's perhaps; booleans are none."""
    return isinstance(value, numeric) and not isinstance(value, bool)


def _is_numpy_bool(value: object) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_")


def _plain(value: object) -> object:
    """Return Python's own number for one of a library, also in lists, for checking limits."""
    if type(value) in (str, int, float, bool):
        return value
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if type(value) is tuple:
        return tuple(_plain(part) for part in value)
    if isinstance(value, numbers.Number) or _is_numpy_bool(value):
        item: Any = getattr(value, "item", None)
        return item() if callable(item) else value
    return value


def _wanted(wanted: Type) -> str:
    """Name a type in a refusal: with its choices, where there are only some."""
    choices = json.loads(wanted.limits).get("enum") if wanted.limits else None
    if choices is not None:
        return f"one of {_listed(map(repr, choices))}"
    return " or ".join(kind + _members(kind) for kind in wanted.kinds)


def _members(kind: str) -> str:
    """Name the members of an enumeration whose class is loaded; '' for any other kind."""
    cls = None if kind in JSON_KINDS else loaded_class(kind)
    if cls is None or not issubclass(cls, Enum):
        return ""
    return f" ({_listed(map(str, cls))})"


def _listed(names: Iterable[str], most: int = 20) -> str:
    shown = list(names)
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if shown[most:] else "")


def _kinds_meet(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    if {given, wanted} == {"integer", "number"}:
        return True
    given_is_class, wanted_is_class = given not in JSON_KINDS, wanted not in JSON_KINDS
    if given_is_class and wanted_is_class:
        a, b = loaded_class(given), loaded_class(wanted)
        return a is None or b is None or issubclass(a, b) or issubclass(b, a)
    if given_is_class or wanted_is_class:
        return "object" in (given, wanted)
    return False


@lru_cache(maxsize=1024)
def _validator(wanted: Type) -> Any:
    from pydantic import TypeAdapter

    try:
        return _adapter(wanted, TypeAdapter)
    except Exception as error:  # noqa: BLE001  (pydantic and its core raise many kinds)
        raise DeclarationError(
            f"the limits {wanted.limits} of {wanted} make no sense: {error}",
            hint="limits that JSON Schema knows for this kind of value",
        ) from None


def _adapter(wanted: Type, make: Any) -> Any:
    return make(_annotation(wanted.kinds, json.loads(wanted.limits))).validator.validate_python


def _limits_refusal(wanted: Type, value: object) -> str:
    validate = _validator(wanted)
    try:
        validate(_plain(value), strict=True)
    except ValueError as error:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            raise
        if '"enum"' in wanted.limits and "enum" in json.loads(wanted.limits):
            return f"expected {_wanted(wanted)}, got {describe(value)}"
        first = error.errors()[0]
        where = "".join(f"[{part!r}]" for part in first["loc"] if not _is_union_tag(part))
        return f"{first['msg']}{' at ' + where if where else ''}, got {describe(value)}"
    return ""


def _is_union_tag(part: int | str) -> bool:
    return isinstance(part, str) and (
        "[" in part or part in ("int", "float", "str", "bool", "list")
    )


_LIMITS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "pattern": "pattern",
}
_LIMITS_OF_KIND = {
    "string": {"minLength", "maxLength", "pattern"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "array": {"minItems", "maxItems"},
}


def _annotation(kinds: Sequence[str], limits: Mapping[str, Any]) -> Any:
    """Return the pydantic annotation of a union of kinds under JSON Schema keywords."""
    from pydantic import Field

    if "enum" in limits:
        return Literal[tuple(limits["enum"])]
    plain: dict[str, Any] = {
        "string": str, "integer": int, "number": int | float, "boolean": bool, "null": None,
        "array": list[Any] | tuple[Any, ...], "object": Any,
    }  # fmt: skip
    members = []
    for kind in kinds:
        base = plain.get(kind, Any)
        if kind == "array" and isinstance(items := limits.get("items"), Mapping):
            item_kinds = items.get("type", ())
            item_kinds = (item_kinds,) if isinstance(item_kinds, str) else tuple(item_kinds)
            item = _annotation(item_kinds, {k: v for k, v in items.items() if k != "type"})
            base = list[item] | tuple[item, ...]  # type: ignore[valid-type]
        keywords = {_LIMITS[k]: limits[k] for k in _LIMITS_OF_KIND.get(kind, ()) if k in limits}
        if keywords:
            from typing import Annotated

            base = Annotated[base, Field(**keywords)]
        members.append(base)
    return Union[tuple(members)] if members else Any  # noqa: UP007  (a union made at run time)


def estimate_size(value: object) -> int:
    """Return about how many bytes a value takes on the wire; never copies or encodes it.

    >>> estimate_size([1.5, "four"])
    13
    """
    match value:
        case None | bool():
            return 1
        case int() | float():
            return 8
        case str() | bytes() | bytearray():
            return len(value)
        case Mapping():
            return 1 + sum(estimate_size(k) + estimate_size(v) for k, v in value.items())
        case list() | tuple() | set() | frozenset():
            return 1 + sum(estimate_size(v) for v in value)
    size = getattr(value, "nbytes", None)
    if isinstance(size, int):
        return size
    memory = getattr(value, "memory_usage", None)
    if callable(memory):
        used = memory()
        return int(used.sum()) if hasattr(used, "sum") else int(used)
    fields = getattr(value, "__dict__", None)
    return 16 + (estimate_size(fields) if isinstance(fields, dict) and fields else 0)

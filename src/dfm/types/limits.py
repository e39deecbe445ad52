"""The keywords of JSON Schema, and ours, that narrow a type; checked once, when it is made.

    number    minimum maximum exclusiveMinimum exclusiveMaximum multipleOf
    string    minLength maxLength pattern
    array     minItems maxItems uniqueItems items
    object    minProperties maxProperties required properties additionalProperties
    stream    items
    arrays    dtype dims shape units               (see `arrays`)
    any       enum, and size: how many bytes a value takes

A keyword says something of the values it is about and nothing of others. Any further keyword is
kept and has no effect.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from dfm.errors import DeclarationError
from dfm.types.arrays import FACETS, facets_of
from dfm.types.names import describe

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
OF_NUMBERS = (*BOUNDS, "multipleOf")
OF_STRINGS = ("minLength", "maxLength", "pattern")
OF_ITEMS = ("minItems", "maxItems", "uniqueItems", "items")
OF_OBJECTS = (
    *("minProperties", "maxProperties", "required", "properties", "additionalProperties"),
)


@lru_cache(maxsize=1024)
def parsed(limits: str) -> Mapping[str, Any]:
    """Return limits as they were before they became text.

    Raises:
        DeclarationError: when they make no sense.
    """
    if not limits:
        return {}
    try:
        found = json.loads(limits)
    except (ValueError, RecursionError) as error:
        raise _nonsense(f"{error}", limits) from None
    if not isinstance(found, dict):
        raise _nonsense("they are no mapping", limits)
    for keyword, value in found.items():
        if keyword in _SENSE and not _SENSE[keyword](value):
            raise _nonsense(f"{keyword} can not be {describe(value)}", limits)
    if "pattern" in found:
        matcher(found["pattern"])
    facets_of(found)
    return found


def text_of(limits: Mapping[str, Any]) -> str:
    """Return limits as canonical text.

    Raises:
        DeclarationError: when they are no JSON, or make no sense.
    """
    limits = {**limits, **facets_of(limits)} if any(k in limits for k in FACETS) else limits
    try:
        text = json.dumps(limits, sort_keys=True, separators=(",", ":")) if limits else ""
    except (TypeError, ValueError) as error:
        raise _nonsense(f"{error}", f"{limits!r:.100}") from None
    parsed(text)
    return text


def _nonsense(why: str, limits: str) -> DeclarationError:
    return DeclarationError(
        f"the limits {limits[:200]} make no sense: {why}",
        hint="limits that JSON Schema knows for this kind of value",
    )


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_schema(value: object) -> bool:
    return isinstance(value, (dict, bool))


_SENSE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(BOUNDS, _is_number),
    **dict.fromkeys((*COUNTS, "size"), lambda value: type(value) is int and value >= 0),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "pattern": lambda value: isinstance(value, str),
    "enum": lambda value: isinstance(value, list) and bool(value),
    "items": _is_schema,
    "additionalProperties": _is_schema,
    "required": lambda value: isinstance(value, list),
    "properties": lambda value: isinstance(value, dict) and all(map(_is_schema, value.values())),
}


# -- patterns --------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], object]:
    """Return a function that looks for a pattern in a text.

    Python's own engine does it, unless it does not know what is written there (`\\p{L}`); then
    it is the one of pydantic, which is imported for no other pattern.

    Raises:
        DeclarationError: when it is no regular expression.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set": it means what it always did
            return re.compile(_to_the_very_end(pattern)).search
    except (re.error, RecursionError, OverflowError) as error:
        return _other_matcher(pattern, f"{error}")


def _other_matcher(pattern: str, why: str) -> Callable[[str], object]:
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
    except SchemaError:
        raise DeclarationError(
            f"the pattern {pattern[:100]!r} is no regular expression: {why}"
        ) from None


def _to_the_very_end(pattern: str) -> str:
    r"""Return a pattern in which `$` does not stand before a last newline, as in JSON Schema.

    >>> print(_to_the_very_end(r"^[$a]\$$"))
    ^[$a]\$\Z
    """
    if re.search(r"\(\?[a-zA-Z]*m", pattern):  # there, it is the end of each line
        return pattern
    parts = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", pattern, re.DOTALL)
    return "".join(r"\Z" if part == "$" else part for part in parts)

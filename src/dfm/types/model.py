"""The type of a parameter or of what is returned, as one value.

A `Type` is the same value whether it came from a `*.dfm.yaml` file (JSON Schema kinds and
dotted class paths) or from a Python annotation, so a federation means the same both ways.
Classes are named, never imported here: a type can be compared on a machine that does not
have the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dfm.types.checks import misfit
from dfm.types.feeds import agree, is_within, may_feed
from dfm.types.kinds import STREAM
from dfm.types.limits import parsed, text_of
from dfm.types.showing import shown
from dfm.types.sizes import estimated_bytes


@dataclass(frozen=True, slots=True)
class Type:
    """A union of kinds; no kinds at all means anything.

    `kinds` holds JSON Schema kinds, `stream` and dotted class paths, sorted. `limits` is the rest
    of the JSON Schema object (`minimum`, `enum`, `items`, ...) and the facets of arrays (`dtype`,
    `dims`, `shape`, `units`), as canonical JSON text.

    >>> str(Type.of("integer", "string"))
    'integer or string'
    >>> Type.of("integer").refusal(2.5)
    'expected integer, got float (2.5)'
    >>> str(Type.of("numpy.ndarray", dtype="f4", dims=["lat", "lon"], units="K"))
    'numpy.ndarray of float32 (lat, lon) in K'
    """

    kinds: tuple[str, ...] = ()
    limits: str = ""

    def __post_init__(self) -> None:
        """Refuse limits that make no sense, from wherever they came.

        Raises:
            DeclarationError: naming the limit.
        """
        parsed(self.limits)

    @staticmethod
    def of(*kinds: str, **limits: Any) -> Type:
        """Return the union of `kinds`, narrowed by JSON Schema keywords and facets.

        Raises:
            DeclarationError: when the limits make no sense.
        """
        return Type(tuple(sorted(set(kinds))), text_of(limits))

    @staticmethod
    def of_schema(schema: Mapping[str, Any]) -> Type:
        """Return the type that a JSON Schema object means, whose `type` may be any kind."""
        kinds = schema.get("type") or ()
        limits = {name: value for name, value in schema.items() if name != "type"}
        return Type.of(*((kinds,) if isinstance(kinds, str) else kinds), **limits)

    @staticmethod
    def of_annotation(annotation: object) -> Type:
        """Return the type a Python annotation means; an annotation we can not read is anything.

        >>> str(Type.of_annotation(list[int] | None))
        'array of integer or null'
        """
        from dfm.types.annotations import type_of  # it makes types

        return type_of(annotation)

    def __str__(self) -> str:
        return shown(self)

    @property
    def keywords(self) -> Mapping[str, Any]:
        """The limits by keyword."""
        return parsed(self.limits)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema object that means this type."""
        kinds = self.kinds[0] if len(self.kinds) == 1 else list(self.kinds)
        return {"type": kinds, **self.keywords} if self.kinds else {**self.keywords}

    def part(self, keyword: str) -> Type:
        """Return the type under `items` or `additionalProperties`; anything when there is none."""
        return _part(self.limits, keyword)

    @property
    def properties(self) -> Mapping[str, Type]:
        """The types of the members of a dict that have a type of their own."""
        return _properties(self.limits)

    @property
    def streamed(self) -> Type:
        """The type of each item, when what was declared with this type arrives as a stream.

        A federation may declare a generator by the type of its items, or as an array of them.
        """
        return self.part("items") if {STREAM, "array"} & {*self.kinds} else self

    def refusal(self, value: object) -> str:
        """Say why `value` is not of this type, or return '' when it is."""
        found = misfit(self, value) if self.kinds or self.limits else None
        return str(found) if found else ""

    def may_feed(self, wanted: Type) -> bool:
        """Whether some value of this type can be one of `wanted`; unknown counts as yes."""
        return may_feed(self, wanted)

    def is_within(self, wanted: Type) -> bool:
        """Whether every value of this type is one of `wanted`; unknown counts as no."""
        return is_within(self, wanted)

    def agrees_with(self, other: Type) -> bool:
        """Whether this and another declaration of one thing differ at most in details unsaid."""
        return agree(self, other)

    def estimated_bytes(self) -> int | None:
        """Return about how many bytes each value takes; None when the type does not tell.

        >>> Type.of("numpy.ndarray", dtype="float32", shape=[64, 128]).estimated_bytes()
        32768
        """
        return estimated_bytes(self)


ANYTHING = Type()


@lru_cache(maxsize=1024)
def _part(limits: str, keyword: str) -> Type:
    found = parsed(limits).get(keyword)
    return Type.of_schema(found) if isinstance(found, dict) else ANYTHING


@lru_cache(maxsize=1024)
def _properties(limits: str) -> Mapping[str, Type]:
    found = parsed(limits).get("properties", {})
    return {name: Type.of_schema(s) for name, s in found.items() if isinstance(s, dict)}

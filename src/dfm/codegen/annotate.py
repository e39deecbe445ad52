"""Types as annotations of Python, for type checkers.

Modules are imported under names that begin with an underscore, which no parameter or operation
has, so no name of a federation can hide what an annotation means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dfm.codegen.text import is_importable
from dfm.types import STREAM, Type
from dfm.types.kinds import JSON_KINDS

_PLAIN = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "null": "None",
}
_ANY = "_t.Any"
_STANDARD = frozenset(("datetime", "decimal", "pathlib", "uuid"))


@dataclass
class Imports:
    """The modules that annotations of one file name, in the order they were asked for."""

    modules: list[str] = field(default_factory=list)

    def alias(self, module: str) -> str:
        """Return the name that a module has in the file."""
        if module not in self.modules:
            self.modules.append(module)
        return f"_m{self.modules.index(module)}"

    def lines(self) -> list[str]:
        """Return the import statements."""
        return [f"import {module} as {self.alias(module)}" for module in self.modules]


@dataclass(frozen=True)
class Annotator:
    """Writes types; knows the classes of schemas by type, as `(module, name)`."""

    schemas: Mapping[Type, tuple[str, str]]
    imports: Imports
    inside: tuple[str, ...] = ()
    here: str = ""

    def annotation(self, wanted: Type) -> str:
        """Return the annotation of a value of a type, written where one is wanted."""
        if (known := self.schemas.get(wanted)) is not None and self.here != ".".join(known):
            return self._schema(known)
        if (choices := choices_of(wanted)) is not None:
            return choices
        if not wanted.kinds:
            return _ANY
        found = list(dict.fromkeys(self._kind(kind, wanted) for kind in wanted.kinds))
        return _ANY if _ANY in found else " | ".join(found)

    def _schema(self, known: tuple[str, str]) -> str:
        module, name = known
        own = self.here.rpartition(".")[0]
        there = name if module == own else f"{self.imports.alias(module)}.{name}"
        return there if self.here else f"{there} | _t.Mapping[str, _t.Any]"

    def _kind(self, kind: str, wanted: Type) -> str:
        match kind:
            case "array":
                return self._array(wanted.part("items"))
            case "object" if wanted.properties or "additionalProperties" in wanted.keywords:
                members = self._part(wanted.part("additionalProperties"))
                return f"_t.Mapping[str, {_ANY if wanted.properties else members}]"
            case "object":
                return _ANY  # an array, a dataset, a model: the word is used for all of them
        if kind == STREAM:
            return f"_t.Iterable[{_ANY}] | _t.AsyncIterable[{_ANY}]"
        return _PLAIN[kind] if kind in JSON_KINDS else self._class(kind)

    def _array(self, items: Type) -> str:
        inside = self._part(items)
        if self.here:
            return f"list[{inside}]"
        if not items.kinds or "string" in items.kinds:
            # A text is a sequence of texts to a type checker, and no array.
            return f"list[{inside}] | tuple[{inside}, ...]"
        return f"_t.Sequence[{inside}]"

    def _part(self, wanted: Type) -> str:
        found = self.annotation(wanted)
        return found if found == _ANY else " | ".join((found, *self.inside))

    def _class(self, path: str) -> str:
        """Return a class by its path: all before the first word that looks like a class."""
        words = path.split(".")
        if not is_importable(path):
            return _ANY
        if self.here and words[0] not in _STANDARD:
            return _ANY  # the annotations of schemas are looked up when they are imported
        cut = next((i for i, word in enumerate(words) if i and word[:1].isupper()), len(words) - 1)
        return f"{self.imports.alias('.'.join(words[:cut]))}.{'.'.join(words[cut:])}"


def choices_of(wanted: Type) -> str | None:
    """Return the annotation of a type that lists its values, if all of them are plain."""
    choices: list[Any] = wanted.keywords.get("enum") or []
    if not choices or not all(c is None or type(c) in (str, int, bool) for c in choices):
        return None
    return f"_t.Literal[{', '.join(map(repr, choices))}]"


def default_text(default: object) -> str:
    """Return how a default is shown: as it is when it is plain, else `...`."""
    plain = default is None or type(default) in (str, int, bool)
    plain = plain or (type(default) is float and math.isfinite(default))
    return repr(default) if plain and len(repr(default)) < 80 else "..."

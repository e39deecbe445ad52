"""Types as people read them: `numpy.ndarray of float32 (lat, lon) in K`, `array of integer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfm.types import arrays
from dfm.types.kinds import STREAM, is_class

if TYPE_CHECKING:
    from dfm.types.model import Type


def shown(type_: Type, kind: str | None = None) -> str:
    """Return a type as text, or only one of its kinds."""
    if kind is None:
        return " or ".join(shown(type_, one) for one in type_.kinds) or "anything"
    if kind in ("array", STREAM):
        return kind + _of(type_.part("items"))
    if kind == "object":
        return kind + _of(type_.part("additionalProperties")) + arrays.shown(type_.keywords)
    return kind + (arrays.shown(type_.keywords) if is_class(kind) else "")


def _of(part: Type) -> str:
    if not part.kinds:
        return ""
    return f" of ({part})" if len(part.kinds) > 1 else f" of {part}"

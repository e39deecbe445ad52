"""Any value as JSON or as a line of text, for results that leave through a terminal or a pipe.

Showing is not sending: what JSON can not hold becomes a short summary here, and can not be read
back. Values travel between sites through `dfm.wire`.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from dfm.report.amounts import format_bytes
from dfm.types import class_path, estimate_size

_DEEPEST = 40
_LONGEST_SUMMARY = 200
_CONTAINERS = (Mapping, list, tuple, set, frozenset)


def to_json(value: object, *, depth: int = 0) -> Any:
    """Return a value that JSON can hold; where it can not, an object with a `summary`.

    >>> to_json({1860: (280.5, float("nan"))})
    {'1860': [280.5, {'summary': 'nan'}]}
    >>> to_json(b"1234")
    {'summary': 'bytes, 4 B'}
    """
    if depth > _DEEPEST:
        return {"summary": summary(value)}
    match value:
        case Enum():
            return to_json(value.value, depth=depth + 1)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"summary": str(value)}
        case date() | datetime() | time():
            return value.isoformat()
        case UUID() | PurePath() | Decimal():
            return str(value)
        case Mapping() if not _is_described(value):
            return {str(k): to_json(v, depth=depth + 1) for k, v in value.items()}
        case list() | tuple():
            return [to_json(v, depth=depth + 1) for v in value]
        case set() | frozenset():
            return [to_json(v, depth=depth + 1) for v in sorted(value, key=repr)]
    return _object_to_json(value, depth)


def _object_to_json(value: object, depth: int) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: to_json(getattr(value, name), depth=depth + 1) for name in names}
    if callable(dump := getattr(value, "model_dump", None)):
        return to_json(dump(), depth=depth + 1)
    if getattr(value, "shape", None) == () and callable(item := getattr(value, "item", None)):
        return to_json(item(), depth=depth + 1)
    return {"summary": summary(value)}


def one_line(value: object, *, longest: int = 400) -> str:
    """Return a value as one line of text: a string as it is, JSON where it can be, else a summary.

    >>> one_line("as it is"), one_line([1, {"k": None}]), one_line(b"12")
    ('as it is', '[1, {"k": null}]', 'bytes, 2 B')
    """
    shown = to_json(value)
    if isinstance(shown, dict) and shown.keys() == {"summary"}:
        text = str(shown["summary"])
    else:
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    text = " ".join(text.split("\n"))
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def summary(value: object) -> str:
    """Say of which type a value is, of which shape, and how large.

    >>> summary(1 + 2j), summary(bytes(2_000))
    ('complex, (1+2j)', 'bytes, 2 kB')
    """
    cls = type(value)
    parts = [cls.__name__ if cls.__module__ == "builtins" else class_path(cls)]
    shape, kind = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, tuple):
        parts.append(f"shape {'×'.join(map(str, shape)) or 'of one value'}")
    if kind is not None:
        parts.append(str(kind))
    if isinstance(shape, tuple) or isinstance(value, (bytes, bytearray, memoryview)):
        parts.append(format_bytes(estimate_size(value)))
    elif _is_described(value) or (not isinstance(value, _CONTAINERS) and _has_text(cls)):
        parts.append(_shortened(str(value)))
    return ", ".join(parts)


def _is_described(value: object) -> bool:
    """Whether a mapping is more than its items, as datasets and groups with attributes are."""
    return isinstance(value, Mapping) and hasattr(type(value), "attrs")


def _has_text(cls: type) -> bool:
    """Whether instances say more than where in memory they are."""
    own = cls.__mro__[:-1]
    return any("__str__" in vars(c) or "__repr__" in vars(c) for c in own)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[:_LONGEST_SUMMARY]}…"

"""Arguments as JSON and back, without losing what they were.

JSON-like values stay as they are. Tuples, sets, bytes, times and the like become a dict with
a `tag` of ours, and so does a user's dict that could be mistaken for one. Only the tags in
this file are read: no class is found by name, nothing is imported, nothing is unpickled.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, PlainSerializer, SerializationInfo

from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.references import MAX_DEPTH
from dfm.errors import ArgumentError, DfmError, LimitExceeded, StructureError
from dfm.federation.models import MISSING
from dfm.types import describe

PICKLE_TAG = "__dfm__pickled__"
_PREFIX = "@dfm-"
_MICROSECOND = dt.timedelta(microseconds=1)

_TEXTS: dict[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    bytes: ("@dfm-bytes", lambda v: b64encode(v).decode(), lambda t: b64decode(t, validate=True)),
    bytearray: (
        "@dfm-bytearray",
        lambda v: b64encode(v).decode(),
        lambda t: bytearray(b64decode(t, validate=True)),
    ),
    dt.datetime: ("@dfm-datetime", dt.datetime.isoformat, dt.datetime.fromisoformat),
    dt.date: ("@dfm-date", dt.date.isoformat, dt.date.fromisoformat),
    dt.time: ("@dfm-time", dt.time.isoformat, dt.time.fromisoformat),
    dt.timedelta: (
        "@dfm-timedelta",
        lambda v: str(v // _MICROSECOND),
        lambda t: int(t) * _MICROSECOND,
    ),
    UUID: ("@dfm-uuid", str, UUID),
    Decimal: ("@dfm-decimal", str, Decimal),
    complex: ("@dfm-complex", str, complex),
    type(Path()): ("@dfm-path", str, Path),
}
_GROUPS: dict[type, str] = {
    tuple: "@dfm-tuple",
    set: "@dfm-set",
    frozenset: "@dfm-frozenset",
}
_FLOAT = "@dfm-float"
_DICT = "@dfm-dict"

_TEXT_READERS = {tag: read for tag, _, read in _TEXTS.values()} | {_FLOAT: float}
_GROUP_READERS: dict[str, Callable[[Iterable[Any]], Any]] = {v: k for k, v in _GROUPS.items()}
_MARK_READERS = {cls.dfm_tag: cls.model_validate for cls in (NodeId, PlaceParam, BestOf, Advise)}


class _ArgumentMark:
    """Marks the fields whose values are encoded here."""


def encode(value: Any, *, keep_unknown: bool = False, depth: int = 0) -> Any:
    """Return a value as JSON-like data.

    >>> encode({"span": (1860, 1889), 7: b"x"})["items"][1]
    [7, {'tag': '@dfm-bytes', 'text': 'eA=='}]

    Raises:
        ArgumentError: for a value that has no JSON form, unless `keep_unknown`.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if depth > MAX_DEPTH:
        raise LimitExceeded(f"an argument is nested more than {MAX_DEPTH} levels deep")

    def part(inner: Any) -> Any:
        return encode(inner, keep_unknown=keep_unknown, depth=depth + 1)

    if isinstance(value, Enum):
        return _unknown(value, keep_unknown)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _text(_FLOAT, str(float(value)))
    if kind is list:
        return [part(v) for v in value]
    if kind is dict:
        return _encode_dict(value, part)
    if kind is NodeRef:
        return value.model_dump(mode="json")
    if kind in (PlaceParam, BestOf, Advise, NodeId):
        return value.model_dump(mode="json")
    if tag := _GROUPS.get(kind):
        items = [part(v) for v in value]
        if kind is not tuple:
            items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=repr))
        return {"tag": tag, "items": items}
    if known := _TEXTS.get(kind):
        return _text(known[0], known[1](value))
    if isinstance(value, (str, int)):
        return str(value) if isinstance(value, str) else int(value)
    return _unknown(value, keep_unknown)


def _text(tag: str, text: str) -> dict[str, str]:
    return {"tag": tag, "text": text}


def _encode_dict(value: dict[Any, Any], part: Callable[[Any], Any]) -> dict[str, Any]:
    tag = value.get("tag")
    mistakable = isinstance(tag, str) and (tag.startswith(_PREFIX) or tag == PICKLE_TAG)
    if not mistakable and all(type(key) is str for key in value):
        return {key: part(v) for key, v in value.items()}
    return {"tag": _DICT, "items": [[part(k), part(v)] for k, v in value.items()]}


SCHEMA_MARK = "__dfm_schema__"
"""The attribute of classes that were generated for schemas."""


def _unknown(value: Any, keep: bool) -> Any:
    if keep:
        return value
    if isinstance(value, BaseModel) and hasattr(type(value), SCHEMA_MARK):
        # What reads it gets a dict, which fits the schema as well. No other class is given up.
        return encode(value.model_dump(mode="json", by_alias=True, exclude_unset=True))
    raise ArgumentError(
        f"{describe(value)} has no JSON form",
        hint="PlaceParam(place=...), and the value in the parameter set; or what it holds, as JSON",
    )


def decode(data: Any) -> Any:
    """Return the value that `encode` made the data of.

    >>> decode(encode({1: ({"tag": "@dfm-node"}, b"x")}))
    {1: ({'tag': '@dfm-node'}, b'x')}

    Raises:
        StructureError: for a tag that is not ours, or data that does not fit its tag.
    """
    if isinstance(data, list):
        return [decode(part) for part in data]
    if not isinstance(data, dict):
        return data
    tag = data.get("tag")
    if isinstance(tag, str) and (tag.startswith(_PREFIX) or tag == PICKLE_TAG):
        return _decode_tagged(tag, data)
    inner = data.get("id")
    if isinstance(inner, dict) and inner.get("tag") == NodeId.dfm_tag:
        return NodeRef.model_validate(data)
    return {key: decode(part) for key, part in data.items()}


def _decode_tagged(tag: str, data: dict[str, Any]) -> Any:
    try:
        if read := _MARK_READERS.get(tag):
            return read(data)
        if read_text := _TEXT_READERS.get(tag):
            return read_text(data["text"])
        if gather := _GROUP_READERS.get(tag):
            return gather(decode(part) for part in data["items"])
        if tag == _DICT:
            return {decode(key): decode(part) for key, part in data["items"]}
    except DfmError:
        raise
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise StructureError(
            f"data tagged {tag!r} is damaged: {error}", hint="save the pipeline again"
        ) from None
    raise StructureError(
        f"data tagged {tag!r} is not read from a pipeline",
        hint="a PlaceParam; pickled values in pipelines are never opened"
        if tag == PICKLE_TAG
        else "a newer version of dfm, if one wrote this",
    )


def _dump_argument(value: Any, info: SerializationInfo) -> Any:
    return None if value is MISSING else encode(value, keep_unknown=info.mode == "python")


Argument = Annotated[Any, _ArgumentMark(), PlainSerializer(_dump_argument)]
"""Any value, with references and parameters at any depth; saved in the form of this file."""

Arguments = Annotated[list[Any], _ArgumentMark(), PlainSerializer(_dump_argument)]
"""A list of such values."""


def is_argument(metadata: Iterable[object]) -> bool:
    """Whether a field with this metadata is an `Argument`."""
    return any(isinstance(mark, _ArgumentMark) for mark in metadata)

"""Arguments: from what an author wrote to templates, and from templates to what a net can say.

Between the two, templates hold values as they are, so that passes can rename the places in
them. Only at the end is what is more than plain JSON sealed into bytes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from dfm.api import Advise, NodeRef, PlaceParam
from dfm.api.references import leaves
from dfm.errors import ArgumentError, NoCodec
from dfm.net.model import START
from dfm.net.template import Attribute, Item, Ref, Sealed, fill, references
from dfm.net.text import has_text_form
from dfm.types import class_path

if TYPE_CHECKING:
    from dfm.wire import Codecs

_SCALARS = frozenset({type(None), bool, int, float, str, bytes})


def to_template(value: Any) -> Any:
    """Return a value with places instead of node references and parameters, at any depth."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is list:
        return [to_template(part) for part in value]
    if kind is dict:
        return {key: to_template(part) for key, part in value.items()}
    match value:
        case NodeRef():
            return to_ref(value)
        case PlaceParam():
            return Ref(START + value.place)
        case Advise():
            return value
    return _rebuilt(value) if leaves(value) else value


def _rebuilt(value: Any) -> Any:
    """Return a container or record with places in it."""
    match value:
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*map(to_template, value))
        case list() | tuple() | set() | frozenset():
            return type(value)(map(to_template, value))
        case dict():
            return {key: to_template(part) for key, part in value.items()}
        case BaseModel():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            return value.model_copy(update=_changed(fields))
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return dataclasses.replace(value, **_changed(fields))


def _changed(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: to_template(value) for name, value in fields.items() if leaves(value)}


def to_ref(ref: NodeRef) -> Ref:
    """Return the place of a node's value, with the selectors that follow."""
    path = (
        Item(selector) if subscribed else Attribute(str(selector))
        for selector, subscribed in ref.selectors
    )
    return Ref(ref.id.as_identifier(), tuple(path))


def renamed(template: Any, refs: Mapping[Ref, Ref]) -> Any:
    """Return a template or condition that reads these places instead of those."""
    return fill(template, lambda ref: refs.get(ref, ref)) if refs else template


def seal(template: Any, codecs: Codecs, *, title: str, at: str) -> Any:
    """Return a template as it stands in a net: plain JSON and places, or sealed bytes.

    Raises:
        ArgumentError: for a value that can not travel.
    """
    if has_text_form(template):
        return template
    try:
        data = codecs.seal(template)
    except NoCodec as error:
        message = f"{title} can not travel: {error.message}"
        raise ArgumentError(message, at=at, hint=error.hint) from error
    return Sealed(data, references(template), _shows(template))


def _shows(value: Any) -> str:
    """Name what is sealed, in a way that is the same in every process."""
    cls = type(value)
    if cls is bytes:
        return f"bytes {value[:20]!r}" + ("..." if len(value) > 20 else "")
    name = cls.__name__ if cls.__module__ == "builtins" else class_path(cls)
    return f"{name} of {len(value)}" if isinstance(value, (list, tuple, set, dict)) else name

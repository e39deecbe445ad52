"""What adapters return, held against what their operations declare.

A stream is held against it item by item, as they come. Where only the class of an item matters,
each class is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dfm.errors import WrongReturn
from dfm.types import Type

Check = Callable[[Any], None]


def check_returned(declared: Type | None, site: str, operation: str, value: object) -> None:
    """Raise WrongReturn when a value is not of the declared type."""
    if declared is not None and (refusal := declared.refusal(value)):
        raise _wrong(site, operation, refusal)


def item_check(declared: Type | None, site: str, operation: str) -> Check | None:
    """Return what raises WrongReturn for an item of a stream that is not as declared.

    None when every item is. An operation that streams may declare what the items are, or an
    array or a stream of them.
    """
    item = declared.streamed if declared is not None else None
    if item is None or not (item.kinds or item.limits):
        return None
    accepted: set[type] = set()

    def check(value: Any) -> None:
        if type(value) in accepted:
            return
        if refusal := item.refusal(value):
            raise _wrong(site, operation, refusal, what="gave an item that")
        if not item.limits:
            accepted.add(type(value))

    return check


def _wrong(site: str, operation: str, refusal: str, what: str = "returned what") -> WrongReturn:
    return WrongReturn(
        f"{operation} at site {site!r} {what} it does not declare: {refusal}",
        hint="another `returns` in the federation, or an adapter that keeps to it",
    )

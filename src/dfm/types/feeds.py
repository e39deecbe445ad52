"""Whether what one operation returns can be what another wants, and whether two types agree.

Unknown counts as yes: an undeclared type, dtype, dimension or unit fits whatever is wanted. A
stream fits a parameter for streams or objects, but not one for arrays: it arrives as an iterator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfm.types.arrays import FACETS, facets_meet
from dfm.types.kinds import STREAM, has_facets, kinds_meet
from dfm.types.limits import BOUNDS, COUNTS
from dfm.types.names import class_path, loaded_class

if TYPE_CHECKING:
    from dfm.types.model import Type

_OF_ITEMS = ("array", STREAM)
_DATASETS = frozenset({"xarray.Dataset", "xarray.core.dataset.Dataset"})
_LOWER = frozenset(n for n in (*BOUNDS, *COUNTS) if "min" in n.lower())
_UPPER = frozenset(n for n in (*BOUNDS, *COUNTS) if "max" in n.lower())
_DETAILS = frozenset((*FACETS, "items", "additionalProperties", "minItems", "maxItems", "size"))


def may_feed(given: Type, wanted: Type) -> bool:
    """Whether some value of one type can be one of the other.

    An empty list is of every type of lists, but lists of integers are not meant for texts.
    """
    if given == wanted or not given.kinds or not wanted.kinds:
        return True
    return any(_meet(given, a, wanted, b) for a in given.kinds for b in wanted.kinds)


def _meet(given: Type, kind: str, wanted: Type, other: str) -> bool:
    if not kinds_meet(kind, other):
        return False
    if kind in _OF_ITEMS and other in _OF_ITEMS:
        return may_feed(given.part("items"), wanted.part("items"))
    members = "additionalProperties"
    if kind == other == "object" and not may_feed(given.part(members), wanted.part(members)):
        return False
    if has_facets(kind) and has_facets(other):
        dataset = not _DATASETS.isdisjoint((kind, other))
        return facets_meet(given.keywords, wanted.keywords, dataset=dataset)
    return True


def is_within(given: Type, wanted: Type) -> bool:
    """Whether every value of one type is of the other as well; whoever is not sure says no.

    Of two classes only the same one is within; of limits the same ones, or narrower bounds.
    """
    if given == wanted or wanted == given.__class__():
        return True
    if not given.kinds or not wanted.kinds:
        return False
    has = {*wanted.kinds, *(("integer",) if "number" in wanted.kinds else ())}
    return {*given.kinds} <= has and all(_term_within(given, wanted, k) for k in wanted.keywords)


def _term_within(given: Type, wanted: Type, keyword: str) -> bool:
    """Whether what is given keeps one limit of what is wanted, by its own limit of that name."""
    has, limit = given.keywords.get(keyword), wanted.keywords[keyword]
    if has is None:
        return False
    if keyword == "items" and isinstance(has, dict) and isinstance(limit, dict):
        return is_within(given.part(keyword), wanted.part(keyword))
    if keyword in _LOWER or keyword in _UPPER:
        return bool(has >= limit if keyword in _LOWER else has <= limit)
    if keyword == "additionalProperties" and given.properties != wanted.properties:
        return False  # which are the other properties depends on which are not
    return bool(has == limit)


def agree(one: Type, other: Type) -> bool:
    """Whether two declarations of one thing agree: one may tell details that the other does not.

    A stream agrees with the type of its items, which is how streams used to be declared.
    """
    if one == other:
        return True
    if (one.kinds == (STREAM,)) is not (other.kinds == (STREAM,)):
        stream, plain = (one, other) if one.kinds == (STREAM,) else (other, one)
        return agree(stream.part("items"), plain)
    if {*map(_known, one.kinds)} != {*map(_known, other.kinds)}:
        return False
    return all(_terms_agree(one, other, name) for name in {*one.keywords, *other.keywords})


def _terms_agree(one: Type, other: Type, keyword: str) -> bool:
    if keyword not in one.keywords or keyword not in other.keywords:
        return keyword in _DETAILS
    if keyword in ("items", "additionalProperties"):
        return agree(one.part(keyword), other.part(keyword))
    return bool(one.keywords[keyword] == other.keywords[keyword])


def _known(kind: str) -> str:
    """Return the path of the class that a kind names, which may have several."""
    cls = loaded_class(kind)
    return kind if cls is None else class_path(cls)

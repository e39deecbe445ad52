"""Writing the values of a net's text form: templates, and conditions over them.

Literals are JSON (with NaN and Infinity). Apart from the lines, which `text_write.py` writes;
`text_read_values.py` reads all of this back.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from dfm.errors import InternalError, LimitExceeded
from dfm.net.condition import And, Compare, Not, Or
from dfm.net.lexemes import MAX_BITS, MAX_DEPTH, write_name, write_string, write_word
from dfm.net.template import Attribute, Item, Ref, Sealed, Selector

_SCALARS = frozenset({type(None), bool, float, str, Ref, Sealed})


def has_text_form(template: object) -> bool:
    """Whether a template can stand in a net as it is, and come back as exactly what it was.

    >>> has_text_form({"a": [1, None, Ref("node0")]}), has_text_form((1, 2)), has_text_form({1: 2})
    (True, False, False)
    """
    return _can_stand(template, MAX_DEPTH)


def _can_stand(template: object, depth: int) -> bool:
    kind = type(template)
    if kind in _SCALARS:
        return True
    if isinstance(template, list):
        return kind is list and depth > 0 and all(_can_stand(v, depth - 1) for v in template)
    if isinstance(template, dict):
        whole = kind is dict and depth > 0 and all(type(k) is str for k in template)
        return whole and all(_can_stand(v, depth - 1) for v in template.values())
    return kind is int and isinstance(template, int) and template.bit_length() <= MAX_BITS


def format_template(template: Any, depth: int = MAX_DEPTH) -> str:
    """Return the text form of a template: JSON, places with selectors, and sealed literals.

    `depth` is how deep it may be.

    Raises:
        InternalError: for a template that holds something without a text form.
        LimitExceeded: for one that is nested too deep.
    """
    match template:
        case Ref(place, path):
            return write_name(place) + "".join(map(_selector, path))
        case Sealed(data, references, shows):
            parts = [write_string(b64encode(data).decode()), *map(format_template, references)]
            return f"sealed({', '.join([*parts, write_string(shows)])})"
        case str():
            return write_string(template)
        case list():
            inner = _inner(depth)
            return f"[{', '.join(format_template(v, inner) for v in template)}]"
        case dict() if all(type(k) is str for k in template):
            inner = _inner(depth)
            items = (f"{write_string(k)}: {format_template(v, inner)}" for k, v in template.items())
            return f"{{{', '.join(items)}}}"
    if has_text_form(template):
        return json.dumps(template)
    raise InternalError(f"a {type(template).__name__} has no place in the text form of a net")


def _selector(selector: Selector) -> str:
    match selector:
        case Item(key):
            return f"[{write_string(key) if isinstance(key, str) else key}]"
        case Attribute(name):
            return f".{write_word(name)}"


def _inner(depth: int) -> int:
    if depth == 0:
        raise LimitExceeded(f"a literal or condition is nested more than {MAX_DEPTH} levels deep")
    return depth - 1


# -- conditions -----------------------------------------------------------------------------


def format_condition(condition: Any, depth: int = MAX_DEPTH) -> str:
    """Return the text form of a condition, with no more parentheses than reading needs.

    >>> a, b, c = Ref("a"), Ref("b"), Ref("c")
    >>> format_condition(Or((And((a, Not(Compare("<", b, 1)))), And((Or((a, b)), c)))))
    'a and not b < 1 or (a or b) and c'

    Raises:
        InternalError: for one that holds something without a text form.
        LimitExceeded: for one that is nested too deep.
    """
    match condition:
        case Compare(operator, left, right):
            return f"{_within(left, depth)} {operator} {_within(right, depth)}"
        case Not(Not() | Compare() as part):
            return f"not {format_condition(part, _inner(depth))}"
        case Not(part):
            return f"not {_within(part, _inner(depth))}"
        case And((_, _, *_) as parts):
            return " and ".join(_within(p, depth, Compare, Not) for p in parts)
        case Or((_, _, *_) as parts):
            return " or ".join(_within(p, depth, Compare, Not, And) for p in parts)
        case And(parts):
            return f"and({_listed(parts, depth)})"
        case Or(parts):
            return f"or({_listed(parts, depth)})"
    return format_template(condition, depth)


def _within(part: Any, depth: int, *bare: type) -> str:
    """Return a part of a condition, in parentheses unless it needs none where it stands."""
    is_several = isinstance(part, (And, Or)) and len(part.parts) > 1
    if isinstance(part, bare) or not (is_several or isinstance(part, (Compare, Not))):
        return format_condition(part, depth)
    return f"({format_condition(part, _inner(depth))})"


def _listed(parts: Iterable[Any], depth: int) -> str:
    inner = _inner(depth)
    return ", ".join(format_condition(part, inner) for part in parts)

"""What people call what would be sent: a value, a part of it, or what is made of it."""

from __future__ import annotations

from typing import Any

from dfm.compiler.lines import AnyLine, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.federation.policies import Ingredient, Verdict
from dfm.net.loops import Ended
from dfm.net.template import Ref
from dfm.net.transitions import Branch, Let, Lookup
from dfm.report.model import ANSWER, COUNT, END, FOUND, ITEMS, VALUE
from dfm.types import ANYTHING

WHOLE, PART = "", "a part"
_NAMES = {
    ITEMS: "an item of a loop",
    COUNT: "how many items a loop has",
    ANSWER: "the answer to a condition",
    FOUND: "whether a cache has something",
}
_CONTAINERS: dict[type, str] = {
    list: "a list",
    tuple: "a tuple",
    dict: "a dictionary",
    set: "a set",
}


def form_of(template: Any) -> str:
    """Return what a template makes of what it reads: it is the whole, a part, or a list, say."""
    if isinstance(template, Ref):
        return PART if template.path else WHOLE
    kind: type = type(template)
    return _CONTAINERS.get(kind, "a value")


def forms_read(line: AnyLine | None, place: str) -> tuple[str, ...]:
    """Return the forms in which a line reads what is in a place."""
    if isinstance(line, Delivery):
        return (form_of(line.value),) if line.refs else (WHOLE,)
    refs = () if line is None else line.refs
    return tuple(dict.fromkeys(form_of(ref) for ref in refs if ref.place == place)) or (WHOLE,)


def subject_of(line: AnyLine | None, place: str, form: str, ingredient: Ingredient) -> str:
    """Return what people call what is in a place, in some form, and what it is made of."""
    made = f"made of what {ingredient.operation} returns at {ingredient.site!r},"
    if form not in (WHOLE, PART):
        return f"{form}, {made}"
    name = f"{'a part of ' if form else ''}{_name(line, place)}"
    is_direct = isinstance(line, Step) and line.operation == ingredient.operation
    return name if is_direct else f"{name}, {made}"


def _name(line: AnyLine | None, place: str) -> str:
    kind = kind_of(line, place)
    match line:
        case _ if kind in _NAMES:
            return _NAMES[kind]
        case Step(operation=operation):
            return f"what {operation} returns"
        case Glue(title=title) if title:
            return title
    return "a value"


def kind_of(line: AnyLine | None, place: str) -> str:
    """Return what is in a place that a line fills, as a report calls it."""
    match line:
        case Scope(count=count):
            return COUNT if place == count else ITEMS
        case Glue(does=Branch() | Let(value=None)):
            return ANSWER
        case Glue(does=Lookup(hit=hit)) if place != hit:
            return FOUND
        case Glue(does=Ended()) | Delivery():
            return END
    return VALUE


def lacks_type(verdict: Verdict) -> bool:
    """Whether something may not be sent because rules for types are not for what has none."""
    return verdict.why.endswith(_UNTYPED)


def said_why(verdict: Verdict) -> str:
    """Return why something may not be sent, without what `lacks_type` says."""
    return verdict.why.removesuffix(_UNTYPED)


_UNTYPED = f", this is {ANYTHING}"

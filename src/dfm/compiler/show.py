"""Templates and conditions as text, for people who look at plans.

Apart from the text form of nets because in a plan values are not sealed yet: what has no text
form is only described.
"""

from __future__ import annotations

from typing import Any, Protocol

from dfm.net.condition import And, Compare, Not, Or
from dfm.net.text import format_template, has_text_form
from dfm.types import describe


def show(template: Any) -> str:
    """Return a template or condition for people to read.

    >>> from dfm.net.template import Ref
    >>> show({"a": [1, Ref("node0")], "b": (2, Ref("node1"))})
    '{"a": [1, node0], "b": (2, node1)}'
    >>> show(And((Compare(">", Ref("node0"), 1), Not(Ref("node1")))))
    '(node0 > 1 and not node1)'
    """
    match template:
        case list():
            return f"[{', '.join(map(show, template))}]"
        case tuple():
            return f"({', '.join(map(show, template))})"
        case dict():
            return f"{{{', '.join(f'{show(k)}: {show(v)}' for k, v in template.items())}}}"
        case Compare(sign, left, right):
            return f"{show(left)} {sign} {show(right)}"
        case And(parts):
            return f"({' and '.join(map(show, parts))})"
        case Or(parts):
            return f"({' or '.join(map(show, parts))})"
        case Not(part):
            return f"not {show(part)}"
    return format_template(template) if has_text_form(template) else f"<{describe(template)}>"


class Waiting(Protocol):
    """What a line has that waits for places, in a loop or outside of all."""

    @property
    def after(self) -> tuple[str, ...]:
        """The places it waits for."""

    @property
    def when(self) -> str | None:
        """The gate it stands behind."""

    @property
    def scope(self) -> str:
        """The loop it is in."""


def show_place(line: Waiting, given_by: str = "") -> str:
    """Return what a line waits for, and the loop it is in or is given by, each after a space."""
    after = f" after {', '.join(line.after)}" if line.after else ""
    gate = "" if line.when is None else f" when {line.when}"
    given = f" of {given_by}" if given_by else ""
    return after + gate + given + (f" in {line.scope}" if line.scope else "")

"""Reading the values of a net's text form: templates, and conditions over them.

Each method reads what it is named after, and leaves the lexemes behind it. `text_read.py` goes
on from here to lines and nets.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeVar

from dfm.errors import LimitExceeded
from dfm.net.condition import OPERATORS, And, Compare, Not, Or
from dfm.net.lexemes import MAX_DEPTH, Lexemes
from dfm.net.template import Attribute, Item, Ref, Sealed, Selector

T = TypeVar("T")

_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}


class ValueReader:
    """Reads templates and conditions, and lists of anything."""

    def __init__(self, lexemes: Lexemes) -> None:
        self._lexemes = lexemes
        self._skip = lexemes.skip
        self._expect = lexemes.expect
        self._name = lexemes.name
        self._depth = 0

    # -- templates --------------------------------------------------------------------------

    def _template(self) -> Any:
        lexeme = self._lexemes.peek
        if self._skip("["):
            return list(self._nested("]", self._template))
        if self._skip("{"):
            return dict(self._nested("}", self._member))
        if self._skip("sealed"):
            return self._sealed()
        if lexeme.kind in ("string", "number"):
            return self._lexemes.scalar()
        if lexeme.text in _CONSTANTS:
            self._expect(lexeme.text)
            return _CONSTANTS[lexeme.text]
        return self._ref()

    def _nested(self, close: str, read: Callable[[], T]) -> tuple[T, ...]:
        self._go_deeper()
        parts = self._list(close, read)
        self._depth -= 1
        return parts

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded(
                f"a literal or condition of this net is nested more than {MAX_DEPTH} levels deep",
                at=self._lexemes.where(self._lexemes.peek),
            )

    def _member(self) -> tuple[str, Any]:
        key = self._lexemes.string()
        self._expect(":")
        return key, self._template()

    def _sealed(self) -> Sealed:
        self._expect("(")
        lexeme = self._lexemes.peek
        try:
            data = b64decode(self._lexemes.string().encode("ascii", "replace"), validate=True)
        except ValueError:
            raise self._lexemes.error("expected base64", lexeme) from None
        references = []
        self._expect(",")
        while self._lexemes.peek.kind != "string":
            references.append(self._ref())
            self._expect(",")
        shows = self._lexemes.string()
        self._expect(")")
        return Sealed(data, tuple(references), shows)

    def _ref(self) -> Ref:
        place = self._name()
        path: list[Selector] = []
        while True:
            if self._skip("["):
                path.append(Item(self._key()))
                self._expect("]")
            elif self._skip("."):
                path.append(self._attribute())
            else:
                return Ref(place, tuple(path))

    def _key(self) -> int | str:
        lexeme = self._lexemes.peek
        key = self._lexemes.scalar()
        if not isinstance(key, (int, str)):
            raise self._lexemes.error("expected a string or a whole number", lexeme)
        return key

    def _attribute(self) -> Attribute:
        lexeme = self._lexemes.peek
        try:
            return Attribute(self._lexemes.word())
        except ValueError as error:
            raise self._lexemes.error(str(error), lexeme) from None

    # -- conditions -------------------------------------------------------------------------

    def _condition(self) -> Any:
        parts = [self._all()]
        while self._skip("or"):
            parts.append(self._all())
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Any:
        parts = [self._negation()]
        while self._skip("and"):
            parts.append(self._negation())
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _negation(self) -> Any:
        if self._skip("not"):
            self._go_deeper()
            part = self._negation()
            self._depth -= 1
            return Not(part)
        left = self._operand()
        operator = self._lexemes.peek.text
        if operator not in OPERATORS:
            return left
        self._expect(operator)
        return Compare(operator, left, self._operand())

    def _operand(self) -> Any:
        if self._skip("("):
            self._go_deeper()
            part = self._condition()
            self._depth -= 1
            self._expect(")")
            return part
        for word, made in (("and", And), ("or", Or)):
            if self._skip(word):
                self._expect("(")
                return made(self._nested(")", self._condition))
        return self._template()

    # -- lists ------------------------------------------------------------------------------

    def _list(self, close: str, read: Callable[[], T]) -> tuple[T, ...]:
        parts: list[T] = []
        while not self._skip(close):
            if parts:
                self._expect(",")
            parts.append(read())
        return tuple(parts)

    def _several(self, read: Callable[[], T]) -> tuple[T, ...]:
        parts = [read()]
        while self._skip(","):
            parts.append(read())
        return tuple(parts)

    def _places(self) -> tuple[str, ...]:
        return self._several(self._name)

    def _places_or_none(self) -> tuple[str, ...]:
        return () if self._lexemes.is_at_end else self._places()

"""Lexemes: the words, numbers and marks a net's text is made of, and where each one stood.

Separate from reading and writing, which share them, so that the grammar reads as a grammar. What
can not be read is refused here with its line and column.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from dfm.errors import StructureError

MAX_DEPTH = 100
"""How deep loops may be nested, and how deep a literal or a condition may be."""

MAX_BITS = 4096
"""How large a whole number may be."""

KEYWORDS = frozenset(
    {"receive", "send", "yield", "if", "lookup", "loop", "gives", "end"}
    | {"ask", "let", "signal", "join", "store", "previous"}
    | {"not", "and", "or", "sealed", "null", "true", "false", "NaN", "Infinity"}
)
"""The words that can not stand for a place or a site without backquotes."""

_WORD = r"\$?[^\W\d]\w*|\$"
_LEXEME = re.compile(
    rf"""(?P<space>[ ]+)
    | (?P<end>\n)
    | (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
    | (?P<quoted>`(?:[^`"\\\x00-\x1f]|\\.)*`)
    | (?P<number>-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|Infinity\b))
    | (?P<word>{_WORD})
    | (?P<mark>[=!<>]=|[][(){{}}=<>,.:/])""",
    re.VERBOSE,
)
_NODE_PLACE = re.compile(r"node(0|[1-9][0-9]{0,17})")
_is_word = re.compile(_WORD).fullmatch


class Lexeme(NamedTuple):
    """One of them: its kind, its text, and its position in the whole text."""

    kind: str
    text: str
    start: int


class Lexemes:
    """The lexemes of a text, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = list(self._scan())
        self._next = 0

    @property
    def peek(self) -> Lexeme:
        """The lexeme that comes next."""
        return self._lexemes[self._next]

    @property
    def is_at_end(self) -> bool:
        """Whether the line, or the text, ends here."""
        return self.peek.kind in ("end", "eof")

    def skip(self, text: str) -> bool:
        """Step over this keyword or mark if it comes next."""
        found = self._lexemes[self._next].text == text
        self._next += found
        return found

    def expect(self, text: str) -> None:
        """Step over this keyword or mark, which must come next."""
        if not self.skip(text):
            raise self.error(f"expected {text!r}")

    def end(self) -> None:
        """Step over the end of the line, and blank lines after it."""
        if not self.is_at_end:
            raise self.error("expected the end of the line")
        self.blank()

    def blank(self) -> None:
        """Step over blank lines."""
        while self.skip("\n"):
            pass

    def name(self) -> str:
        """Read a name, bare or in backquotes."""
        if self.peek.kind == "word" and self.peek.text in KEYWORDS:
            raise self.error("expected a name")
        return self.word()

    def word(self) -> str:
        """Read a name where no keyword can stand, so that any word is one."""
        kind, text, _ = self.peek
        if kind == "quoted":
            return str(self._decoded(f'"{text[1:-1]}"'))
        if kind != "word":
            raise self.error("expected a name")
        self._next += 1
        return text

    def string(self) -> str:
        """Read a JSON string."""
        if self.peek.kind != "string":
            raise self.error("expected a string")
        return str(self._decoded(self.peek.text))

    def scalar(self) -> Any:
        """Read a JSON string or number."""
        if self.peek.kind not in ("string", "number"):
            raise self.error("expected a string or a number")
        return self._decoded(self.peek.text)

    def whole_number(self) -> int:
        """Read a whole number that is not negative."""
        lexeme = self.peek
        number = self.scalar() if lexeme.kind == "number" else None
        if not isinstance(number, int) or number < 0:
            raise self.error("expected a whole number", lexeme)
        return number

    def seconds(self) -> float:
        """Read a number that is finite and not negative, as a float."""
        lexeme = self.peek
        number = self.scalar() if lexeme.kind == "number" else -1
        if not 0 <= number <= sys.float_info.max:
            raise self.error("expected a number of seconds", lexeme)
        return float(number)

    def error(self, message: str, at: Lexeme | None = None) -> StructureError:
        """Return the refusal of a lexeme, by default of the next one."""
        at = at or self.peek
        ends = {"eof": "the end of the text", "end": "the end of the line"}
        shown = ends.get(at.kind) or repr(at.text[:40])
        return StructureError(f"this is no net: {message}, found {shown}", at=self.where(at))

    def where(self, at: Lexeme) -> str:
        """Return line and column of a lexeme."""
        before = self._text[: at.start]
        return f"net:{before.count(chr(10)) + 1}:{at.start - before.rfind(chr(10))}"

    def _decoded(self, text: str) -> Any:
        try:
            value = json.loads(text)
        except ValueError as error:
            raise self.error(str(error).split(":")[0].lower()) from None
        self._next += 1
        return value

    def _scan(self) -> Iterator[Lexeme]:
        position, text = 0, self._text
        while position < len(text):
            found = _LEXEME.match(text, position)
            if found is None:
                raise self.error("can not be read", Lexeme("", text[position], position))
            kind = found.lastgroup or ""
            if kind != "space":
                yield Lexeme(kind, found[0], position)
            position = found.end()
        yield Lexeme("eof", "", position)


def write_name(name: str) -> str:
    """Return a name as it stands in the text: bare, or in backquotes."""
    return write_word(name) if name not in KEYWORDS else f"`{name}`"


def write_word(name: str) -> str:
    """Return a name as it stands where no keyword can: bare if it is a word, or in backquotes."""
    return name if _is_word(name) else "`" + write_string(name)[1:-1].replace("`", "\\u0060") + "`"


def write_string(text: str) -> str:
    """Return a JSON string; in ASCII if it holds a lone surrogate, which can not be encoded."""
    whole = not any("\ud800" <= c <= "\udfff" for c in text)
    return json.dumps(text, ensure_ascii=not whole)


def node_of(place: str) -> int | str:
    """Return the node that a place is named after.

    >>> node_of("node3"), node_of("best")
    (3, 'best')
    """
    found = _NODE_PLACE.fullmatch(place)
    return int(found[1]) if found else place

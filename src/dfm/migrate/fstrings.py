"""The expressions in an f-string, for the Pythons before 3.12, whose tokens do not go into one.

Only where they stand; what is not understood is left out, and then told by whoever reads the
string as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PREFIX = re.compile(r"([a-zA-Z]*)(\"\"\"|'''|\"|')")
_PIECE = re.compile(r"\"\"\"|'''|[\"'(){}\[\]:]|!(?!=)")


def is_fstring(string: str) -> bool:
    """Whether the text of a string token is that of an f-string.

    >>> is_fstring("Rf'x'"), is_fstring("'f'")
    (True, False)
    """
    prefix = _PREFIX.match(string)
    return prefix is not None and "f" in prefix[1].lower()


def expressions(string: str) -> Iterator[tuple[int, int]]:
    """Yield where each expression of an f-string begins and ends.

    >>> text = "f'{{x}} {a[1]!r:>{w}} {b}'"
    >>> [text[start:end] for start, end in expressions(text)]
    ['a[1]', 'w', 'b']
    """
    prefix = _PREFIX.match(string)
    at = prefix.end() if prefix else 0
    end = len(string) - (len(prefix[2]) if prefix else 0)
    while (opened := string.find("{", at, end)) >= 0:
        if string.startswith("{{", opened):
            at = opened + 2
            continue
        at = _end_of_expression(string, opened + 1, end)
        yield opened + 1, at


def _end_of_expression(string: str, at: int, end: int) -> int:
    """Return where an expression ends: before `}`, or before a `!` or `:` that is not in it."""
    inside, quote = 0, ""
    for match in _PIECE.finditer(string, at, end):
        piece = match[0]
        if quote:
            quote = "" if piece == quote else quote
        elif piece[0] in "\"'":
            quote = piece
        elif piece in "([{":
            inside += 1
        elif piece in ")]}" and inside:
            inside -= 1
        elif piece in "}:!" and not inside:
            return match.start()
    return end

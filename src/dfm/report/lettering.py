"""Names as they can be written: without what no page takes, short enough, and how wide they are.

Which font a reader has is not known, so widths are what the common ones need at most.
"""

from __future__ import annotations

import re
import unicodedata

_HALF = re.compile("[\ud800-\udfff]")
_NOT_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, what turns text around, half characters: what XML forbids, and more."""

_WIDTHS = {
    **dict.fromkeys("iljtfrIJ.,:;|!'()[]/\\ -", 0.41),
    **dict.fromkeys("mMW@%…", 1.0),
    **dict.fromkeys("w+~<>=^#&×", 0.84),
    **dict.fromkeys("CDGHNOQU", 0.79),
}
"""Widths of some characters as parts of the size, in DejaVu Sans, a wide font."""

BOLD = 1.17
"""How much wider bold text is."""


def clean(text: str) -> str:
    """Return text on one line, in which each character that could not be shown is a �.

    >>> clean("a\\tb\\x1b[0m\\ud800")
    'a b�[0m�'
    """
    return _NOT_TEXT.sub("\ufffd", " ".join(text.split()))


def whole(text: str) -> str:
    """Return text in which each half of a character, which has no encoding, is a �.

    >>> whole("a\\n\\ud800")
    'a\\n�'
    """
    return _HALF.sub("\ufffd", text)


def width_of(text: str, size: float) -> float:
    """Return how wide text is at most in a sans-serif font of that size.

    >>> width_of("mean", 10) > width_of("list", 10) > 0 == width_of("", 10)
    True
    """
    return size * sum(_width(character) for character in text)


def _width(character: str) -> float:
    if character.isascii():
        return _WIDTHS.get(character, 0.7 if character.isupper() else 0.64)
    if unicodedata.combining(character):
        return 0.0
    return _WIDTHS.get(character, 1.3 if unicodedata.east_asian_width(character) in "WF" else 1.0)


def shorten(text: str, longest: float, size: float) -> str:
    """Return the end of a text with … before it, if all of it is wider than `longest`.

    The end, because names are told apart by it.

    >>> shorten("climate.Mean", 100, 10), shorten("climate.archive.LoadField", 80, 10)
    ('climate.Mean', '…e.LoadField')
    """
    if width_of(text, size) <= longest + 0.01:
        return text
    room, kept = longest - width_of("…", size), len(text)
    while kept and (room := room - width_of(text[kept - 1], size)) >= 0:
        kept -= 1
    return "…" + text[kept:]

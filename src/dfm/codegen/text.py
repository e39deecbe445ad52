"""Text of Python: docstrings that can say anything, and indentation."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable


def docstring(said: str) -> str:
    """Return a docstring that says exactly this, whatever is in it."""
    kept = "".join(c if c == "\n" or c.isprintable() else _escaped(c) for c in _doubled(said))
    kept = kept.replace('"""', '\\"\\"\\"')
    if kept.endswith('"'):
        kept = kept[:-1] + '\\"'
    end = "\n" if "\n" in kept else ""
    return f'"""{kept}{end}"""'


def _doubled(said: str) -> str:
    return said.replace("\\", "\\\\")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def indented(lines: Iterable[str]) -> list[str]:
    """Return lines, and the lines in them, four spaces further in."""
    return [f"    {line}" if line else "" for block in lines for line in block.split("\n")]


def is_importable(path: str) -> bool:
    """Whether a dotted path can stand in Python code; some words become keywords when read."""
    words = unicodedata.normalize("NFKC", path).split(".")
    return all(word.isidentifier() and not keyword.iskeyword(word) for word in words)

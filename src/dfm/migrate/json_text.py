"""JSON: strings that are a dotted name, such as the `dfm_class_name` of a saved pipeline.

The text is never written anew, so indentation, order, escapes and the last line stay. Also here,
for notebooks: every string of a JSON text with its path and its place.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dfm.migrate.edits import Edit, Found, Note, found
from dfm.migrate.mentions import DOTTED, PACKAGE, mentions
from dfm.migrate.names import NEW, OLD, resolve

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]', re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@dataclass(frozen=True, slots=True)
class JsonString:
    """A string of a JSON text: `start` and `end` are those of what stands between its quotes.

    `path` is the way to it, and to the value if it `is_key`.
    """

    path: Path
    start: int
    end: int
    is_key: bool


def rewrite_json(text: str) -> Found:
    """Return what to change in a JSON text, and what it takes a person to change.

    >>> rewrite_json('{"dfm_class_name": "nv_dfm_core.api.Yield"}').edits
    (Edit(start=20, end=41, new='dfm.api.Yield'),)
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return not_read("JSON", str(error))
    edits, notes = [], []
    for string in strings_of(text):
        edit, said = rewrite_scalar(text, string.start, string.end)
        edits += edit
        notes += said
        notes += _pickled(text, string)
    return found(edits, notes)


def not_read(kind: str, why: str, at: int = 0) -> Found:
    """Return the one note on a text that is not what its name says."""
    what = f"not changed: this can not be read as {kind} ({why})"
    return found(notes=[Note(at, what, "correcting it, then `dfm migrate` again")])


def rewrite_scalar(text: str, start: int, end: int) -> tuple[list[Edit], list[Note]]:
    """Return the edit for a value that is a dotted name, or the notes on what it mentions."""
    said = text[start:end]
    if not DOTTED.fullmatch(said):
        return [], list(mentions(text, start, end))
    home = resolve(said)
    if said == OLD:
        hint = f"{PACKAGE} or {NEW}"
        return [], [Note(start, f"{said!r} may be the package or its module", hint)]
    if not home.name:
        return [], [Note(start, home.why, home.use)]
    return [Edit(start, end, home.name)], []


def strings_of(text: str) -> Iterator[JsonString]:
    """Yield every string of a JSON text, which is valid, in order."""
    path: list[str | int] = []
    expects_key = [False]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            path.append(0)
            expects_key.append(token == "{")
        elif token in "}]":
            path.pop()
            expects_key.pop()
        elif token == "," and isinstance(path[-1], int):
            path[-1] += 1
        elif token == ",":
            expects_key[-1] = True
        elif token == ":":
            expects_key[-1] = False
        else:
            is_key = expects_key[-1]
            if is_key:
                path[-1] = json.loads(token, strict=False)
            yield JsonString(tuple(path), match.start() + 1, match.end() - 1, is_key)


def _pickled(text: str, string: JsonString) -> Iterator[Note]:
    """Note a pickled value whose classes are of nv-dfm-core."""
    if not _BASE64.fullmatch(text, string.start, string.end):
        return
    try:
        holds = binascii.a2b_base64(text[string.start : string.end], strict_mode=True)
    except ValueError:
        return
    if OLD.encode() in holds:
        what = "a pickled value is of a class of nv_dfm_core"
        yield Note(string.start, what, "saving the pipeline again, with `dfm`")

"""Notebooks: the Python of code cells, and nothing else of the file.

All cells are read as one program, since a module is imported in one and used in another. An edit
is made in the JSON text itself, so indentation, outputs and the last line stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dfm.migrate.edits import Edit, Found, Note, found
from dfm.migrate.json_text import JsonString, not_read, strings_of
from dfm.migrate.mentions import mentions
from dfm.migrate.python_source import rewrite_python
from dfm.migrate.python_tokens import NotPython, tokens_of

_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u.{4}|\\.|[^\\]", re.DOTALL
)
_MAGIC = re.compile(r"^[ \t]*[%!?](?=.)", re.MULTILINE)
_OTHER_LANGUAGE = re.compile(r"\s*%%(?!time|timeit|capture|prun)\w+")


@dataclass(slots=True)
class _Program:
    """The text of all code cells, and where each character of it is in the file."""

    text: str = ""
    at: list[tuple[int, int]] = field(default_factory=list)

    def add(self, cell: str, at: list[tuple[int, int]]) -> None:
        self.text += cell + "\n"
        self.at += [*at, (at[-1][1], at[-1][1]) if at else (0, 0)]


def rewrite_notebook(text: str) -> Found:
    """Return what to change in a notebook, and what it takes a person to change."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        return not_read("a notebook", str(error))
    if not _has_cells(notebook):
        return not_read("a notebook", "it has no cells, or is of format 3 or older")
    cells = _cells(text)
    program = _Program()
    notes: list[Note] = []
    for number, cell in enumerate(notebook["cells"]):
        strings = cells.get(number, [])
        if cell.get("cell_type") == "code":
            notes += _add_cell(program, text, strings)
        else:
            notes += _mentioned(text, strings)
    rewritten = rewrite_python(program.text)
    edits, left = _in_file(program, text, rewritten)
    return found(edits, [*notes, *left])


def _has_cells(notebook: object) -> bool:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)


def _cells(text: str) -> dict[int, list[JsonString]]:
    """Return the strings that are the source of each cell, by its number."""
    cells: dict[int, list[JsonString]] = {}
    for string in strings_of(text):
        match string.path:
            case ("cells", int(number), "source", *_) if not string.is_key:
                cells.setdefault(number, []).append(string)
    return cells


def _add_cell(program: _Program, text: str, strings: list[JsonString]) -> Iterator[Note]:
    """Add a cell to the program, or note why it is not a part of it."""
    at = [
        match.span()
        for string in strings
        for match in _CHARACTER.finditer(text, string.start, string.end)
    ]
    source = "".join(json.loads(f'"{text[s.start : s.end]}"', strict=False) for s in strings)
    if len(source) != len(at) or _OTHER_LANGUAGE.match(source):
        yield from _mentioned(text, strings)
        return
    try:
        program.add(_readable(source), at)
    except NotPython as error:
        if said := list(_mentioned(text, strings)):
            what = f"a cell was not changed: it can not be read as Python ({error})"
            yield Note(strings[0].start, what, "correcting it, then `dfm migrate` again")
            yield from said


def _readable(source: str) -> str:
    """Return the source of a cell with its magics made comments.

    Raises:
        NotPython: when it can not be read as Python, with its magics or without.
    """
    plain = _MAGIC.sub(lambda magic: magic[0][:-1] + "#", source)
    try:
        tokens_of(plain)
    except NotPython:
        tokens_of(source)  # a line may begin with the operator %
        return source
    return plain


def _mentioned(text: str, strings: list[JsonString]) -> Iterator[Note]:
    for string in strings:
        yield from mentions(text, string.start, string.end)


def _in_file(program: _Program, text: str, rewritten: Found) -> tuple[list[Edit], list[Note]]:
    """Return what was found in the program as what it is in the file."""
    edits = []
    notes = [
        Note(program.at[n.at][0], n.what, n.hint, n.works and not _is_magic(program, text, n.at))
        for n in rewritten.notes
    ]
    for edit in rewritten.edits:
        start, end = program.at[edit.start][0], program.at[edit.end - 1][1]
        if text[start:end] == program.text[edit.start : edit.end]:
            edits.append(Edit(start, end, edit.new))
        else:
            said = program.text[edit.start : edit.end]
            notes.append(Note(start, f"{said!r} is written in an unusual way", edit.new))
    return edits, notes


def _is_magic(program: _Program, text: str, offset: int) -> bool:
    """Whether the line at an offset is a comment in the program, and none in the file."""
    line = program.text.rfind("\n", 0, offset) + 1
    begin = re.compile(r"[ \t]*").match(program.text, line)
    first = begin.end() if begin else line
    return program.text[first] == "#" != text[program.at[first][0]]

"""Moving a project: first all that would change is found, then it is written, file by file.

`plan` only reads. `carry_out` writes what a plan says and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from dfm.errors import DeclarationError
from dfm.migrate.edits import Edit, Found, Note, apply, found, line_and_column, moved
from dfm.migrate.git import clean_files
from dfm.migrate.json_text import rewrite_json
from dfm.migrate.mentions import MAY_MENTION, mentions
from dfm.migrate.notebook import rewrite_notebook
from dfm.migrate.python_source import rewrite_python
from dfm.migrate.reading import NotText, TextFile, bytes_of, decoded
from dfm.migrate.walk import files_of, kind_of
from dfm.migrate.writing import NotWritten, replace_file
from dfm.migrate.yaml_text import rewrite_yaml


def tell_of_text(text: str) -> Found:
    """Return notes on what a text mentions; nothing of it is changed."""
    return found(notes=mentions(text))


REWRITERS: dict[str, Callable[[str], Found]] = {
    "json": rewrite_json,
    "notebook": rewrite_notebook,
    "python": rewrite_python,
    "text": tell_of_text,
    "yaml": rewrite_yaml,
}


@dataclass(frozen=True)
class FilePlan:
    """What is to be done to one file: edits, and notes for a person."""

    file: TextFile
    edits: tuple[Edit, ...]
    notes: tuple[Note, ...]

    @cached_property
    def new_text(self) -> str:
        """The text that the file will have."""
        return apply(self.file.text, self.edits)

    def where(self, offset: int, *, after: bool = False) -> str:
        """Return file, line and column of an offset; `after` is where it is in the new text."""
        text = self.new_text if after else self.file.text
        line, column = line_and_column(text, moved(offset, self.edits) if after else offset)
        return f"{self.file.path}:{line}:{column}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to a project; `skipped` says of files why they are left alone."""

    files: tuple[FilePlan, ...]
    skipped: tuple[tuple[Path, str], ...]

    @property
    def changes(self) -> tuple[FilePlan, ...]:
        """The files that will change."""
        return tuple(plan for plan in self.files if plan.edits)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was changed, with the backup that was made of it."""

    path: Path
    backup: Path | None


def plan(path: Path) -> Plan:
    """Find out what is to be done to a file, or to all files of a folder.

    Raises:
        DeclarationError: when the path is not there, or is a file of a kind that is not changed.
    """
    if not os.path.exists(path):
        raise DeclarationError(f"there is no {path}", hint="a folder or a file that is there")
    if path.is_file() and not kind_of(path):
        hint = "a folder, or a file that ends in .py, .yaml, .json or .ipynb"
        raise DeclarationError("it is not known how to change this file", at=str(path), hint=hint)
    skipped: list[tuple[Path, str]] = []

    def unreadable(error: OSError) -> None:
        why = (error.strerror or str(error)).lower()
        skipped.append((Path(error.filename or path), f"not looked at: {why}"))

    read = (_plan_of(file, skipped) for file in files_of(path, unreadable))
    plans = _told_once([found for found in read if found is not None])
    return Plan(tuple(plans), tuple(skipped))


def _plan_of(path: Path, skipped: list[tuple[Path, str]]) -> FilePlan | None:
    """Return what is to be done to a file, or None if there is nothing of interest in it."""
    kind = kind_of(path)
    try:
        raw = bytes_of(path)
        if not MAY_MENTION.search(raw):
            return None
        read = decoded(path, raw)
    except NotText as error:
        if kind != "text":
            skipped.append((path, str(error)))
        return None
    result = REWRITERS[kind](read.text)
    return FilePlan(read, result.edits, result.notes)


def _told_once(plans: Iterable[FilePlan]) -> Iterator[FilePlan]:
    """Note of each generated package, once, that it can be generated again."""
    told: set[Path] = set()
    for one in plans:
        generated = _generated(one.file.path)
        if generated is None or generated in told:
            yield one
            continue
        told.add(generated)
        what = f"{generated.name}/ was generated from the federation"
        again = Note(0, what, "generating it again, with `dfm fed gen code`", works=True)
        yield replace(one, notes=(again, *one.notes))


def _generated(path: Path) -> Path | None:
    """Return the generated package that a file is in: a `fed` with a `runtime`."""
    return next((p for p in path.parents if p.name == "fed" and (p / "runtime").is_dir()), None)


def carry_out(
    changes: Iterable[FilePlan], folder: Path, *, backup: bool
) -> tuple[list[Written], list[NotWritten]]:
    """Write files, each whole or not at all; what git could give back needs no backup."""
    clean = clean_files(folder) if backup else frozenset()
    written, failed = [], []
    for change in changes:
        path = change.file.path
        keep = backup and path.resolve() not in clean
        try:
            new = change.file.encoded(change.new_text)
            kept = replace_file(path, change.file.raw, new, backup=keep)
            written.append(Written(path, kept))
        except NotWritten as error:
            failed.append(error)
    return written, failed

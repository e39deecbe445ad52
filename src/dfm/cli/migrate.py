"""`dfm migrate`: a project that was written for nv-dfm-core becomes one for dfm."""

from __future__ import annotations

import json
import sys
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dfm.cli.output import write
from dfm.errors import RunError

if TYPE_CHECKING:
    from dfm.migrate import FilePlan, Plan, Written
    from dfm.migrate.edits import Note
    from dfm.migrate.writing import NotWritten

WOULD_CHANGE = 1


@click.command("migrate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.option("--no-backup", is_flag=True, help="Make no NAME.bak of files that git has not.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(path: Path, check: bool, diff: bool, no_backup: bool, as_json: bool) -> None:
    """Make a project that was written for nv-dfm-core one for dfm.

    PATH is a file or a folder. Imports and dotted names change in Python, YAML, JSON and notebooks,
    and nothing else does. What takes a person is told: names that dfm has not, names that are made
    while the program runs, requirements, comments. Nothing of the project is imported or run, and
    to do it twice changes nothing more.

    A file that git could not give back as it is now gets a backup beside it, NAME.bak.

    \b
    Examples:
      dfm migrate . --diff              what would change?
      dfm migrate .                     change it
      dfm migrate . --check             is there anything left to change?
    """
    from dfm.migrate import carry_out, plan

    found = plan(path)
    written: list[Written] | None = None
    failed: list[NotWritten] = []
    if not check and not diff:
        folder = path if path.is_dir() else path.resolve().parent
        written, failed = carry_out(found.changes, folder, backup=not no_backup)
    if as_json:
        report = _as_json(found, written, [str(error) for error in failed], diff=diff)
        write(json.dumps(report), sys.stdout)
    elif diff:
        _show_diff(found)
    else:
        _show(found, written)
    for error in failed:
        click.secho(_plain(f"error: {error}"), fg="red", err=True)
    if failed:
        raise click.exceptions.Exit(RunError.exit_code)
    if check and found.changes:
        raise click.exceptions.Exit(WOULD_CHANGE)


def _say(line: str) -> None:
    write(_plain(line), sys.stdout)


def _plain(line: str) -> str:
    """Return a line that can be printed, whatever bytes the name of a file has."""
    return line.encode("utf-8", "backslashreplace").decode("utf-8")


def _show(plan: Plan, written: list[Written] | None) -> None:
    """Print what changed or would, and what takes a person."""
    if written is None:
        for change in plan.changes:
            _say(f"would change {change.file.path}: {_places(change)}")
    else:
        edits = {change.file.path: change for change in plan.changes}
        for one in written:
            kept = f" (before: {one.backup})" if one.backup else ""
            _say(f"changed {one.path}: {_places(edits[one.path])}{kept}")
    for line in _remarks(plan, after=written is not None):
        _say(line)
    if written is None:
        _sum_up(plan, len(plan.changes), "to change")
    else:
        _sum_up(plan, len(written), "changed")


def _show_diff(plan: Plan) -> None:
    """Print what would change as a patch, and the remarks on standard error."""
    for change in plan.changes:
        _say(_diff(change).removesuffix("\n"))
    for line in _remarks(plan, after=False):
        click.echo(_plain(line), err=True)
    _sum_up(plan, len(plan.changes), "to change")


def _diff(change: FilePlan) -> str:
    name = str(change.file.path)
    old, new = (_lines(text) for text in (change.file.text, change.new_text))
    lines = unified_diff(old, new, name, name, "before", "after")
    end = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else f"{line}{end}" for line in lines)


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends; the last may have none."""
    *ended, last = text.split("\n")
    return [*(f"{line}\n" for line in ended), *([last] if last else [])]


def _remarks(plan: Plan, *, after: bool) -> list[str]:
    """Return a line for each thing to see to, then for what works as it is."""
    told = [(note, _line(one, note, after)) for one in plan.files for note in one.notes]
    left = [line for note, line in told if not note.works]
    works = [line for note, line in told if note.works]
    return [*left, *works, *(f"{path}: {why}" for path, why in plan.skipped)]


def _line(one: FilePlan, note: Note, after: bool) -> str:
    hint = f" (try {note.hint})" if note.hint else ""
    return f"{one.where(note.at, after=after)}: {note.what}{hint}"


def _sum_up(plan: Plan, files: int, done: str) -> None:
    notes = [note for one in plan.files for note in one.notes]
    left = sum(not note.works for note in notes)
    said = [
        f"{_counted(files, 'file')} {done}",
        f"{_counted(left, 'thing')} for you to see to",
        f"{_counted(len(notes) - left, 'mention')} left alone",
    ]
    click.secho(", ".join(said), fg="yellow" if left else "green", err=True)


def _as_json(
    plan: Plan, written: list[Written] | None, failed: list[str], *, diff: bool
) -> dict[str, Any]:
    backups = {one.path: one.backup for one in written or ()}
    return {
        "written": written is not None,
        "changes": [_change_as_json(c, backups.get(c.file.path), diff) for c in plan.changes],
        "notes": [
            _note_as_json(note, one.where(note.at, after=written is not None))
            for one in plan.files
            for note in one.notes
        ],
        "skipped": [{"file": str(path), "message": why} for path, why in plan.skipped],
        "failed": failed,
    }


def _note_as_json(note: Note, at: str) -> dict[str, object]:
    return {"at": at, "message": note.what, "hint": note.hint, "works": note.works}


def _change_as_json(change: FilePlan, backup: Path | None, diff: bool) -> dict[str, Any]:
    text = change.file.text
    edits = [
        {"at": change.where(edit.start), "old": text[edit.start : edit.end], "new": edit.new}
        for edit in change.edits
    ]
    shown = {"diff": _diff(change)} if diff else {}
    kept = str(backup) if backup else None
    return {"file": str(change.file.path), "edits": edits, "backup": kept, **shown}


def _places(change: FilePlan) -> str:
    return _counted(len(change.edits), "place")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")

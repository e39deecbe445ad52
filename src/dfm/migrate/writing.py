"""Writing a file that exists: all of the new text or none, with a backup of the old one.

The new text is written beside the file and takes its name in one step. Mode bits stay.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from dfm.errors import RunError


class NotWritten(RunError):
    """A file could not be written; it is as it was."""

    code = "dfm-318"


def replace_file(path: Path, old: bytes, new: bytes, *, backup: bool) -> Path | None:
    """Write `new` to a file that has `old` in it, and return the backup if one was made.

    Raises:
        NotWritten: when it can not be written, or is not what was read before.
    """
    kept: Path | None = None
    try:
        if path.read_bytes() != old:
            hint = "`dfm migrate` again"
            raise NotWritten("somebody else changed it meanwhile", at=str(path), hint=hint)
        if backup:
            kept = _write(_free_name(path), old, path)
        _write(path, new, path)
    except OSError as error:
        if kept is not None:
            kept.unlink(missing_ok=True)
        why = (error.strerror or str(error)).lower()
        hint = "making its folder one that you may write to"
        raise NotWritten(f"cannot write: {why}", at=str(path), hint=hint) from None
    return kept


def _free_name(path: Path) -> Path:
    """Return `name.bak`, or `name.bak.1` and so on if there is one."""
    name, number = path.with_name(f"{path.name}.bak"), 0
    while os.path.lexists(name):
        number += 1
        name = path.with_name(f"{path.name}.bak.{number}")
    return name


def _write(path: Path, data: bytes, like: Path) -> Path:
    """Write a file in one step, with the mode of another, and return it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(like, name)
        return Path(name).replace(path)
    except BaseException:
        os.unlink(name)
        raise

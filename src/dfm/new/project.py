"""Make a project's folder: written beside its place under another name, then renamed."""

from __future__ import annotations

import keyword
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dfm.errors import ArgumentError, DeclarationError, UnknownName
from dfm.new.templates import TEMPLATES, Template

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was made."""

    folder: Path
    template: Template
    files: tuple[str, ...]


def create_project(name: str, template: str = "minimal", *, parent: Path | None = None) -> Project:
    """Make the folder of a new project, in the working directory if no other is given.

    Raises:
        ArgumentError: the name can not be the name of a project.
        UnknownName: there is no such template.
        DeclarationError: there is something of that name, or the folder can not be written.
    """
    _check_name(name)
    if template not in TEMPLATES:
        raise UnknownName("template", template, TEMPLATES)
    chosen = TEMPLATES[template]
    texts = chosen.files(name)
    _check_modules(name, texts)
    folder = (parent or Path.cwd()) / name
    if os.path.lexists(folder):
        raise DeclarationError(
            f"{name} exists already", at=str(folder), hint="another name; nothing was changed"
        )
    _write(folder, texts)
    return Project(folder, chosen, tuple(texts))


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) and not keyword.iskeyword(name):
        if name in sys.stdlib_module_names or name == "dfm":
            raise ArgumentError(
                f"{name!r} is the name of a module of Python's or ours",
                hint=f"another name, such as {name}_mesh",
            )
        return
    raise ArgumentError(
        f"{name!r:.80} can not be the name of a project: it becomes the name of a Python package",
        hint=f"lower-case letters, digits and _, such as {_proposed(name)}",
    )


def _proposed(name: str) -> str:
    proposed = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:64]
    usable = _NAME.fullmatch(proposed) and not keyword.iskeyword(proposed)
    return proposed if usable else "my_mesh"


def _check_modules(name: str, texts: Mapping[str, str]) -> None:
    if f"{name}.py" in texts:
        raise ArgumentError(
            f"{name!r} is the name of a file of the template",
            hint=f"another name, such as {name}_mesh",
        )


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        made = beside / folder.name
        made.mkdir()
        for name, text in texts.items():
            (made / name).write_text(text, "utf-8", newline="\n")
        made.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> DeclarationError:
    reason = (error.strerror or type(error).__name__).lower()
    return DeclarationError(
        f"the project can not be written: {reason}",
        at=str(folder),
        hint="a folder that you may write to; nothing was made",
    )

"""Which files of a project are looked at.

What others made (version control, environments, caches) is not, nor is anything behind a
symbolic link: its own place is where it is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

SKIPPED = {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__"}
SKIPPED |= {"site-packages", ".eggs", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
SKIPPED |= {".ipynb_checkpoints"}

_OTHER_TEXT = {".toml", ".txt", ".cfg", ".ini", ".in", ".sh", ".bash", ".md", ".rst", ".lock"}
_OTHER_TEXT |= {".j2", ".jinja", ".tpl", ".tmpl", ".env", ".jsonl"}
_KNOWN_NAMES = {"Dockerfile", "Makefile", "Pipfile", "justfile"}


def kind_of(path: Path) -> str:
    """Return what a file is: `python`, `json`, `yaml`, `notebook`, `text`, or '' for others."""
    kinds = {
        ".py": "python",
        ".pyi": "python",
        ".json": "json",
        ".yaml": "yaml",
        ".yml": "yaml",
        ".ipynb": "notebook",
    }
    if path.suffix in kinds:
        return kinds[path.suffix]
    return "text" if path.suffix in _OTHER_TEXT or path.name in _KNOWN_NAMES else ""


def files_of(path: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the file, or the files under a folder, that may be looked at, sorted."""
    if not path.is_dir():
        yield path.resolve() if path.is_symlink() else path
        return
    for folder, folders, names in os.walk(path, onerror=unreadable):
        folders[:] = sorted(f for f in folders if _is_ours(Path(folder, f)))
        for name in sorted(names):
            file = Path(folder, name)
            if kind_of(file) and file.is_file() and not file.is_symlink():
                yield file


def _is_ours(folder: Path) -> bool:
    return folder.name not in SKIPPED and not (folder / "pyvenv.cfg").exists()

"""Which files of a folder git could give back as they are.

Git is only asked: it takes no lock and starts no monitor. Without git, outside of a repository,
and before the first commit there are none.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_ASK = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false")


def clean_files(folder: Path) -> frozenset[Path]:
    """Return the files below a folder that are committed and have not changed since."""
    top = _ask(folder, "rev-parse", "--show-toplevel")
    committed = _ask(folder, "ls-files", "-z", "--full-name")
    changed = _ask(folder, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "HEAD")
    if top is None or committed is None or changed is None:
        return frozenset()
    root = Path(os.fsdecode(top.rstrip(b"\n")))
    names = set(committed.split(b"\0")) - set(changed.split(b"\0"))
    return frozenset(root / os.fsdecode(name) for name in names if name)


def _ask(folder: Path, *arguments: str) -> bytes | None:
    """Return what git says, or None if it says nothing useful."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [*_ASK, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None

"""Federations on disk as their owners have them, and programs run on them.

A project is a package with the owner's code and a federation file beside it. Programs run in a
process of their own, so that what they import is gone afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dfm.codegen import generate_package

TARGETS = ("inline", "local")


def write_project(folder: Path, federation: str, files: dict[str, str], package: str) -> Path:
    """Write the files of a project; return its federation file."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    file = folder / f"{package}.dfm.yaml"
    file.write_text(federation, "utf-8")
    return file


def generate(federation_file: Path) -> None:
    """Write the generated package into the project, as `dfm fed gen code` does."""
    generate_package(federation_file, federation_file.parent)


def run(program: str, folder: Path, *arguments: str, **environment: str) -> Any:
    """Run a program in a project; return what it writes as JSON in its last line."""
    path = folder / "program.py"
    path.write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])

"""Put generated files where they belong, all of them or none.

A whole new `<package>/fed` is made beside the old one and takes its place by renaming. Nothing
else is touched but a `<package>/__init__.py` that was missing.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dfm.errors import DeclarationError


def write(
    files: Mapping[str, str], folder: Path, package: str, *, cleanup: bool = False
) -> list[Path]:
    """Write files, by path from `folder`; return those that are in `<package>/fed` now, sorted.

    Python files and data of an earlier run stay unless `cleanup`, or overwritten.

    Raises:
        DeclarationError: when a file belongs elsewhere, or the folder can not be written.
    """
    prefix = PurePosixPath(package, "fed")
    inside = {path: _within(PurePosixPath(path), prefix) for path in files}
    place = Path(folder) / package
    try:
        place.mkdir(parents=True, exist_ok=True)
        _replace({inside[path]: text for path, text in files.items()}, place / "fed", cleanup)
        if not (place / "__init__.py").exists():
            (place / "__init__.py").write_text("", "utf-8")
    except OSError as error:
        raise DeclarationError(
            f"the package can not be written: {error.strerror or error}",
            at=str(error.filename or place),
            hint="a folder that can be written",
        ) from None
    importlib.invalidate_caches()  # this program may import what was not there a moment ago
    return sorted(path for path in (place / "fed").rglob("*") if path.is_file())


def _within(path: PurePosixPath, prefix: PurePosixPath) -> PurePosixPath:
    if ".." in path.parts or not path.is_relative_to(prefix):
        raise DeclarationError(
            f"the file {str(path)!r} is not in {prefix}", hint="a file of the generated package"
        )
    return path.relative_to(prefix)


def _replace(files: Mapping[PurePosixPath, str], place: Path, cleanup: bool) -> None:
    if place.is_symlink():
        raise DeclarationError(
            f"{place} is a link", at=str(place), hint="a folder, or removing the link"
        )
    with tempfile.TemporaryDirectory(prefix=".fed-", dir=place.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        if place.exists() and not cleanup:
            shutil.copytree(place, new, ignore=shutil.ignore_patterns("__pycache__"))
        new.mkdir(exist_ok=True)
        for path, text in files.items():
            _make_way(new, path)
            (new / path).write_text(text, "utf-8", newline="\n")
        if place.exists():
            place.rename(old)
        try:
            new.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise


def _make_way(root: Path, path: PurePosixPath) -> None:
    """Make the folder of a file; a module of an earlier run that is a package now goes."""
    for parent in reversed(path.parents[:-1]):
        module = root / parent.with_suffix(".py")
        module.unlink(missing_ok=True)
        (root / parent).mkdir(exist_ok=True)
    if path.suffix == ".py" and (root / path.with_suffix("")).is_dir():
        shutil.rmtree(root / path.with_suffix(""))

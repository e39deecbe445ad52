"""Where pipelines are kept: files, and with fsspec installed, URLs."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from dfm.errors import DeclarationError


def read_text(path: str | Path, **options: Any) -> str:
    """Return the text at a path or URL; options go to fsspec.

    Raises:
        FileNotFoundError: when there is nothing.
        DeclarationError: when the URL can not be opened here.
    """
    if not _is_url(path, options):
        try:
            return Path(path).expanduser().read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise _not_found(path) from None
    system, inner = _open_storage(path, options)
    try:
        return str(system.read_text(inner, encoding="utf-8-sig"))
    except FileNotFoundError:
        raise _not_found(path) from None


def write_text(text: str, path: str | Path, **options: Any) -> None:
    """Write text to a path or URL, making the folders above it; options go to fsspec.

    Raises:
        DeclarationError: when the URL can not be opened here.
    """
    if not _is_url(path, options):
        file = Path(path).expanduser()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    system, inner = _open_storage(path, options)
    system.makedirs(inner.rpartition("/")[0] or "/", exist_ok=True)
    system.write_text(inner, text, encoding="utf-8")


def _is_url(path: str | Path, options: dict[str, Any]) -> bool:
    return bool(options) or "://" in str(path)


def _not_found(path: str | Path) -> FileNotFoundError:
    return FileNotFoundError(f"Pipeline file not found: {path}")


def _open_storage(path: str | Path, options: dict[str, Any]) -> tuple[Any, str]:
    if importlib.util.find_spec("fsspec") is None:
        raise DeclarationError(
            f"{path} can not be opened: fsspec is not installed",
            hint="pip install fsspec, or a local path",
        )
    open_url = importlib.import_module("fsspec.core").url_to_fs
    try:
        system, inner = open_url(str(path), **options)
    except (ImportError, ValueError) as error:
        raise DeclarationError(
            f"{path} can not be opened: {error}",
            hint="the package that teaches fsspec this protocol",
        ) from None
    return system, str(inner)

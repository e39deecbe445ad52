"""YAML files that people write and programs edit: read with places, written with comments kept.

Separate from the reader of federations, which throws away comments and can not write. What is
read is plain data; no tag makes an object. A file is replaced as a whole or not at all.
"""

from __future__ import annotations

import io
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dfm.errors import DeclarationError, LimitExceeded

MAX_BYTES = 1024 * 1024


def read_mapping(path: Path, what: str) -> dict[str, Any]:
    """Return the mapping in a file, a ruamel one that remembers comments and places.

    An empty file is an empty mapping.

    Raises:
        DeclarationError: the file can not be read, is not YAML or holds something else.
        LimitExceeded: it is too large.
    """
    found = _parse(_read(path, what), path)
    if found is None:
        from ruamel.yaml.comments import CommentedMap

        return CommentedMap()
    if not isinstance(found, dict):
        raise DeclarationError(
            f"{what} holds {kind_of(found)} and not a mapping",
            at=f"{path}:1:1",
            hint="lines of the form `key: value`",
        )
    return found


def write_mapping(path: Path, mapping: Mapping[str, Any]) -> None:
    """Replace a file by a mapping, with the comments that were read with it.

    The indentation, the line endings and a first `---` are those of the file.

    Raises:
        DeclarationError: the file can not be written; it is as it was.
    """
    before = _read(path, "the file") if path.exists() else ""
    yaml = _yaml()
    if before.strip():
        _imitate(yaml, before)
    text = io.StringIO()
    yaml.dump(mapping, text)
    written = text.getvalue()
    if all(line.startswith("#") or not line.strip() for line in before.splitlines()):
        written = "".join(f"{line}\n" for line in before.splitlines()) + written
    write_text(path, written.replace("\n", "\r\n") if "\r\n" in before else written)


def _imitate(yaml: Any, before: str) -> None:
    """Make what is written look like what was there."""
    from ruamel.yaml.util import load_yaml_guess_indent

    root, _, dash = load_yaml_guess_indent(before.replace("\r\n", "\n"))
    below: list[Any] = [v for v in (root or {}).values() if isinstance(v, dict) and v]
    yaml.explicit_start = any(line.startswith("---") for line in before.splitlines())
    yaml.map_indent = next((v.lc.col for v in below if not v.fa.flow_style()), 0) or 2
    if dash is not None:
        yaml.sequence_indent, yaml.sequence_dash_offset = dash + 2, dash


def write_text(path: Path, text: str) -> None:
    """Replace the file, or what a link of that name leads to; its mode stays.

    Raises:
        DeclarationError: the file can not be written; it is as it was.
    """
    real = Path(os.path.realpath(path))
    new = real.with_name(f".{real.name}.{secrets.token_hex(8)}")
    try:
        with new.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        if real.exists():
            new.chmod(stat.S_IMODE(real.stat().st_mode))
        os.replace(new, real)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise DeclarationError(
            f"cannot write: {reason}", at=str(path), hint="a folder that is yours"
        ) from None


def create_text(path: Path, text: str) -> None:
    """Write a file that is not there yet; the folder has to be.

    Raises:
        DeclarationError: it is there, or can not be written.
    """
    if os.path.lexists(path):
        raise DeclarationError(
            "there is such a file already", at=str(path), hint="editing it, or another path"
        )
    write_text(path, text)


def make_folder(path: Path) -> None:
    """Make a folder, and those above, unless it is there.

    Raises:
        DeclarationError: it can not be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DeclarationError(f"the folder can not be made: {reason}", at=str(path)) from None


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Wait until no other program is here for this folder, where the system can do that."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def place_of(path: Path, mapping: Mapping[str, Any], key: str | None = None) -> str:
    """Return `file:line:column` of a key of a mapping that was read, or of the mapping."""
    places: Any = getattr(mapping, "lc", None)
    if places is None:
        return str(path)
    try:
        line, column = places.key(key) if key is not None else (places.line, places.col)
    except (KeyError, TypeError):  # it has no place, being new
        return str(path)
    return f"{path}:{line + 1}:{column + 1}"


def kind_of(value: object) -> str:
    """Return what a value of YAML is, in words.

    >>> kind_of(None), kind_of(True), kind_of([1]), kind_of({}), kind_of("x")
    ('nothing', 'true or false', 'a list', 'a mapping', 'text')
    """
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
    return f"a {type(value).__name__}"


def _read(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", "") or str(error)).lower()
        raise DeclarationError(f"{what} can not be read: {reason}", at=str(path)) from None
    if len(content) > MAX_BYTES:
        raise LimitExceeded(f"{what} may have at most {MAX_BYTES} bytes (1 MiB)", at=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DeclarationError(
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            at=f"{path}:{line}",
            hint="saving it as UTF-8",
        ) from None


def _parse(text: str, path: Path) -> object:
    from ruamel.yaml.error import YAMLError

    try:
        found: object = _yaml().load(text.replace("\r\n", "\n"))
    except YAMLError as error:
        raise _not_yaml(error, path) from None
    except RecursionError:
        raise LimitExceeded("the file is nested too deeply", at=str(path)) from None
    except ValueError as error:  # such as a date that there is not
        raise DeclarationError(f"this is not YAML: {error}", at=str(path)) from None
    return found


def _not_yaml(error: Any, path: Path) -> DeclarationError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(path)
    said = str(getattr(error, "problem", None) or error).strip().splitlines()[0]
    doubled = "duplicate key" in said
    return DeclarationError(
        said if doubled else f"this is not YAML: {said}",
        at=at,
        hint="one of the two"
        if doubled
        else "the indentation of this line, and of the line before",
    )


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096  # long paths are not folded
    return yaml

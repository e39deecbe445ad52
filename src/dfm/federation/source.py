"""Read the text of a federation file, within limits.

Separate because everything here happens before YAML: the file is there, is small enough, is
UTF-8, and has no control characters. A file larger than `MAX_BYTES` is never read whole.
Nothing here knows what a federation is.
"""

from __future__ import annotations

import re
from pathlib import Path

from dfm.errors import FederationError, LimitExceeded, Problem, nearest

MAX_BYTES = 4 * 1024 * 1024

SUFFIX = ".dfm.yaml"
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises FederationError when it can not be read as text, LimitExceeded when it is too large.
    """
    return decode(_read_bytes(path), str(path))


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FederationError([_unreadable(path, error)]) from None
    check_size(content, str(path))
    return content


def check_size(content: bytes, file: str) -> None:
    """Raise LimitExceeded when there are more than `MAX_BYTES`."""
    if len(content) > MAX_BYTES:
        raise LimitExceeded(
            f"a federation file may have at most {MAX_BYTES} bytes (4 MiB)",
            at=file,
            hint="anchors and aliases for what repeats",
        )


def _unreadable(path: Path, error: OSError | ValueError) -> Problem:
    at = repr(str(path))[1:-1]
    match error:
        case FileNotFoundError():
            return Problem("there is no such file", at, _files_in(path.parent, near=path.name))
        case IsADirectoryError():
            return Problem("this is a directory, not a federation file", at, _files_in(path))
        case PermissionError():
            return Problem("we may not read this file", at, "another account, or chmod")
        case OSError():
            return Problem(f"the file can not be read: {error.strerror or error}", at)
    return Problem(f"this is not a file name: {error}", at)


def _files_in(folder: Path, near: str = SUFFIX) -> str:
    try:
        names = [p.name for p in folder.glob(f"*{SUFFIX}")]
    except OSError:
        names = []
    return nearest(near, names) or f"the path of a {SUFFIX} file"


def decode(content: bytes, file: str) -> str:
    """Return the text of UTF-8 `content`, without its byte order mark.

    Raises FederationError naming the first byte or character that does not belong there.
    """
    content = content.removeprefix(_BOM)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        raise _refuse(
            file, before, f"byte 0x{content[error.start]:02x} is not UTF-8", "saving it as UTF-8"
        ) from None
    if found := _CONTROL.search(text):
        message = f"the control character U+{ord(found.group()):04X} is not allowed here"
        raise _refuse(file, text[: found.start()], message, "removing it")
    return text


def _refuse(file: str, before: str, message: str, hint: str) -> FederationError:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return FederationError([Problem(message, f"{file}:{line}:{column}", hint)])

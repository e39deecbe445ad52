"""A file as text, and back to the very same bytes: coding cookie, BOM, and line ends stay.

Also which files are not for us. Nothing here knows what is in the text.
"""

from __future__ import annotations

import codecs
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

LARGEST = 32 * 1024 * 1024


class NotText(Exception):
    """A file that is left alone, with the reason."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """What is in a file, and how it is written."""

    path: Path
    raw: bytes
    text: str
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Return another text as the bytes that this file would have with it."""
        begin = codecs.BOM_UTF8 if self.raw.startswith(codecs.BOM_UTF8) else b""
        return begin + text.encode(self.encoding)


def bytes_of(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        NotText: when it is too large, binary, or can not be read.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise NotText(f"not looked at: it has {size:,} bytes, which is too large")
        raw = path.read_bytes()
    except OSError as error:
        raise NotText(f"not looked at: {(error.strerror or str(error)).lower()}") from None
    if b"\0" in raw:
        raise NotText("not looked at: it is binary")
    return raw


def decoded(path: Path, raw: bytes) -> TextFile:
    """Return the text of a file.

    Raises:
        NotText: when it is not in the encoding that it says.
    """
    bare = raw.removeprefix(codecs.BOM_UTF8)
    try:
        encoding = _encoding(raw) if path.suffix in (".py", ".pyi") else "utf-8"
        file = TextFile(path, raw, bare.decode(encoding), encoding)
        same = file.encoded(file.text) == raw
    except (UnicodeError, SyntaxError, LookupError) as error:
        raise NotText(f"not looked at: it can not be decoded ({error})") from None
    if not same:
        raise NotText(f"not looked at: {encoding} has several ways to write the same text")
    return file


def _encoding(raw: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return "utf-8" if encoding == "utf-8-sig" else encoding

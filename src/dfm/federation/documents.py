"""The files that a federation is made of: the main one, and those that its references name.

Each is read once. A file must lie in the folder of the main one, or below, wherever links lead;
a web address must be allowed. There is no other way for a federation to have something read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from dfm.errors import FederationError
from dfm.federation.fetch import FetchFailed, WebRules, fetch
from dfm.federation.reading import Reading, shown
from dfm.federation.source import decode, read_text
from dfm.federation.yaml_tree import Node, Scalar, compose

MOST_FILES = 64

_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A file, by the name that people know it by. `base` is what names in it are relative to."""

    name: str
    base: Path | str
    root: Node | None


class Documents:
    """The files of one federation."""

    def __init__(
        self, reading: Reading, main: Document, folder: Path | None, web: WebRules
    ) -> None:
        self.main = main
        self._reading = reading
        self._folder = None if folder is None else folder.resolve()
        self._web = web
        self._known: dict[str, Document | None] = {}
        if self._folder is not None:
            self._known[str(Path(main.name).resolve())] = main

    def open(self, written: Scalar, name: str, by: Document) -> Document | None:
        """Return the file that a reference names; report what is wrong with it, and return None."""
        key = self._key(written, name, by)
        if key is None:
            return None
        if key not in self._known:
            self._known[key] = None
            if len(self._known) > MOST_FILES:
                said = f"a federation may be made of at most {MOST_FILES} files"
                self._reading.report(written, said)
            else:
                self._known[key] = self._read(written, key)
        return self._known[key]

    def _key(self, written: Scalar, name: str, by: Document) -> str | None:
        """Return the file or address that is meant."""
        if name.startswith(_WEB):
            return name
        if "://" in name or name.startswith("file:"):
            self._refuse(written, f"{shown(name)} is no file of a federation", "a file name")
            return None
        if isinstance(by.base, str):
            return self._address(written, by.base, name)
        if self._folder is None:
            hint = "a file on disk, which `load_federation` reads"
            self._refuse(written, "text without a file has no other files beside it", hint)
            return None
        if os.path.isabs(name) or "\\" in name or "\0" in name:
            hint = "the name relative to the file that says it, with /"
            self._refuse(written, f"{shown(name)} is not a relative file name", hint)
            return None
        try:
            file = (by.base / name).resolve()
        except (OSError, RuntimeError) as error:  # links that lead round in a circle, among others
            self._refuse(written, f"{shown(name)} can not be found: {error}")
            return None
        if not file.is_relative_to(self._folder):
            hint = f"a file in {self._folder} or below"
            said = f"{shown(name)} leads out of the folder of the federation"
            self._refuse(written, said, hint)
            return None
        return str(file)

    def _address(self, written: Scalar, base: str, name: str) -> str | None:
        """Return what a name in a file of the web means, which is an address as well."""
        try:
            address = urljoin(base, name)
        except ValueError:
            address = ""
        if address.startswith(_WEB):
            return address
        self._refuse(written, f"{shown(name)} is no file beside {base}", "a file name")
        return None

    def _read(self, written: Scalar, key: str) -> Document | None:
        if key.startswith(_WEB):
            return self._fetched(written, key)
        file = Path(key)
        name = os.path.relpath(file, Path.cwd()) if file.is_relative_to(Path.cwd()) else key
        if file.exists() and not (file.is_file() or file.is_dir()):  # a pipe may never end
            self._refuse(written, f"{name} is a pipe or a device", "a file with text in it")
            return None
        try:
            content = read_text(file)
        except FederationError as error:
            for problem in error.problems:
                where = f"{problem.at}: " if problem.at not in ("", key) else f"{name}: "
                self._refuse(written, where + problem.message, problem.hint)
            return None
        return self._document(written, name, file.parent, content)

    def _fetched(self, written: Scalar, url: str) -> Document | None:
        if not self._web.allowed:
            hint = "a file beside it, or allow_urls=True (--allow-urls)"
            self._refuse(written, f"web addresses are not allowed here: {shown(url)}", hint)
            return None
        try:
            found, content = fetch(url, self._web)
        except FetchFailed as error:
            self._refuse(written, str(error), error.hint)
            return None
        return self._document(written, url, found, decode(content, url))

    def _document(
        self, written: Scalar, name: str, base: Path | str, content: str
    ) -> Document | None:
        root = compose(content, self._reading.of(name))
        if root is None:
            self._refuse(written, f"{name} is empty")
        return None if root is None else Document(name, base, root)

    def _refuse(self, written: Scalar, said: str, hint: str = "") -> None:
        self._reading.report(written, said, hint)

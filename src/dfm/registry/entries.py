"""`federations.yaml`: names for federations, and where each one is.

    federations:
      harbour:
        federation_dir: projects/harbour      # relative to the project's folder
        config_path: conf/harbour.dfm.yaml    # relative to federation_dir
        project_path: conf/project.yaml       # may be left out

The project's folder is the nearest one upwards from `federations.yaml` that has a
`.dfm-cli.conf.yaml`, else the folder of `federations.yaml`: what a path means does not depend on
where one stands. An entry is looked at only when it is asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dfm.errors import ArgumentError, DeclarationError, nearest
from dfm.registry.settings import Settings, project_folder
from dfm.registry.yaml_file import (
    kind_of,
    make_folder,
    only_one,
    place_of,
    read_mapping,
    write_mapping,
)

KEYS = ("federation_dir", "config_path", "project_path")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a federation is. The paths are absolute, and need not be there."""

    name: str
    federation_dir: Path
    config_path: Path
    project_path: Path | None = None

    def config(self) -> Path:
        """Return the federation's `*.dfm.yaml` file.

        Raises:
            DeclarationError: it is not there.
        """
        if self.config_path.is_file():
            return self.config_path
        missing = self.federation_dir if not self.federation_dir.is_dir() else self.config_path
        raise DeclarationError(
            f"federation {self.name!r} has no configuration: {missing.name} is not there",
            at=str(missing),
            hint=f"dfm fed config set {self.name} with other paths",
        )


def find_config() -> Path:
    """Return where `federations.yaml` is, by the settings that hold here. It need not be there.

    Raises:
        DeclarationError: the settings can not be read.
    """
    return Settings.load().federations


class Registry:
    """The federations of one file. A file that is not there has none."""

    def __init__(self, path: Path, root: dict[str, Any], read: bytes | None) -> None:
        self.path = path
        self._root = root
        self._read = read

    @classmethod
    def load(cls, path: Path | None = None) -> Registry:
        """Return the federations of a file, else of the one that `find_config` finds.

        Raises:
            DeclarationError: the file is there and can not be read.
        """
        path = Path(os.path.abspath(path or find_config()))
        there = os.path.lexists(path)
        read = _bytes_of(path)  # before the rest, so that no change in between goes unseen
        registry = cls(path, read_mapping(path, "the list of federations") if there else {}, read)
        registry._entries()
        return registry

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(self.path)

    @property
    def folder(self) -> Path:
        """The project's folder, which `federation_dir` is relative to."""
        return project_folder(self.path.parent)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the federations, in the order of the file."""
        return tuple(str(name) for name in self._entries())

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def get(self, name: str) -> Entry:
        """Return where a federation is. Its own files are not looked at.

        Raises:
            DeclarationError: there is none of that name, or its entry is wrong.
        """
        if name not in self and not self.exists:
            raise DeclarationError(
                f"federation {name!r} is not configured: there is no list of federations",
                at=str(self.path),
                hint="dfm fed config create-default, or dfm fed -c FILE",
            )
        if name not in self:
            raise DeclarationError(
                f"federation {name!r} is not configured",
                at=str(self.path),
                hint=nearest(name, self.names) or f"dfm fed config set {name}",
            )
        return self._entry(name)

    def folder_of(self, name: str) -> Path:
        """Return the folder of a federation; the rest of its entry may be wrong or missing.

        Raises:
            DeclarationError: the entry does not say.
        """
        entries = self._entries()
        return self._path_of(self._fields(name), "federation_dir", self.folder, entries, name)

    def set(self, name: str, **paths: str | None) -> None:
        """Add or change an entry, in memory; what is None stays as it is, also as it is written.

        A path that is "" is removed.

        Raises:
            ArgumentError: the name can not be one, or a path can not be written as text.
        """
        check_name(name)
        for key, path in paths.items():
            if path is not None and not _is_text(path):
                raise ArgumentError(f"{key} {path!a} is not UTF-8", hint="another path")
        entries = self._entries()
        if not entries:
            entries = self._root["federations"] = _new_mapping()
        entry = entries.get(name)
        if not isinstance(entry, dict):
            entry = entries[name] = _new_mapping()
        for key in KEYS:
            if paths.get(key) == "":
                entry.pop(key, None)
            elif paths.get(key) is not None:
                entry[key] = paths[key]

    def delete(self, name: str) -> None:
        """Remove an entry, in memory. Nothing else of the federation is touched.

        Raises:
            DeclarationError: there is none of that name.
        """
        if name not in self:
            self.get(name)
        entries = self._entries()
        del entries[next(key for key in entries if str(key) == name)]

    def save(self) -> None:
        """Write the file, and make its folder if need be; comments and the order of keys stay.

        Raises:
            DeclarationError: it can not be written, or another program has written it since it was
                read; it is as it was.
        """
        make_folder(self.path.parent)
        with only_one(self.path.parent):
            if _bytes_of(self.path) != self._read:
                raise DeclarationError(
                    "another program has changed the list of federations meanwhile",
                    at=str(self.path),
                    hint="the same again",
                )
            write_mapping(self.path, self._root)
            self._read = _bytes_of(self.path)

    def _entries(self) -> dict[str, Any]:
        found = self._root.get("federations")
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise DeclarationError(
                f"federations must be a mapping of names to entries, not {kind_of(found)}",
                at=place_of(self.path, self._root, "federations"),
            )
        return found

    def _entry(self, name: str) -> Entry:
        entries = self._entries()
        check_name(name, at=place_of(self.path, entries, name))
        found = self._fields(name)
        where = self._path_of(found, "federation_dir", self.folder, entries, name)
        config = self._path_of(found, "config_path", where, entries, name)
        project = None
        if found.get("project_path") is not None:
            project = self._path_of(found, "project_path", where, entries, name)
        return Entry(name, where, config, project)

    def _fields(self, name: str) -> dict[str, Any]:
        """Return what is written of a federation that is on the list."""
        entries = self._entries()
        found = entries[next(key for key in entries if str(key) == name)]
        if not isinstance(found, dict):
            raise DeclarationError(
                f"the entry {name!r} must be a mapping, not {kind_of(found)}",
                at=place_of(self.path, entries, name),
                hint="federation_dir: and config_path: below it",
            )
        return found

    def _path_of(
        self,
        entry: Mapping[str, Any],
        key: str,
        base: Path,
        entries: Mapping[str, Any],
        name: str,
    ) -> Path:
        value = entry.get(key)
        if isinstance(value, str) and value and "\0" not in value:
            return Path(os.path.abspath(base / Path(value).expanduser()))
        if value is None:
            near = nearest(key, (str(k) for k in entry if k not in KEYS)) if entry else ""
            raise DeclarationError(
                f"the entry {name!r} has no {key}",
                at=place_of(self.path, entries, name),
                hint=f"{key}: PATH" + (f" in place of {near}" if "almost" in near else ""),
            )
        raise DeclarationError(
            f"{key} must be a path, not {kind_of(value) if value != '' else 'empty'}",
            at=place_of(self.path, entry, key),
        )


def check_name(name: str, at: str = "") -> None:
    """Refuse a name that could not be that of a folder of the workspace.

    Raises:
        ArgumentError: it is one of those.
    """
    if not _NAME.fullmatch(name):
        raise ArgumentError(
            f"{name!r} can not be the name of a federation",
            at=at,
            hint="letters, digits, and _ - . after the first",
        )


def _bytes_of(path: Path) -> bytes | None:
    """Return what is in a file; None if it can not be read, which is told elsewhere."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _new_mapping() -> dict[str, Any]:
    from ruamel.yaml.comments import CommentedMap

    return CommentedMap()

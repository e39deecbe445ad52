"""`.dfm-cli.conf.yaml`: where federations and workspaces are, and the scripts of `dfm dev`.

Looked up in this order: the file that `DFM_CLI_CONFIG` names; the nearest folder upwards that has
a `.dfm-cli.conf.yaml`, which is the project's folder; `~/.dfm`; else the defaults. Relative paths
are relative to the folder of the file; those of `~/.dfm`, and the defaults, to the working
directory. Keys that nobody knows are left alone and told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dfm.errors import DeclarationError, nearest
from dfm.registry.yaml_file import kind_of, place_of, read_mapping

FILE_NAME = ".dfm-cli.conf.yaml"
VARIABLE = "DFM_CLI_CONFIG"
FEDERATIONS = "federations.yaml"
WORKSPACE = "workspace"

Task = Literal["testing", "linting", "formatting", "type_checking"]
TASKS: tuple[Task, ...] = ("testing", "linting", "formatting", "type_checking")

_KNOWN: dict[str, set[str]] = {
    "": {"federations_config_path", "debug", "workspace", "dev"},
    "workspace": {"path"},
    "dev": {*TASKS},
    "dev.testing": {"script"},
    "dev.linting": {"script", "fix"},
    "dev.formatting": {"script"},
    "dev.type_checking": {"script"},
}


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts of `dfm dev`; None for one that is not set."""

    testing: Path | None = None
    linting: Path | None = None
    formatting: Path | None = None
    type_checking: Path | None = None
    fix: bool = False
    """Whether `dfm dev lint` repairs what it can without being asked."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds, whether written or by default. All paths are absolute."""

    path: Path | None
    """The file that says it, or None."""
    folder: Path
    """The folder of the project: relative paths are relative to it, scripts run in it."""
    federations: Path
    workspace: Path
    debug: bool = False
    scripts: Scripts = field(default_factory=Scripts)
    unknown: tuple[str, ...] = ()
    """One line for each key that nobody knows: where, which, and the nearest known."""

    @staticmethod
    def load(path: Path | None = None) -> Settings:
        """Return the settings of a file, else of the one that `find_settings` finds.

        Raises:
            DeclarationError: the file can not be read, or a value in it is of the wrong kind.
        """
        path = path or find_settings()
        here = Path.cwd()
        if path is None:
            return Settings(None, here, here / FEDERATIONS, here / WORKSPACE, debug=_asked_debug())
        path = Path(os.path.abspath(path))
        folder = here if path == _home_file() else path.parent
        return _Reader(path, folder, read_mapping(path, "the configuration")).settings()


def find_settings() -> Path | None:
    """Return the `.dfm-cli.conf.yaml` that holds here, or None.

    Raises:
        DeclarationError: `DFM_CLI_CONFIG` names a file that is not there.
    """
    if named := os.environ.get(VARIABLE):
        path = Path(named).expanduser()
        if not path.is_file():
            raise DeclarationError(
                f"{VARIABLE} names a file that is not there",
                at=str(path),
                hint=f"another path, or `unset {VARIABLE}`",
            )
        return Path(os.path.abspath(path))
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    home = _home_file()
    return home if home is not None and home.is_file() else None


def project_folder(folder: Path) -> Path:
    """Return the nearest folder upwards that has a `.dfm-cli.conf.yaml`, else the folder."""
    folder = Path(os.path.abspath(folder))
    for above in (folder, *folder.parents):
        if (above / FILE_NAME).is_file():
            return above
    return folder


class _Reader:
    """Reads the values of one file; every getter says where a wrong value is."""

    def __init__(self, path: Path, folder: Path, root: Mapping[str, Any]) -> None:
        self._path, self._folder, self._root = path, folder, root

    def settings(self) -> Settings:
        unknown = self._unknown()
        workspace = self._a_path("workspace", "path") or self._folder / WORKSPACE
        return Settings(
            self._path,
            self._folder,
            self._federations(workspace),
            workspace,
            self._a_flag("", "debug") or _asked_debug(),
            self._scripts(),
            unknown,
        )

    def _federations(self, workspace: Path) -> Path:
        if "federations_config_path" not in self._root:
            return self._folder / FEDERATIONS
        return self._a_path("", "federations_config_path") or workspace / "fed_config.yaml"

    def _scripts(self) -> Scripts:
        found = {task: self._a_path(f"dev.{task}", "script") for task in TASKS}
        return Scripts(**found, fix=self._a_flag("dev.linting", "fix"))

    def _section(self, dotted: str) -> Mapping[str, Any]:
        """Return a section; one that is not there, or is empty, has no keys."""
        section = self._root
        for key in filter(None, dotted.split(".")):
            value = section.get(key)
            if value is None:
                return {}
            if not isinstance(value, dict):
                raise self._wrong(section, key, "a mapping", value)
            section = value
        return section

    def _a_path(self, dotted: str, key: str) -> Path | None:
        section = self._section(dotted)
        value = section.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value or "\0" in value:
            raise self._wrong(section, key, "a path", value)
        return Path(os.path.abspath(self._folder / Path(value).expanduser()))

    def _a_flag(self, dotted: str, key: str) -> bool:
        section = self._section(dotted)
        value = section.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(section, key, "true or false", value)

    def _unknown(self) -> tuple[str, ...]:
        found = []
        for dotted, known in _KNOWN.items():
            section = self._section(dotted)
            for key in section:
                if key not in known:
                    name = f"{dotted}.{key}" if dotted else str(key)
                    near = nearest(str(key), known)
                    found.append(
                        f"{place_of(self._path, section, key)}: nobody reads {name} (try {near})"
                    )
        return tuple(found)

    def _wrong(
        self, section: Mapping[str, Any], key: str, wanted: str, value: object
    ) -> DeclarationError:
        return DeclarationError(
            f"{key} must be {wanted}, not {kind_of(value) if value != '' else 'empty'}",
            at=place_of(self._path, section, key),
        )


def _home_file() -> Path | None:
    try:
        return Path.home() / ".dfm" / FILE_NAME
    except RuntimeError:  # there is no home
        return None


def _asked_debug() -> bool:
    return os.environ.get("DFM_CLI_DEBUG", "").lower() in {"1", "true", "yes", "y"}

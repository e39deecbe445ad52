"""Find a federation by its name, as programs that were given no file do.

In this order: the package that was generated for it, `<name>.fed.runtime`; the list of
federations, `federations.yaml`, by the name there or the `code-package`; a `*.dfm.yaml` with that
`code-package` in the package `<name>`, in the working directory, and in `configs` in either. Code
of the package is never run for it, and no federation but the one that is found is read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dfm.errors import ArgumentError, DeclarationError, UnknownName
from dfm.federation.models import FederationSpec
from dfm.types import describe

if TYPE_CHECKING:
    from dfm.registry import Entry, Registry

_GENERATED = Path("fed", "runtime", "federation.dfm.yaml")


class HasSpec(Protocol):
    """Anything that is a federation, such as `dfm.Federation`."""

    @property
    def spec(self) -> FederationSpec:
        """The federation as a value."""


Source = HasSpec | FederationSpec


def source_of(federation: Source | str | None, name: str | None) -> Source:
    """Return the federation that a session is to be of, found if only its name is given.

    Raises:
        ArgumentError: none is given, or two are.
        DeclarationError: as `find_federation` does.
    """
    if federation is not None and name is not None:
        raise ArgumentError("a session is of one federation, and two are given")
    given = name if federation is None else federation
    if given is None or given == "":
        raise ArgumentError(
            "a session needs a federation", hint="`dfm.Federation.load(path)`, or its name"
        )
    return find_federation(given) if isinstance(given, str) else given


def spec_of(federation: Source) -> FederationSpec:
    """Return the federation as a value.

    Raises:
        ArgumentError: it is none.
    """
    if isinstance(federation, FederationSpec):
        return federation
    spec = getattr(federation, "spec", None)
    if not isinstance(spec, FederationSpec):
        raise ArgumentError(
            f"a session needs a federation, got {describe(federation)}",
            hint="`dfm.Federation.load(path)`, or `dfm.Federation(name)`",
        )
    return spec


def find_federation(name: str) -> FederationSpec:
    """Return the federation of that name.

    Raises:
        ArgumentError: the name is none, or there are several files of that federation.
        UnknownName: there is none; the message lists the places where it was looked for.
        DeclarationError: it was found, and is wrong.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        return _of_other_name(name)
    for package in _packages(name):
        if (package / _GENERATED).is_file():
            return _loaded(package / _GENERATED, _above(package, name))
    registry = _registry()
    if (entry := _listed(registry, name)) is not None:
        return _loaded(entry.config(), entry.federation_dir)
    for folder, root in _folders(name):
        if (file := _file_in(folder, name)) is not None:
            return _loaded(file, root)
    raise _not_found(name, registry)


def _of_other_name(name: str) -> FederationSpec:
    """Return the federation that is listed by a name which can not be that of a package."""
    registry = _registry()
    if name not in registry:
        raise ArgumentError(
            f"{name!r} can not be the name of a federation, and is not in {registry.path}",
            hint="the code-package of its file; for a file, `Federation.load(path)`",
        )
    entry = registry.get(name)
    return _loaded(entry.config(), entry.federation_dir)


def _registry() -> Registry:
    from dfm.registry import Registry  # as the reader of files below: sessions may need neither

    return Registry.load()


def _listed(registry: Registry, name: str) -> Entry | None:
    """Return the entry of that name, else the first with that package."""
    if name in registry:
        return registry.get(name)
    for listed in registry.names:
        try:
            entry = registry.get(listed)
        except DeclarationError:  # the trouble of another federation is not ours
            continue
        if _is_of(entry.config_path, name):
            return entry
    return None


def _packages(name: str) -> Iterator[Path]:
    """Yield the folders of a package, if it can be imported; nothing of a name is run."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):  # a package that it is in is not there, or is no package
        return
    locations = found.submodule_search_locations if found is not None else None
    yield from (Path(location) for location in locations or ())


def _above(package: Path, name: str) -> Path:
    """Return the folder that `import name` finds the package in."""
    return package.absolute().parents[name.count(".")]


def _folders(name: str) -> Iterator[tuple[Path, Path]]:
    """Yield where a file may be, with the folder that its adapters are imported from."""
    here = Path.cwd()
    for folder, root in (*((p, _above(p, name)) for p in _packages(name)), (here, here)):
        yield folder, root
        yield folder / "configs", root


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file of a federation in a folder.

    Raises:
        ArgumentError: there are several, and none has the federation's name.
    """
    files = [f for f in sorted(folder.glob("*.dfm.yaml")) if _is_of(f, name)]
    if len(files) > 1:
        files = [f for f in files if f.name == f"{name}.dfm.yaml"] or files
    if len(files) > 1:
        raise ArgumentError(
            f"{len(files)} files are of the federation {name!r}: "
            + ", ".join(f.name for f in files),
            at=str(folder),
            hint=f"`Federation.load({str(files[0].name)!r})`",
        )
    return files[0] if files else None


def _is_of(file: Path, name: str) -> bool:
    """Whether a file says that it is of that federation; it may be wrong in all else."""
    said = rf"""code[-_]package["']?\s*:\s*["']?{re.escape(name)}(?=["'\s,}}]|$)"""
    try:
        return re.search(said, file.read_text("utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


def _loaded(file: Path, root: Path) -> FederationSpec:
    from dfm.federation.load import load_federation

    return replace(load_federation(file), folder=os.path.abspath(root))


def _not_found(name: str, registry: Registry) -> UnknownName:
    packages = [str(package) for package in _packages(name)]
    looked = [
        f"the package {name}.fed.runtime ({', '.join(packages) or 'not importable'})",
        f"{registry.path}" + ("" if registry.exists else " (not there)"),
        *(f"{folder}{os.sep}*.dfm.yaml" for folder, _ in _folders(name)),
    ]
    error = UnknownName("federation", name, registry.names, at="; ".join(looked))
    error.hint = error.hint or (
        "`dfm fed gen code` writes its package, `dfm fed config set` puts it on the list;"
        " `Session(Federation.load(path), ...)` for a file elsewhere"
    )
    return error

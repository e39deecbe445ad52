"""The generated modules of a federation, found by its name: `<federation>.fed.runtime.<site>`.

For programs that ask for them. No site needs them to run: what it is comes with its settings.
The names are the program's own; a name that came with a job is never looked up here.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from dfm.errors import StructureError, UnknownName

_EXPECTED = ("API_VERSION", "ThisSite")


def site_name_to_identifier(site: str) -> str:
    """Return the name of a site without what stands after an `@`.

    Raises:
        StructureError: when that is no Python identifier.
    """
    name = site.partition("@")[0]
    if not name.isidentifier():
        raise StructureError(
            f"{name!r} is not a valid identifier, so it can not be the name of a site",
            hint="letters, digits and underscores, as in 'edge_2'",
        )
    return name


def load_fed_runtime_module(federation_name: str) -> ModuleType:
    """Return the module `<federation>.fed.runtime`.

    Raises:
        UnknownName: when there is none.
    """
    return _module(f"{federation_name}.fed.runtime")


def load_site_runtime_module(federation_name: str, site: str) -> ModuleType:
    """Return the module `<federation>.fed.runtime.<site>`.

    Raises:
        UnknownName: when there is none.
        StructureError: when the site has no such name, or the module is of another kind.
    """
    module = _module(f"{federation_name}.fed.runtime.{site_name_to_identifier(site)}")
    assert_valid_runtime_module(module)
    return module


def assert_valid_runtime_module(module: ModuleType) -> None:
    """Refuse a module that does not offer what the generated module of a site does.

    Raises:
        StructureError: naming what is missing.
    """
    exported = getattr(module, "__all__", ())
    for name in _EXPECTED:
        if name not in exported and not hasattr(module, name):
            raise StructureError(
                f"{module.__name__} is not a valid federation runtime module: it has no {name}",
                hint="`dfm fed gen code` writes one for each site",
            )


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise  # the module is there, and something that it imports is not
        unknown = UnknownName("python module", name, ())
        unknown.hint = "`dfm fed gen code` writes it; is the folder it is in on the import path?"
        raise unknown from None

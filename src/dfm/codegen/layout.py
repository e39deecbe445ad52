"""Which file a class stands in, when namespaces nest at any depth.

A namespace is a module; it is a package when another namespace is inside it. So `a.b.Mid` and
`a.b.c.Deep` stand in `a/b/__init__.py` and `a/b/c.py`, and a class stands in one file only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dfm.errors import FederationError, Problem

Module = tuple[str, ...]
"""The parts of a module's name below `<package>.fed`."""


def parents(modules: Iterable[Module]) -> list[Module]:
    """Return the packages that modules are in, the outermost first.

    >>> parents([("api", "a", "b")])
    [(), ('api',), ('api', 'a')]
    """
    return sorted({module[:depth] for module in modules for depth in range(len(module))})


def file_of(package: str, module: Module, packages: Iterable[Module]) -> str:
    """Return the path of the file of a module.

    >>> file_of("harbor", ("api", "a"), [(), ("api",)])
    'harbor/fed/api/a.py'
    """
    path = "/".join((package, "fed", *module))
    return f"{path}/__init__.py" if module in packages else f"{path}.py"


def check_distinct(named: Mapping[Module, Iterable[str]]) -> None:
    """Refuse a class with the name of a module beside it, or of another class.

    Raises:
        FederationError: naming each.
    """
    modules = {*named, *parents(named)}
    problems = []
    for module, names in named.items():
        seen: set[str] = set()
        for name in names:
            path = ".".join((*module, name))
            if name in seen:
                problems.append(Problem(f"two classes would be {path}", hint="another name"))
            elif (*module, name) in modules:
                said = f"a class and a module would both be {path}"
                problems.append(Problem(said, hint="another name for a provider or an operation"))
            seen.add(name)
    if problems:
        raise FederationError(problems)

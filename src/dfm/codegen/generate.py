"""A federation as the files of its package: pure, so the same federation gives the same bytes.

fed/api/<namespace>.py                       a class for each operation
fed/site/<site>[/<provider>]/<namespace>.py  a class for each operation, at that place
fed/schema/<module>.py                       a class for each schema
fed/runtime/<site>/                          a session from the site, and the site itself
fed/runtime/federation.dfm.yaml              the federation, all references followed
fed/runtime/fed_info.json                    who offers what
"""

from __future__ import annotations

from collections.abc import Sequence

from dfm.codegen.info import fed_info
from dfm.codegen.layout import Module, check_distinct, file_of, parents
from dfm.codegen.operations import Written, operations_module, places_of
from dfm.codegen.runtime import FEDERATION_FILE, package_module, site_module, this_site_module
from dfm.codegen.schemas import check_names, classes_of, schema_modules
from dfm.codegen.text import docstring
from dfm.errors import UnknownName
from dfm.federation.models import FederationSpec
from dfm.types import Type

_HEADER = (
    # What the federation's own code is like, or whether it is installed, is not for here to say.
    "# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false\n"
    "# pyright: reportAttributeAccessIssue=false, reportInvalidTypeForm=false\n"
    "# mypy: ignore-errors\n"
    "# ruff: noqa\n"
)


def generate(
    spec: FederationSpec,
    resolved_yaml: str,
    *,
    api: bool = True,
    runtime_sites: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return the text of each file by its path, `<package>/fed/...`.

    `runtime_sites` are the sites that get a runtime module; None means all.

    Raises:
        FederationError: when two things would have one name, or a name is no name of Python.
        UnknownName: for a site that is not there.
    """
    for name in runtime_sites or ():
        if name not in spec.sites:
            raise UnknownName("site", name, spec.sites, at=f"federation {spec.name!r}")
    wanted = list(spec.sites) if runtime_sites is None else list(runtime_sites)
    modules = {**(_api(spec) if api else {}), **_runtime(spec, wanted)}
    packages = {*parents(modules), *(("runtime", site) for site in wanted), ("runtime",), ()}
    for package in sorted(packages - modules.keys()):
        modules[package] = docstring(_titled(spec, package)) + "\n"
    files = {file_of(spec.name, m, packages): _HEADER + text for m, text in modules.items()}
    here = f"{spec.name}/fed"
    files[f"{here}/py.typed"] = ""
    files[f"{here}/runtime/{FEDERATION_FILE}"] = resolved_yaml
    files[f"{here}/runtime/fed_info.json"] = fed_info(spec).to_json()
    return dict(sorted(files.items()))


def _api(spec: FederationSpec) -> dict[Module, str]:
    check_names(spec.schemas)
    classes = {**_operations(spec), **_operations_at_places(spec)}
    named: dict[Module, list[str]] = {m: [w.name for w in ws] for m, ws in classes.items()}
    for name in spec.schemas:
        *namespace, last = name.split(".")
        named.setdefault(("schema", *namespace), []).append(last)
    check_distinct(named)
    known: dict[Type, tuple[str, str]] = classes_of(spec.name, spec.schemas)
    written = {
        module: operations_module(spec.name, _titled(spec, module), listed, known)
        for module, listed in classes.items()
    }
    return {("api",): docstring(_titled(spec, ("api",))) + "\n", **written,
            **schema_modules(spec.name, spec.schemas)}  # fmt: skip


def _operations(spec: FederationSpec) -> dict[Module, list[Written]]:
    found: dict[Module, list[Written]] = {}
    for operation in spec.operations.values():
        module = ("api", *operation.name.split(".")[:-1])
        found.setdefault(module, []).append(Written(operation, spec))
    return found


def _operations_at_places(spec: FederationSpec) -> dict[Module, list[Written]]:
    found: dict[Module, list[Written]] = {}
    for operation in spec.operations.values():
        for place in places_of(operation, spec):
            module = ("site", *filter(None, place), *operation.name.split(".")[:-1])
            found.setdefault(module, []).append(Written(operation, spec, place))
    return found


def _runtime(spec: FederationSpec, sites: Sequence[str]) -> dict[Module, str]:
    modules: dict[Module, str] = {(): package_module(spec)}
    for name in sites:
        site = spec.sites[name]
        modules["runtime", name] = site_module(spec, site)
        modules["runtime", name, "_this_site"] = this_site_module(spec, site)
    return modules


def _titled(spec: FederationSpec, module: Module) -> str:
    about = {
        "api": "Operations of the federation",
        "site": "Operations at one site of the federation",
        "schema": "Schemas of the federation",
        "runtime": "The federation at run time:",
    }.get(module[0] if module else "", "The typed package of the federation")
    return f"{about} {spec.name}. Generated by `dfm fed gen code`: do not edit."

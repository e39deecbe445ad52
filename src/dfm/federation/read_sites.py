"""The `sites` section: who offers what, how arguments are filled, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from dfm.federation.models import (
    AdapterSpec,
    CacheConfig,
    ComputeCost,
    Construct,
    OperationSpec,
    ProviderSpec,
    SecretsConfig,
    SiteSpec,
)
from dfm.federation.names import site_name
from dfm.federation.read_bindings import constructor_arguments, read_arguments
from dfm.federation.read_links import Classes, read_link_class, read_send_costs
from dfm.federation.read_options import OPTION_KEYS, read_options
from dfm.federation.read_policy import read_policy
from dfm.federation.read_types import Schemas
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.shape import (
    Shape,
    boolean,
    class_path,
    entries,
    fields,
    is_null,
    is_reference,
    json_object,
    number,
    text,
    whole,
)
from dfm.federation.yaml_tree import Mapping, Node, Scalar

_SITE = Shape(
    "a site",
    (
        *("info", "impl", "cache_config", "secrets_vault", "interface", "providers"),
        *("send_cost", "link-class", "policy"),
    ),
)
_INFO = Shape("info", ("description",), open=True)
_PROVIDER = Shape("a provider", ("info", "impl", "interface"))
_ADAPTER = Shape(
    "an entry of an interface",
    ("adapter", "description", "returns", "is-async", "args", "compute_cost", *OPTION_KEYS),
    required=("adapter",),
)
_CONSTRUCT = Shape("a constructor call", ("path", "args"), required=("path",))
_COMPUTE_COST = Shape(
    "compute_cost", ("fixed_time", "compute_throughput", "fixed_size", "output_factor")
)
_CACHE = Shape("cache_config", ("protocol", "storage_options", "base_path"), required=("protocol",))
_SECRETS = Shape("secrets_vault", ("path", "args"))

_POINTER = "#/operations/"

Operations = MappingType[str, OperationSpec]


def read_sites(
    r: Reading,
    node: Node | None,
    operations: Operations,
    schemas: Schemas,
    link_classes: Classes,
) -> dict[str, SiteSpec]:
    """Return the sites by name, each as far as it could be made out."""
    sites: dict[str, SiteSpec] = {}
    for key, value in entries(r, node, "sites", ("sites",)):
        name = site_name(key.text)
        path = ("sites", name)
        if name in sites:
            said = f"the site {shown(name)} is declared twice: the name is the text before @"
            r.report(key, said, "another name")
            continue
        at = r.declare(path, key)
        if _refused(r, value, path):
            sites[name] = SiteSpec(name, at=at)
            continue
        found = fields(r, value, _SITE)
        _check_info(r, found.get("info"))
        sites[name] = SiteSpec(
            name=name,
            interface=_interface(r, found.get("interface"), path, operations, schemas),
            providers=_providers(r, found.get("providers"), path, operations, schemas),
            implementation=_construct(r, found.get("impl"), "impl"),
            cache=_cache(r, found.get("cache_config")),
            secrets=_secrets(r, found.get("secrets_vault")),
            send_costs=read_send_costs(r, found.get("send_cost"), path, link_classes),
            link_class=read_link_class(r, found.get("link-class"), path),
            policy=read_policy(r, found.get("policy"), path, schemas),
            at=at,
        )
    return sites


def _check_info(r: Reading, node: Node | None) -> None:
    """Check a note for people: anything may be in it, though not a misspelt `description`."""
    fields(r, node, _INFO)
    if isinstance(node, Mapping):
        json_object(r, node, "info")


def _refused(r: Reading, node: Node, path: Path) -> bool:
    """Whether this is a reference that could not be followed, which is reported."""
    if not is_reference(node):
        return False
    r.leave_unclear(path)
    return True


def _providers(
    r: Reading, node: Node | None, site: Path, operations: Operations, schemas: Schemas
) -> dict[str, ProviderSpec]:
    providers: dict[str, ProviderSpec] = {}
    for key, value in entries(r, node, "providers", (*site, "providers")):
        path = (*site, "providers", key.text)
        at = r.declare(path, key)
        if _refused(r, value, path):
            providers[key.text] = ProviderSpec(key.text, at=at)
            continue
        found = fields(r, value, _PROVIDER)
        _check_info(r, found.get("info"))
        providers[key.text] = ProviderSpec(
            name=key.text,
            interface=_interface(r, found.get("interface"), path, operations, schemas),
            implementation=_construct(r, found.get("impl"), "impl"),
            at=at,
        )
    return providers


# -- interfaces ------------------------------------------------------------------------------


def _interface(
    r: Reading, node: Node | None, owner: Path, operations: Operations, schemas: Schemas
) -> dict[str, AdapterSpec]:
    path = (*owner, "interface")
    offered: dict[str, AdapterSpec] = {}
    for key, value in entries(r, node, "interface", path):
        operation = _operation_named(r, key, path, operations)
        r.declare((*path, operation), key)
        if _refused(r, value, (*path, operation)):
            offered[operation] = AdapterSpec(Construct(""))
        else:
            offered[operation] = _adapter(
                r, key, value, (*path, operation), operations.get(operation), schemas
            )
    return offered


def _operation_named(r: Reading, key: Scalar, path: Path, operations: Operations) -> str:
    """Return the operation an interface key points at, by our best guess when it is misspelled."""
    operation = key.text.removeprefix(_POINTER)
    if operation != key.text:
        return operation
    operation = key.text.rsplit("/", 1)[-1]
    if operation not in operations:
        r.leave_unclear(path)
        r.leave_unclear(("operations", operation))
    said = f"a key of an interface points at an operation; {shown(key.text)} does not"
    r.report(key, said, f'"{_POINTER}{operation[:60] or "..."}"')
    return operation


def _adapter(
    r: Reading, key: Scalar, node: Node, path: Path, spec: OperationSpec | None, schemas: Schemas
) -> AdapterSpec:
    found = fields(r, node, _ADAPTER, at=key)
    if (returns := found.get("returns")) is not None and not is_null(returns):
        class_path(r, returns, "returns", dotted=False)
    declared = "is-async" in found and not is_null(found["is-async"])
    if (cost := found.get("compute_cost")) is not None:
        r.declare((*path, "compute_cost"), cost)
    return AdapterSpec(
        implementation=_construct(r, found.get("adapter"), "adapter") or Construct(""),
        arguments=read_arguments(r, found.get("args"), path, spec, schemas),
        is_async=boolean(r, found["is-async"], "is-async", True) if declared else None,
        cost=_compute_cost(r, cost),
        description=text(r, found.get("description"), "description"),
        options=read_options(r, found, path),
        at=r.declare(path, key),
    )


def _construct(r: Reading, node: Node | None, what: str) -> Construct | None:
    """Return the class of an `adapter` or `impl`: a path, or a path and arguments."""
    if node is None or (what == "impl" and is_null(node)):
        return None
    if not isinstance(node, Mapping):
        return Construct(class_path(r, node, what))
    found = fields(r, node, _CONSTRUCT)
    path = class_path(r, found["path"], f"the path of {what}") if "path" in found else ""
    return Construct(path, constructor_arguments(r, found.get("args"), f"the args of {what}"))


# -- costs, storage, secrets -----------------------------------------------------------------


def _compute_cost(r: Reading, node: Node | None) -> ComputeCost | None:
    if is_null(node):
        return None
    found = fields(r, node, _COMPUTE_COST)
    return ComputeCost(
        fixed_time=_float(r, found, "fixed_time") or 0.0,
        compute_throughput=_float(r, found, "compute_throughput") or None,
        fixed_size=whole(r, found.get("fixed_size"), "fixed_size") or 0,
        output_factor=_float(r, found, "output_factor") or 0.0,
    )


def _float(r: Reading, found: MappingType[str, Node], key: str) -> float | None:
    value = number(r, found.get(key), key)
    return None if value is None else float(value)


def _cache(r: Reading, node: Node | None) -> CacheConfig:
    if is_null(node):
        return CacheConfig()
    found = fields(r, node, _CACHE)
    return CacheConfig(
        protocol=text(r, found.get("protocol"), "protocol", optional=False) or "file",
        storage_options=json_object(r, found.get("storage_options"), "storage_options"),
        base_path=text(r, found.get("base_path"), "base_path") or None,
    )


def _secrets(r: Reading, node: Node | None) -> SecretsConfig:
    found = fields(r, node, _SECRETS)
    path = found.get("path")
    return SecretsConfig(
        path=None if path is None or is_null(path) else class_path(r, path, "the path of a vault"),
        arguments=constructor_arguments(r, found.get("args"), "the args of a vault"),
    )

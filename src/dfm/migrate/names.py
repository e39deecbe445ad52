"""What the names of nv-dfm-core are called here, and which have no home.

The one place to look a name up: `resolve` takes a dotted name as programs write it and gives the
name to write instead, or the reason why there is none. It imports nothing of what it names; a
test sees to it that every name given here can be imported.
"""

from __future__ import annotations

from dataclasses import dataclass

from dfm.errors import nearest

OLD = "nv_dfm_core"
NEW = "dfm"

HOMES = {
    "": "__version__",
    "api": (
        "Advise And ApiVisitor Atom BestOf Block BooleanExpression BooleanExpressionVisitor"
        " ComparisonExpression DISCOVERY_PLACE_NAME Equal ErrorInfo ErrorToken Expression ForEach"
        " GreaterThan GreaterThanOrEqual If LessThan LessThanOrEqual Located NodeId NodeParam"
        " NodeRef Not NotEqual Operation Or PickledObject Pipeline PipelineBuildHelper PlaceParam"
        " PreparedPipeline STATUS_PLACE_NAME Statement StopToken TryFromCache WriteToCache Yield"
        " make_auto_id well_known_id"
    ),
    "api.discovery": (
        "BranchFieldAdvice EdgeT ErrorFieldAdvice FieldAdvice PartialError PartialFieldAdvice"
        " SingleFieldAdvice"
    ),
    "api.pydantic": "PolymorphicBaseModel",
    "exec": (
        "DfmContext Frame FsspecConfig Provider SecretsVault SecretsVaultConfig Site"
        " assert_valid_runtime_module load_fed_runtime_module load_site_runtime_module"
        " site_name_to_identifier"
    ),
    "exec.discovery": (
        "AdviceBuilder AdvisedDateRange AdvisedDict AdvisedError AdvisedLiteral AdvisedOneOf"
        " AdvisedSubsetOf AdvisedValue Okay field_advisor"
    ),
    "gen": "",
    "gen.apigen": "ApiGen",
    "session": (
        "AsyncioDispatcher CallbackDispatcher CallbackRunner DfmDataCallback DfmDataCallbackAsync"
        " DfmDataCallbackSync DirectDispatcher Job JobStatus ManualCallbackRunner ManualDispatcher"
        " Session call_callbacks call_callbacks_async callbacks_kind configure_session_logging"
    ),
    "targets": "",
    "targets.local": "FederationRunner JobExecution JobHandle JobRunner JobSubmission",
}
"""The public names of each package that are there under `dfm` too."""

_IS_RUN = "leaving it out: nets run as they are, and no Python is made of them"
_IS_PACKED = "leaving it out: `dfm.wire` packs what travels between sites"
_FLARE = "the target 'local' or 'inline'; there is no target 'flare' here"

HOMELESS = {
    "cli": "the command `dfm`",
    "exec.Activation": _IS_RUN,
    "exec.ControlPlace": _IS_RUN,
    "exec.CountingPlace": _IS_RUN,
    "exec.FlowInfo": _IS_RUN,
    "exec.JobController": _IS_RUN,
    "exec.Net": _IS_RUN,
    "exec.NetRunner": _IS_RUN,
    "exec.PanicError": "`dfm.errors.DfmError`, from which all errors descend",
    "exec.Place": _IS_RUN,
    "exec.QueuePlace": _IS_RUN,
    "exec.Router": _IS_RUN,
    "exec.TokenPackage": _IS_PACKED,
    "exec.TransitionTryActivateFunc": _IS_RUN,
    "exec.activate_when_places_ready": _IS_RUN,
    "exec.any_object_to_tagged_json_value": _IS_PACKED,
    "exec.tagged_json_value_to_object": _IS_PACKED,
    "gen.irgen": "`session.prepare(pipeline)` and `session.explain(pipeline)`",
    "gen.modgen": _IS_RUN,
    "gen.openapigen": "adapters written by hand",
    "poc": _FLARE,
    "session.SessionDelegate": "a class of `dfm.targets.base.Target`",
    "targets.flare": _FLARE,
    "targets.local.LocalJob": "`dfm.session.Job`, whatever the target",
    "targets.local.LocalRouter": _IS_RUN,
    "targets.local.LocalSessionDelegate": "`dfm.targets.local.LocalTarget`",
    "telemetry": "`dfm costs`, and what a job tells of itself",
}
"""What programs may use that is not here, and what to use in its place."""

GONE_ATTRIBUTES = {
    "add_discovery": "an advisor of the adapter: `dfm.exec.discovery.field_advisor`",
}
"""Methods and arguments with names that nothing else has, and what to use in their place."""

_RENAMED = {"api._WriteToCache": "api.WriteToCache"}


@dataclass(frozen=True, slots=True)
class Home:
    """Where a name is here: `name`, or '' and the reason `why`, with what to `use` instead."""

    name: str
    why: str = ""
    use: str = ""


def resolve(name: str) -> Home:
    """Return where a dotted name of nv-dfm-core is here; attributes of what it names are kept.

    >>> resolve("nv_dfm_core.session.Session.execute").name
    'dfm.session.Session.execute'
    >>> resolve("nv_dfm_core.exec._site.Site").name
    'dfm.exec.Site'
    >>> resolve("nv_dfm_core.gen.modgen").why
    'nv_dfm_core.gen.modgen has no counterpart in dfm'
    """
    inner = name.removeprefix(OLD).removeprefix(".")
    inner = _RENAMED.get(inner, inner)
    if (use := _instead(inner)) is not None:
        return Home("", f"{name} has no counterpart in dfm", use)
    module, rest = _split(inner)
    while len(rest) > 1 and rest[0].startswith("_"):
        rest = rest[1:]  # a private module of the package, which programs had no business to name
    if rest and rest[0] not in HOMES[module].split():
        why = f"there is no {rest[0]!r} in {_dotted(NEW, module)}"
        return Home("", why, _offered(module, rest[0]))
    return Home(_dotted(NEW, module, *rest))


def home_of_import(module: str, names: list[str]) -> Home:
    """Return the module to write in `from module import names`, if it has all of them.

    >>> home_of_import("nv_dfm_core.api._pipeline", ["Pipeline"]).name
    'dfm.api'
    """
    homes = [resolve(f"{module}.{name}") for name in names]
    for home in homes:
        if not home.name:
            return home
    modules = {home.name.rpartition(".")[0] for home in homes}
    same = all(home.name.endswith(f".{name}") for home, name in zip(homes, names, strict=True))
    if len(modules) == 1 and same:
        return Home(modules.pop())
    use = ", ".join(home.name for home in homes)
    return Home("", f"what is imported from {module} is elsewhere, or else named, in dfm", use)


def is_module(name: str) -> bool:
    """Whether a dotted name of nv-dfm-core is a package that is here too."""
    module = name.removeprefix(OLD).removeprefix(".")
    return name.startswith(OLD) and module in HOMES


def package_of(name: str) -> str:
    """Return the package of `dfm` that a dotted name of nv-dfm-core is in.

    >>> package_of("nv_dfm_core.api.Pipeline.accept")
    'dfm.api'
    """
    return _dotted(NEW, _split(name.removeprefix(OLD).removeprefix("."))[0])


def _instead(inner: str) -> str | None:
    """Return what to use instead of a name, or of what it is part of, that has no home."""
    parts = inner.split(".")
    known = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((HOMELESS[part] for part in known if part in HOMELESS), None)


def _split(inner: str) -> tuple[str, list[str]]:
    """Return the longest package that a name begins with, and what follows."""
    parts = inner.split(".") if inner else []
    for end in range(len(parts), 0, -1):
        if (module := ".".join(parts[:end])) in HOMES:
            return module, parts[end:]
    return "", parts


def _dotted(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _offered(module: str, name: str) -> str:
    inside = f"{module}." if module else ""
    modules = [m.removeprefix(inside) for m in HOMES if m.startswith(inside) and m != module]
    return nearest(name, [*HOMES[module].split(), *modules])

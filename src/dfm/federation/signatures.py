"""The signature of an operation, from a Python function or class.

Types come from annotations, defaults from the signature, the description from the docstring.
`Annotated[int, Field(ge=1), "row limit"]` says what a plain annotation can not: limits, and a
parameter's description. A function that yields returns a stream of what it yields.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from types import SimpleNamespace
from typing import Annotated, Any, NoReturn, get_args, get_origin, get_type_hints

from dfm.errors import FederationError, Problem
from dfm.federation.models import MISSING, OperationSpec, Parameter
from dfm.types import ANYTHING, Type
from dfm.types.annotations import ITERABLES, STREAMS, iterated, stream_of

_AWAITABLES = (Awaitable, Coroutine)
_OFFERED_TO_CONSTRUCTORS = {"site", "provider"}


def operation_of(
    implementation: Callable[..., Any], name: str, description: str | None = None
) -> OperationSpec:
    """Return the signature of the operation that a function, or a class with `body`, implements.

    Raises FederationError when it can not be called with keyword arguments alone.
    """
    body = _body_of(implementation)
    at = place_of(implementation)
    hints = _hints(body)
    parameters = tuple(_parameter(p, hints, name, at) for p in _callable_parameters(body, name, at))
    text = inspect.getdoc(implementation) if description is None else description
    return OperationSpec(
        name=name,
        parameters=parameters,
        returns=_returned(hints.get("return", Any), body),
        description=(text or "").strip(),
        at=at,
    )


def place_of(implementation: object) -> str:
    """Return `file:line` of a function or class, or '' when Python does not know it."""
    body = getattr(implementation, "body", None) if isinstance(implementation, type) else None
    function = inspect.unwrap(body or implementation)  # type: ignore[arg-type]
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def _body_of(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Return what will be called with the arguments; of a class, `body` without its `self`."""
    if not isinstance(implementation, type):
        if inspect.isroutine(implementation):
            return implementation
        what = f"an operation is a function or a class with `body`, not {implementation!r:.80}"
        _refuse(what, "", "a function around it")
    at = place_of(implementation)
    body = inspect.getattr_static(implementation, "body", None)
    if isinstance(body, staticmethod | classmethod):
        bound: Callable[..., Any] = getattr(implementation, "body")  # noqa: B009
        return bound
    if not inspect.isfunction(body):
        _refuse(
            f"the class {implementation.__qualname__} has no method `body`", at, "def body(self)"
        )
    _check_constructor(implementation, at)
    return body.__get__(SimpleNamespace())


def _check_constructor(cls: type, at: str) -> None:
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return
    for p in parameters:
        variable = p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        if p.default is p.empty and not variable and p.name not in _OFFERED_TO_CONSTRUCTORS:
            what = f"nothing gives the constructor of {cls.__qualname__} its {p.name!r}"
            _refuse(what, at, "a default for it; only `site` and `provider` are given")


def _callable_parameters(
    body: Callable[..., Any], operation: str, at: str
) -> list[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(body).parameters.values())
    except (TypeError, ValueError):
        _refuse(
            f"{operation}: Python does not know the signature of {body!r:.80}",
            at,
            "a function around it",
        )
    for p in parameters:
        if p.kind is p.POSITIONAL_ONLY:
            what = f"{operation}: the parameter {p.name!r} is positional-only"
            _refuse(what, at, "leaving out the `/`: arguments are passed by name")
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            stars = "*" if p.kind is p.VAR_POSITIONAL else "**"
            what = (
                f"{operation}: {stars}{p.name} takes any arguments, an operation takes named ones"
            )
            _refuse(what, at, "a parameter for each of them")
    return parameters


def _parameter(p: inspect.Parameter, hints: dict[str, Any], operation: str, at: str) -> Parameter:
    type_, description = _type_of(hints.get(p.name, Any))
    return Parameter(
        name=p.name,
        type=iterated(type_),
        required=p.default is p.empty,
        default=MISSING if p.default is p.empty else p.default,
        description=description,
        at=at,
    )


# -- annotations -----------------------------------------------------------------------------


def _hints(body: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations as objects; one that can not be looked up is left out."""
    function = inspect.unwrap(body)
    function = getattr(function, "__func__", function)
    written = dict(getattr(function, "__annotations__", {}))
    namespace = getattr(function, "__globals__", {})
    hints: dict[str, Any] = {}
    for name, annotation in written.items():
        try:
            found = get_type_hints(
                SimpleNamespace(__annotations__={name: annotation}), namespace, include_extras=True
            )
        except Exception:  # noqa: BLE001  (evaluates the author's text: anything may come out)
            continue
        hints.update(found)
    return hints


def _type_of(annotation: Any) -> tuple[Type, str]:
    """Return the type an annotation means, and the description in it."""
    if get_origin(annotation) is not Annotated:
        return Type.of_annotation(annotation), ""
    description = next((r for r in get_args(annotation)[1:] if isinstance(r, str)), "")
    return Type.of_annotation(annotation), description


def _returned(annotation: Any, body: Callable[..., Any]) -> Type:
    origin = get_origin(annotation) or annotation
    arguments = get_args(annotation)
    function = inspect.unwrap(body)
    yields = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    if yields:
        streams = origin in STREAMS or origin in ITERABLES
        return stream_of(Type.of_annotation(arguments[0]) if streams and arguments else ANYTHING)
    if origin in ITERABLES:
        return ANYTHING
    if origin in _AWAITABLES:
        return _returned(arguments[-1], body) if arguments else ANYTHING
    return _type_of(annotation)[0]


def _refuse(message: str, at: str, hint: str) -> NoReturn:
    raise FederationError([Problem(message, at, hint)])

"""What pydantic found wrong, said the way this library says it.

Validators raise our own errors, but pydantic catches them on the way out because they are
`ValueError`s. `declaration_error` digs the first of them out again, and words the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from dfm.errors import ArgumentError, DeclarationError, DfmError, nearest
from dfm.types import describe


def declaration_error(
    error: Exception, model: type[BaseModel], *, title: str = "", at: str = ""
) -> DfmError:
    """Return the one error to raise instead of what pydantic raised."""
    if own := _own_error(error):
        own.at = own.at or at
        return own
    title = title or model.__name__
    if not isinstance(error, ValidationError):
        return ArgumentError(f"{title}: {error}", at=at, hint="plain, JSON-like values")
    problems = error.errors(include_url=False)
    # A misspelt name is missing under one name and superfluous under another: tell the latter.
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    name = str(first["loc"][0]) if first["loc"] else ""
    match first["type"]:
        case "missing":
            message, hint = f"{title} needs {name!r}", f"{name}=..."
        case "extra_forbidden":
            message = f"{title} takes no argument {name!r}"
            hint = nearest(name, _offered(model))
        case "json_invalid":
            message, hint = (
                f"this is not the JSON of a {title}: {first['msg']}",
                "a whole, valid file",
            )
        case _ if name == "site" and "site" in model.model_fields:
            got = describe(first["input"])
            message = f"argument 'site' of {title} must be one site, BestOf or Advise, not {got}"
            hint = "BestOf([...]) for the best of some sites"
        case _:
            said = dict.fromkeys(p["msg"] for p in problems if not p["loc"] or p["loc"][0] == name)
            what = f"argument {name!r} of {title}" if name else title
            message = f"{what}: {'; or '.join(list(said)[:3])}, got {describe(first['input'])}"
            hint = _description(model, name)
    return ArgumentError(message, at=at, hint=hint)


def _own_error(error: object) -> DfmError | None:
    """Return the error of ours that pydantic wrapped, if there is one."""
    if isinstance(error, ValidationError):
        found = (problem.get("ctx", {}).get("error") for problem in error.errors(include_url=False))
        return next((e for e in map(_own_error, found) if e is not None), None)
    if isinstance(error, DfmError):
        return error
    return _own_error(error.__cause__) if isinstance(error, BaseException) else None


def _offered(model: type[BaseModel]) -> Iterable[str]:
    return (name for name in model.model_fields if name not in ("tag", "dfm_class_name"))


def _description(model: type[BaseModel], name: str) -> str:
    field: Any = model.model_fields.get(name)
    return (field.description if field is not None else "") or f"help({model.__name__})"


def no_positional(title: str, names: Iterable[str]) -> DeclarationError:
    """Return the error for arguments that were given without their names."""
    shown = ", ".join(f"{name}=..." for name in names)
    return ArgumentError(f"{title} takes its arguments by name", hint=f"{title}({shown})")

"""Which names a federation may use.

Names end up as attributes, keyword arguments, process names and keys of messages between
organisations, so they are plain ASCII identifiers, and none means something else already.
"""

from __future__ import annotations

import keyword
import re
from typing import Literal

from dfm.errors import Problem
from dfm.federation.reading import shown

MAX_LENGTH = 128
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)

Kind = Literal["federation", "operation", "parameter", "argument", "site", "provider"]

# What every class of an operation has already: methods of its own, and of pydantic.
_OF_OPERATIONS = frozenset(
    (
        *("self", "site", "provider", "accept", "fieldref"),
        "get_noderef_and_placeparam_pydantic_fields",
        *("model_computed_fields", "model_config", "model_construct", "model_copy", "model_dump"),
        *("model_dump_json", "model_extra", "model_fields", "model_fields_set"),
        *("model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild"),
        *("model_validate", "model_validate_json", "model_validate_strings"),
    )
)
_RESERVED: dict[str, frozenset[str]] = {
    "federation": frozenset({"dfm"}),
    "parameter": _OF_OPERATIONS,
    "argument": frozenset({"self"}),
    "provider": frozenset(
        {"site", "dfm_context", "api_version", "federation_name", "cache_storage"}
        | {"secret_for_key", "telemetry_span", "ThisSite"}
    ),
}
_NO_UNDERSCORE = frozenset({"operation", "parameter", "provider"})


def name_problem(kind: Kind, name: str) -> Problem | None:
    """Return what is wrong with a name of this kind, or None. Operation names may have dots.

    >>> print(name_problem("parameter", "class"))
    the parameter name 'class' is a word of Python (try 'class_')
    >>> print(name_problem("site", "pier-2"))
    the site name 'pier-2' is not an identifier (try 'pier_2')
    """
    said = f"the {kind} name {shown(name)}"
    if len(name) > MAX_LENGTH:
        return Problem(f"{said} has more than {MAX_LENGTH} characters", hint="a shorter name")
    parts = name.split(".") if kind == "operation" else [name]
    if not all(NAME.fullmatch(part) for part in parts):
        return Problem(f"{said} is not an identifier", hint=_repaired(name, dots=len(parts) > 1))
    if word := next((part for part in parts if keyword.iskeyword(part)), ""):
        which = "is" if word == name else f"has {word!r}, which is"
        return Problem(f"{said} {which} a word of Python", hint=f"'{word}_'")
    if name in _RESERVED.get(kind, ()):
        return Problem(f"{said} is reserved: every {_owner(kind)} has it", hint=f"'{name}_'")
    if kind == "parameter" and name.startswith("dfm_"):
        return Problem(f"{said} is reserved: it begins with dfm_", hint="another beginning")
    if any(part.startswith("_" if kind in _NO_UNDERSCORE else "__") for part in parts):
        return Problem(f"{said} begins with an underscore", hint=repr(name.strip("_")))
    return None


def _owner(kind: str) -> str:
    owners = {"parameter": "operation", "provider": "site", "argument": "method"}
    return owners.get(kind, "program")


def _repaired(name: str, *, dots: bool) -> str:
    allowed = r"[^A-Za-z0-9_.]" if dots else r"[^A-Za-z0-9_]"
    repaired = re.sub(allowed, "_", name[:60]).strip("." if dots else "")
    return repr(repaired) if NAME.match(repaired) else "letters, digits and underscores"


def is_path(text: str) -> bool:
    """Whether `text` is a dotted sequence of identifiers."""
    return all(part.isidentifier() for part in text.split("."))


def site_name(text: str) -> str:
    """Return the name of a site as it is used everywhere: the text before `@`.

    >>> site_name("boss@x.com")
    'boss'
    """
    return text.split("@", 1)[0]

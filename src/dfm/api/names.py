"""Which names an author may give to nodes and places."""

from __future__ import annotations

import re
from keyword import iskeyword

from dfm.errors import StructureError
from dfm.net.model import DISCOVERY_PLACE_NAME, STATUS_PLACE_NAME

RESERVED_PLACES = frozenset(
    (
        STATUS_PLACE_NAME,
        DISCOVERY_PLACE_NAME,
        "__telemetry__",
        "__start_place__",
        "__local_completion__",
    )
)
_AUTOMATIC = re.compile(r"node\d+")


def check_place_name(name: str) -> str:
    """Return the name of an application place, or refuse it.

    Raises:
        StructureError: when it is no identifier, or reserved.
    """
    if name in RESERVED_PLACES or name.startswith("_dfm_"):
        raise StructureError(
            f"the place name {name!r} is reserved", hint="a name that does not start with '_dfm_'"
        )
    if not name.isidentifier():
        raise StructureError(
            f"{name!r} can not name a place", hint="letters, digits and underscores, as in 'mean_2'"
        )
    return name


def check_node_name(name: str) -> str:
    """Return the name of a node, or refuse it.

    Raises:
        StructureError: when it is no identifier, a word of Python, or looks like an automatic id.
    """
    if not name.isidentifier() or iskeyword(name):
        raise StructureError(
            f"{name!r} can not name a node",
            hint="a Python identifier that is no keyword, as in 'first_mean'",
        )
    if _AUTOMATIC.fullmatch(name):
        raise StructureError(
            f"{name!r} can not name a node: automatic ids are written so",
            hint="a name that says what the node is",
        )
    return name

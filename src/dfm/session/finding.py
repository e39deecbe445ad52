"""Find a target by name: the two that are here, then those that are installed."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from dfm.errors import ArgumentError, UnknownName, nearest
from dfm.federation.models import FederationSpec
from dfm.targets.base import Target


def make_target(
    name: str, federation: FederationSpec, homesite: str, options: Mapping[str, Any]
) -> Target:
    """Return a target, not yet connected.

    Raises:
        UnknownName: when there is none of that name.
        ArgumentError: when it does not take one of the options.
    """
    make = _target_class(name)
    try:
        target: Target = make(federation, homesite, **options)
    except TypeError as error:
        if "unexpected keyword argument" not in str(error):
            raise
        known = list(signature(make).parameters)[2:]
        wrong = next((option for option in options if option not in known), "")
        raise ArgumentError(
            f"the target {name!r} takes no option {wrong!r}", hint=nearest(wrong, known)
        ) from None
    return target


def _target_class(name: str) -> Any:
    if name == "inline":
        from dfm.targets.inline import InlineTarget

        return InlineTarget
    if name == "local":
        from dfm.targets.local import LocalTarget

        return LocalTarget
    from importlib.metadata import entry_points

    found = {entry.name: entry for entry in entry_points(group="dfm.targets")}
    if name not in found:
        raise UnknownName("target", name, {"inline", "local", *found})
    return found[name].load()

"""Templates filled with the values of places: what a call passes, what a step composes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfm.net.template import Ref, fill
from dfm.wire import Codecs


def filled_arguments(
    templates: tuple[tuple[str, Any], ...], values: Mapping[str, Any], codecs: Codecs
) -> dict[str, Any]:
    """Return arguments with the values of places put in; literals are copied for each call."""
    return {name: filled(template, values, codecs) for name, template in templates}


def filled(template: Any, values: Mapping[str, Any], codecs: Codecs) -> Any:
    """Return one template with the values of places put in."""
    return fill(template, lambda ref: _part(ref, values), codecs.unseal)


def _part(ref: Ref, values: Mapping[str, Any]) -> Any:
    return ref.of(values[ref.place])

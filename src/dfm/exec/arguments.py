"""Templates filled with the values of places: what a call passes, what a step composes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfm.exec.streams import Reader
from dfm.net.template import Ref, fill
from dfm.wire import Codecs


def filled_arguments(
    templates: tuple[tuple[str, Any], ...], values: Mapping[str, Any], codecs: Codecs
) -> dict[str, Any]:
    """Return arguments with the values of places put in; literals are copied for each call.

    A stream that is put in more than once has a reader for each time.
    """
    seen: set[str] = set()

    def part(ref: Ref) -> Any:
        value = values[ref.place]
        if isinstance(value, Reader) and ref.place in seen:
            value = value.stream.twin(value)
        seen.add(ref.place)
        return ref.of(value)

    return {name: fill(template, part, codecs.unseal) for name, template in templates}


def filled(template: Any, values: Mapping[str, Any], codecs: Codecs) -> Any:
    """Return one template with the values of places put in."""
    return fill(template, lambda ref: ref.of(values[ref.place]), codecs.unseal)

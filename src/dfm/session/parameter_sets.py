"""Parameter sets as applications give them: checked, and packed for the sites that read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dfm.errors import ParameterSetError
from dfm.net.frame import Frame
from dfm.net.model import START
from dfm.net.prepared import PreparedPipeline
from dfm.session.job_state import PackedSet
from dfm.types import describe
from dfm.wire.messages import TokenPackage

ParameterSets = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def packed_sets(
    prepared: PreparedPipeline,
    input_params: ParameterSets | None,
    first: int,
    pack: Any,
) -> list[PackedSet]:
    """Check parameter sets and pack them for the sites that read them.

    Raises:
        ParameterSetError: for missing or superfluous names.
        NoCodec: for a value that can not travel.
    """
    sets = _sets_of(input_params)
    numbered = [(Frame.start_frame(first + n), given) for n, given in enumerate(sets)]
    prepared.check_input_params(numbered)
    none = pack(None)
    return [_packed_set(prepared, first + n, given, pack, none) for n, given in enumerate(sets)]


def _sets_of(input_params: object) -> list[Mapping[str, Any]]:
    """Return parameter sets as a list.

    Raises:
        ParameterSetError: when it is neither a mapping nor an iterable of mappings.
    """
    if isinstance(input_params, Mapping):
        return [input_params]
    wrong: object = input_params
    if isinstance(input_params, Iterable) and not isinstance(input_params, (str, bytes)):
        sets = list(input_params)
        wrong = next((s for s in sets if not isinstance(s, Mapping)), None)
        if wrong is None and None not in sets:
            return sets
    raise ParameterSetError(
        f"parameter sets are dicts of values by place name, got {describe(wrong)}",
        hint='`{"name": value}` for one call, a list of such dicts for several',
    )


def _packed_set(
    prepared: PreparedPipeline, call: int, given: Mapping[str, Any], pack: Any, none: Any
) -> PackedSet:
    packed = {f"${name}": pack(value) for name, value in given.items()}
    packed[START] = none
    frame = (call,)
    return {
        site: [
            TokenPackage(p, frame, head=packed[p].head, buffers=packed[p].buffers)
            for p in net.params
        ]
        for site, net in prepared.nets.items()
    }

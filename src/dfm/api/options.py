"""How an operation is called, when that is not once, for as long as it takes.

An author writes `retries=2` beside the operation's own arguments, or `dfm_retries=2` where the
operation has a parameter called `retries`. None means: as the federation says.
"""

from __future__ import annotations

import math
from abc import ABC
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from dfm.errors import ArgumentError
from dfm.federation.options import OPTIONS, given_options, option_refusals

PREFIX = "dfm_"
_FIELDS = tuple((name, PREFIX + name) for name in OPTIONS)
_LONGEST_WHOLE_NUMBER = 64
_EXAMPLES = {
    "cache": "cache=True",
    "retries": "retries=2",
    "retry_on": "retry_on=[TimeoutError, 'package.module.Error']",
    "backoff": "backoff=0.5",
}


class CallOptions(BaseModel, ABC):
    """The options of one call; see `dfm.net.transitions.Options` for what they mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dfm_cache: bool | None = None
    dfm_retries: int | None = None
    dfm_retry_on: tuple[str, ...] | None = None
    dfm_backoff: float | None = None
    dfm_timeout: float | None = None

    @property
    def dfm_options(self) -> dict[str, Any]:
        """The options that were given, by their names without the prefix."""
        fields = self.__dict__
        return {n: fields[field] for n, field in _FIELDS if fields[field] is not None}

    @field_validator(*(PREFIX + name for name in OPTIONS), mode="before")
    @classmethod
    def _is_one(cls, given: Any, info: ValidationInfo) -> Any:
        """Return an option, with the names of exception classes; refuse what is none."""
        name = str(info.field_name).removeprefix(PREFIX)
        options = given_options(**{name: _in_order(given) if name == "retry_on" else given})
        if type(given) is int and given.bit_length() > _LONGEST_WHOLE_NUMBER:
            options[name] = math.inf  # what is too large for a float can not be compared with one
        for _, why, hint in option_refusals(options):
            hint = _EXAMPLES.get(name, hint)
            raise ArgumentError(f"the option {name!r} of a call: {why}", hint=hint)
        return options.get(name)


def _in_order(given: Any) -> Any:
    """Return one or several of what names errors, always in the same order."""
    if isinstance(given, (set, frozenset)):
        return sorted(given, key=str)
    return given if given is None or isinstance(given, (list, tuple)) else (given,)


def with_prefixes(data: dict[str, Any], parameters: Any) -> dict[str, Any]:
    """Return arguments with each option under the name of its field.

    What an operation has as a parameter is the parameter.

    Raises:
        ArgumentError: for an option that is given under both names.
    """
    named = [name for name in OPTIONS if name in data and name not in parameters]
    for name in named:
        if PREFIX + name in data:
            raise ArgumentError(
                f"{name!r} and {PREFIX + name!r} are one option, given twice", hint="one of them"
            )
    return {(PREFIX + name if name in named else name): value for name, value in data.items()}

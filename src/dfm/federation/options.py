"""How an operation is called: what may be said of it in a federation, and within which limits.

Separate because it is said in two places (of an operation, and of an offer of it at one site),
in a file and in Python, and is checked in one. What the options mean stands in `dfm.net`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dfm.federation.models import OperationSpec
from dfm.federation.names import is_path

OPTIONS = ("cache", "retries", "retry_on", "backoff", "timeout")
"""The fields of `OperationSpec` that an offer at a site may have in another way."""

MOST_RETRIES = 1000
LONGEST_SECONDS = 31 * 24 * 3600.0


def options_of(spec: OperationSpec) -> dict[str, Any]:
    """Return how an operation is called if nobody says otherwise."""
    return {name: getattr(spec, name) for name in OPTIONS}


def given_options(**written: Any) -> dict[str, Any]:
    """Return the options that are not None, with exception classes as their names.

    >>> given_options(retries=2, timeout=None, retry_on=(TimeoutError, "mylib.Busy"))
    {'retries': 2, 'retry_on': ('TimeoutError', 'mylib.Busy')}
    """
    given = {name: value for name, value in written.items() if value is not None}
    if "retry_on" in given:
        named = given["retry_on"]
        several = isinstance(named, Iterable) and not isinstance(named, (str, type))
        given["retry_on"] = tuple(map(_error_name, named if several else (named,)))
    return given


def option_refusals(options: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with options: the name of each, what is wrong, and what to try."""
    for name, value in options.items():
        wanted, hint = _WANTED[name]
        if not _FITS[name](value):
            shown = value.__name__ if isinstance(value, type) else repr(value)
            yield name, f"{name.replace('_', '-')} must be {wanted}, not {shown:.60}", hint


def harm_refusals(options: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what an operation that is not idempotent can not have, as `option_refusals`."""
    hint = "leaving out `idempotent: false`, if running it twice does no harm"
    if options.get("retries"):
        yield "retries", "an operation that is not idempotent is never repeated", hint
    if options.get("cache") is True:
        yield "cache", "an operation that is not idempotent is never cached", hint


def _error_name(error: Any) -> Any:
    if not isinstance(error, type) or not issubclass(error, BaseException):
        return error
    bare = error.__module__ == "builtins"
    return error.__qualname__ if bare else f"{error.__module__}.{error.__qualname__}"


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= LONGEST_SECONDS


def _are_errors(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(n, str) and is_path(n) for n in value)


_WANTED = {
    "cache": ("true or false", "`cache: true`"),
    "idempotent": ("true or false", "`idempotent: false`"),
    "retries": (f"a whole number from 0 to {MOST_RETRIES}", "`retries: 2`"),
    "retry_on": ("the names of exception classes", "[TimeoutError, package.module.Error]"),
    "backoff": (f"seconds from 0 to {LONGEST_SECONDS:.0f}", "`backoff: 0.5`"),
    "timeout": (f"seconds above 0, up to {LONGEST_SECONDS:.0f}", "leaving it out, for no limit"),
}
_FITS: dict[str, Callable[[Any], bool]] = {
    "cache": _is_truth,
    "idempotent": _is_truth,
    "retries": lambda value: type(value) is int and 0 <= value <= MOST_RETRIES,
    "retry_on": _are_errors,
    "backoff": _is_seconds,
    "timeout": lambda value: value is None or (_is_seconds(value) and value > 0),
}

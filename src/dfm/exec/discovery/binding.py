"""The arguments of an adapter's body, as far as they are known when advice is asked for.

Advisors speak of the arguments of the body. The author knows the operation's parameters, so in
the tree an argument has the name of the parameter it comes from. What the site fills in itself
is known to the advisors, and its secrets leave the site in no text and no value of a tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dfm.exec.adapters import Adapter, AdapterTable
from dfm.federation.models import Binding, FromParam, FromSecrets
from dfm.net.advice import EdgeT, Wanted, changed

SHORTEST = 4
"""A secret that is shorter is hidden only where it is the whole text, not inside of words."""

INSTEAD = "(a secret)"


@dataclass(frozen=True, slots=True)
class Bound:
    """Known arguments; `hidden` are the site's own, `called` what arguments are called by authors.

    `secrets` are the values that must not leave the site.
    """

    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()
    called: Mapping[str, str] | None = None
    secrets: tuple[str, ...] = ()


def bound_arguments(adapters: AdapterTable, adapter: Adapter, given: Mapping[str, Any]) -> Bound:
    """Return what is known of the arguments of an adapter's body.

    Raises:
        RunError: the site can not fill in one of its own.
    """
    if adapter.bindings is None:
        return Bound({name: v for name, v in given.items() if not isinstance(v, Wanted)})
    values: dict[str, Any] = {}
    called: dict[str, str] = {}
    hidden: set[str] = set()
    secrets: list[str] = []
    for name, binding in adapter.bindings.items():
        parameter = _parameter_of(binding)
        is_given = parameter is not None and given.get(parameter) is not None
        if parameter is not None and (is_given or isinstance(binding, FromParam)):
            called[name] = parameter
            if parameter in given and not isinstance(given[parameter], Wanted):
                values[name] = given[parameter]
            continue
        alone = replace(adapter, bindings={name: binding}, without_default=frozenset())
        values |= adapters.arguments(alone, {})
        hidden.add(name)
        if isinstance(binding, FromSecrets):
            secrets.append(str(values.get(name) or ""))
    return Bound(values, frozenset(hidden), called, tuple(filter(None, secrets)))


def _parameter_of(binding: Binding) -> str | None:
    """Return the parameter an argument comes from, or may come from."""
    if isinstance(binding, FromParam):
        return binding.param
    return binding.exposed.param if binding.exposed is not None else None


def without_secrets(tree: EdgeT, secrets: tuple[str, ...]) -> EdgeT:
    """Return the same tree with other words where a secret stands."""
    if not secrets:
        return tree
    return changed(tree, lambda v: _value_without(v, secrets), lambda t: _text_without(t, secrets))


def _text_without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if text == secret:
            return INSTEAD
        if len(secret) >= SHORTEST:
            text = text.replace(secret, INSTEAD)
    return text


def _value_without(value: Any, secrets: tuple[str, ...]) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _text_without(value, secrets)
        case list():
            return [_value_without(part, secrets) for part in value]
        case dict():
            return {
                _value_without(key, secrets): _value_without(part, secrets)
                for key, part in value.items()
            }
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  (what can not be looked at may hold one)
        return INSTEAD
    return value if _text_without(text, secrets) == text else INSTEAD

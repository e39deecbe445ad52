"""Writing a net's text form, line by line; `text.py` has the grammar."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dfm.errors import LimitExceeded
from dfm.net.lexemes import MAX_DEPTH, node_of, write_name, write_string, write_word
from dfm.net.loops import IN_FLIGHT, Ended, Gather, Give, Last, Loop, Previous, Receive, Transition
from dfm.net.model import NetIR
from dfm.net.text_values import format_condition, format_template
from dfm.net.transitions import (
    Ask,
    Branch,
    Call,
    Join,
    Let,
    Lookup,
    Options,
    Send,
    Signal,
    Store,
    Yield,
)

INDENT = "    "


def format_net(net: NetIR) -> str:
    """Return the text form of a net.

    Raises:
        InternalError: for a template that holds something without a text form.
        LimitExceeded: for loops, literals or conditions nested deeper than `MAX_DEPTH`.
    """
    lines = [
        f"net {write_string(net.pipeline_name)} at {write_name(net.site)}",
        f"params {_names(net.params)}".rstrip(),
    ]
    _add_scope(lines, net.site, 0, net.receives, net.transitions)
    return "\n".join(lines) + "\n"


def _add_scope(
    lines: list[str],
    site: str,
    depth: int,
    receives: Iterable[Receive],
    transitions: Iterable[Transition],
) -> None:
    if depth > MAX_DEPTH:
        raise LimitExceeded(f"loops are nested more than {MAX_DEPTH} levels deep")
    indent = INDENT * depth
    lines.extend(
        f"{indent}receive {write_name(r.place)} from {write_name(r.site)}" for r in receives
    )
    for transition in transitions:
        lines.append(indent + format_transition(transition, site))
        if isinstance(transition, Loop):
            _add_scope(lines, site, depth + 1, transition.receives, transition.body)
            lines.extend(f"{indent}gives {_give(give)}" for give in transition.gives)
            lines.append(f"{indent}end")


def format_transition(transition: Transition, site: str | None = None) -> str:
    """Return the line of a transition in the text form of a net of `site`; of a loop, the first."""
    match transition:
        case Call() | Ask():
            return _call(transition)
        case Let(output, value, after, when):
            return f"{write_name(output)} = let {format_template(value)}{_waits(after, when)}"
        case Signal(output, source):
            return f"{write_name(output)} = signal {write_name(source)}"
        case Join(output, sources):
            return f"{write_name(output)} = join {_names(sources)}".rstrip()
        case Previous(output, place, initial):
            before = f"{write_name(place)} else {write_name(initial)}"
            return f"{write_name(output)} = previous {before}"
        case Send(place, to):
            return f"send {write_name(place)} to {write_name(to)}"
        case Yield():
            return _yield(transition)
        case Branch(then, otherwise, condition, after, when, node):
            ways = f"then {write_name(then)} else {write_name(otherwise)}"
            of = _of(node, node_of(then))
            return f"if {format_condition(condition)} {ways}{_waits(after, when)}{of}"
        case Lookup(hit, miss, key, after, when, node):
            ways = f"hit {write_name(hit)} miss {write_name(miss)}"
            of = _of(node, node_of(hit.removesuffix("_hit")))
            return f"lookup {format_template(key)} {ways}{_waits(after, when)}{of}"
        case Store():
            return _store(transition)
        case Loop():
            return _loop(transition, site)


def _call(call: Call | Ask) -> str:
    given = ", ".join(f"{write_word(k)}={format_template(v)}" for k, v in call.arguments)
    at = "" if call.provider is None else f"{write_name(call.provider)}/"
    made = f"{at}{_dotted(call.operation)}({given})"
    of = _of(call.node, node_of(call.output))
    if isinstance(call, Ask):
        return f"{write_name(call.output)} = ask {made}{of}"
    more = f"{_waits(call.after, call.when)}{_options(call.options)}"
    return f"{write_name(call.output)} = {made}{more}{of}"


def _options(options: Options) -> str:
    text = f" retries {options.retries}" if options.retries else ""
    if options.retry_on:
        text += f" on {', '.join(map(_dotted, options.retry_on))}"
    if options.backoff:
        text += f" backoff {json.dumps(float(options.backoff))}"
    if options.timeout is not None:
        text += f" timeout {json.dumps(float(options.timeout))}"
    return f"{text} cached" if options.cache else text


def _yield(hand_over: Yield) -> str:
    said = "" if hand_over.said is None else f" said {write_name(hand_over.said)}"
    waits = _waits(hand_over.after, hand_over.when)
    whole = f"{format_template(hand_over.value)}{waits}{said}{_of(hand_over.node, None)}"
    return f"yield {write_name(hand_over.name)} {write_string(hand_over.place)} = {whole}"


def _store(store: Store) -> str:
    entry = f"{format_template(store.key)} = {format_template(store.value)}"
    lookup = "" if store.lookup is None else f" for {write_name(store.lookup)}"
    of = _of(store.node, node_of(store.output))
    waits = _waits(store.after, store.when)
    return f"{write_name(store.output)} = store {entry}{lookup}{waits}{of}"


def _loop(loop: Loop, site: str | None) -> str:
    leads = loop.source is not None and loop.leader == site
    parts = [
        f"loop {write_name(loop.item)}",
        "" if leads else f" from {write_name(loop.leader)}",
        "" if loop.source is None else f" of {format_template(loop.source)}",
        "" if loop.dim is None else f" along {write_string(loop.dim)}",
        f" counting {write_name(loop.count)}",
        "" if loop.at_most == IN_FLIGHT else f" at most {loop.at_most}",
        f" with {_names(loop.followers)}" if loop.followers else "",
        _waits(loop.after, loop.when),
        _of(loop.node, node_of(loop.item)),
    ]
    return "".join(parts)


def _give(give: Give) -> str:
    output = write_name(give.output)
    match give:
        case Gather(_, place):
            return f"{output} = list {write_name(place)}"
        case Last(_, place, initial):
            return f"{output} = last {write_name(place)} else {write_name(initial)}"
        case Ended(_, places):
            return f"{output} = end {_names(places)}".rstrip()


def _waits(after: tuple[str, ...], when: str | None) -> str:
    gate = "" if when is None else f" when {write_name(when)}"
    return (f" after {_names(after)}" if after else "") + gate


def _of(node: int | str | None, implied: int | str | None) -> str:
    is_implied = type(node) is type(implied) and node == implied
    return "" if is_implied else f" of {_key(node)}"


def _key(node: Any) -> str:
    return write_string(node) if isinstance(node, str) else json.dumps(node)


def _dotted(name: str) -> str:
    return ".".join(map(write_name, name.split(".")))


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(write_name, names))

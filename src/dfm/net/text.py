"""The text form of a net: for people to read, for sites to be sent, for fingerprints.

    net "warming" at institute_a
    params $, $first
    receive node7 from hub
    node0 = climate.LoadField(scenario="A1B", first=$first)
    node1 = radar/climate.Mean(field=node0[0].values) after $
    node1_0 = select node1[0]
    node1_done = signal node1
    send node1_0 to hub
    yield yield0 "mean" = node1 of 1

`parse_net(format_net(net)) == net` for every net, and nets that differ have texts that differ.
Literals are JSON (with NaN and Infinity). A call belongs to the node its place is named after,
or says `of` which. Names that are not plain words stand in backquotes, escaped as in JSON.

Reading a net runs nothing: sealed literals stay sealed, and operations are only names.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from dfm.errors import InternalError, LimitExceeded
from dfm.net.lexemes import Lexemes, write_name, write_string
from dfm.net.model import Call, NetIR, Receive, Select, Send, Signal, Transition, Yield
from dfm.net.template import Attribute, Item, Ref, Sealed, Selector

MAX_DEPTH = 100
"""How deep the lists and objects of a literal may be nested."""

MAX_BITS = 4096
"""How large a whole number may be."""

T = TypeVar("T")

_NODE_PLACE = re.compile(r"node(0|[1-9][0-9]{0,17})")
_SCALARS = frozenset({type(None), bool, float, str, Ref, Sealed})
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}


def has_text_form(template: object) -> bool:
    """Whether a template can stand in a net as it is, and come back as exactly what it was.

    >>> has_text_form({"a": [1, None, Ref("node0")]}), has_text_form((1, 2)), has_text_form({1: 2})
    (True, False, False)
    """
    kind = type(template)
    if kind in _SCALARS:
        return True
    if isinstance(template, list):
        return kind is list and all(map(has_text_form, template))
    if isinstance(template, dict):
        whole = kind is dict and all(type(k) is str for k in template)
        return whole and all(map(has_text_form, template.values()))
    return kind is int and isinstance(template, int) and template.bit_length() <= MAX_BITS


# -- writing --------------------------------------------------------------------------------


def format_net(net: NetIR) -> str:
    """Return the text form of a net.

    Raises:
        InternalError: for a template that holds something without a text form.
    """
    lines = [
        f"net {write_string(net.pipeline_name)} at {write_name(net.site)}",
        f"params {_names(net.params)}".rstrip(),
        *(f"receive {write_name(r.place)} from {write_name(r.site)}" for r in net.receives),
        *map(format_transition, net.transitions),
    ]
    return "\n".join(lines) + "\n"


def format_transition(transition: Transition) -> str:
    """Return one line of a net's text form."""
    match transition:
        case Call(output, operation, provider, arguments, after, node):
            given = ", ".join(f"{write_name(k)}={format_template(v)}" for k, v in arguments)
            at = "" if provider is None else f"{write_name(provider)}/"
            name = ".".join(map(write_name, operation.split(".")))
            implied = _node_of(output)
            is_implied = type(node) is type(implied) and node == implied
            of = "" if is_implied else f" of {json.dumps(node)}"
            return f"{write_name(output)} = {at}{name}({given}){_after(after)}{of}"
        case Select(output, source):
            return f"{write_name(output)} = select {format_template(source)}"
        case Signal(output, source):
            return f"{write_name(output)} = signal {write_name(source)}"
        case Send(place, to):
            return f"send {write_name(place)} to {write_name(to)}"
        case Yield(name, place, value, node, after):
            of = "" if node is None else f" of {json.dumps(node)}"
            whole = f"{format_template(value)}{_after(after)}{of}"
            return f"yield {write_name(name)} {write_string(place)} = {whole}"


def format_template(template: Any) -> str:
    """Return the text form of a template: JSON, places with selectors, and sealed literals."""
    match template:
        case Ref(place, path):
            return write_name(place) + "".join(map(_selector, path))
        case Sealed(data, references, shows):
            parts = [write_string(b64encode(data).decode()), *map(format_template, references)]
            return f"sealed({', '.join([*parts, write_string(shows)])})"
        case str():
            return write_string(template)
        case list():
            return f"[{', '.join(map(format_template, template))}]"
        case dict() if all(type(k) is str for k in template):
            items = (f"{write_string(k)}: {format_template(v)}" for k, v in template.items())
            return f"{{{', '.join(items)}}}"
    if has_text_form(template):
        return json.dumps(template)
    raise InternalError(f"a {type(template).__name__} has no place in the text form of a net")


def _selector(selector: Selector) -> str:
    match selector:
        case Item(key):
            return f"[{write_string(key) if isinstance(key, str) else key}]"
        case Attribute(name):
            return f".{write_name(name)}"


def _after(places: tuple[str, ...]) -> str:
    return f" after {_names(places)}" if places else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(write_name, names))


def _node_of(place: str) -> int | str:
    """Return the node that a place is named after."""
    found = _NODE_PLACE.fullmatch(place)
    return int(found[1]) if found else place


# -- reading --------------------------------------------------------------------------------


def parse_net(text: str) -> NetIR:
    """Return the net that a text means.

    Raises:
        StructureError: saying line and column of what could not be read.
        LimitExceeded: for literals nested deeper than `MAX_DEPTH`.
    """
    return _Reader(Lexemes(text)).net()


class _Reader:
    """Each method reads what it is named after, and leaves the lexemes behind it."""

    def __init__(self, lexemes: Lexemes) -> None:
        self._lexemes = lexemes
        self._skip = lexemes.skip
        self._expect = lexemes.expect
        self._name = lexemes.name
        self._depth = 0

    def net(self) -> NetIR:
        lexemes = self._lexemes
        lexemes.blank()
        self._expect("net")
        pipeline_name = lexemes.string()
        self._expect("at")
        site = self._name()
        lexemes.end()
        self._expect("params")
        params = () if lexemes.peek.kind in ("end", "eof") else self._places()
        lexemes.end()
        receives = []
        while self._skip("receive"):
            receives.append(self._receive())
        transitions = []
        while lexemes.peek.kind != "eof":
            transitions.append(self._transition())
            lexemes.end()
        return NetIR(pipeline_name, site, params, tuple(receives), tuple(transitions))

    def _receive(self) -> Receive:
        place = self._name()
        self._expect("from")
        site = self._name()
        self._lexemes.end()
        return Receive(place, site)

    def _transition(self) -> Transition:
        if self._skip("send"):
            place = self._name()
            self._expect("to")
            return Send(place, self._name())
        if self._skip("yield"):
            return self._yield()
        output = self._name()
        self._expect("=")
        if self._skip("select"):
            return Select(output, self._ref())
        if self._skip("signal"):
            return Signal(output, self._name())
        return self._call(output)

    def _call(self, output: str) -> Call:
        provider = None
        operation = self._name()
        if self._skip("/"):
            provider, operation = operation, self._name()
        while self._skip("."):
            operation += "." + self._name()
        self._expect("(")
        arguments = self._list(")", self._argument)
        after, node = self._after_and_of(_node_of(output))
        return Call(output, operation, provider, arguments, after, node)

    def _argument(self) -> tuple[str, Any]:
        name = self._name()
        self._expect("=")
        return name, self._template()

    def _yield(self) -> Yield:
        name, place = self._name(), self._lexemes.string()
        self._expect("=")
        value = self._template()
        after, node = self._after_and_of(None)
        return Yield(name, place, value, node, after)

    def _after_and_of(self, node: int | str | None) -> tuple[tuple[str, ...], int | str | None]:
        after = self._places() if self._skip("after") else ()
        if self._skip("of"):
            node = None if self._skip("null") else self._key()
        return after, node

    def _template(self) -> Any:
        lexeme = self._lexemes.peek
        if self._skip("["):
            return list(self._nested("]", self._template))
        if self._skip("{"):
            return dict(self._nested("}", self._member))
        if self._skip("sealed"):
            return self._sealed()
        if lexeme.kind in ("string", "number"):
            return self._lexemes.scalar()
        if lexeme.text in _CONSTANTS:
            self._expect(lexeme.text)
            return _CONSTANTS[lexeme.text]
        return self._ref()

    def _nested(self, close: str, read: Callable[[], T]) -> tuple[T, ...]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded(
                f"a literal of this net is nested more than {MAX_DEPTH} levels deep",
                at=self._lexemes.where(self._lexemes.peek),
            )
        parts = self._list(close, read)
        self._depth -= 1
        return parts

    def _member(self) -> tuple[str, Any]:
        key = self._lexemes.string()
        self._expect(":")
        return key, self._template()

    def _sealed(self) -> Sealed:
        self._expect("(")
        lexeme = self._lexemes.peek
        try:
            data = b64decode(self._lexemes.string().encode("ascii", "replace"), validate=True)
        except ValueError:
            raise self._lexemes.error("expected base64", lexeme) from None
        references = []
        self._expect(",")
        while self._lexemes.peek.kind != "string":
            references.append(self._ref())
            self._expect(",")
        shows = self._lexemes.string()
        self._expect(")")
        return Sealed(data, tuple(references), shows)

    def _ref(self) -> Ref:
        place = self._name()
        path: list[Selector] = []
        while True:
            if self._skip("["):
                path.append(Item(self._key()))
                self._expect("]")
            elif self._skip("."):
                path.append(self._attribute())
            else:
                return Ref(place, tuple(path))

    def _key(self) -> int | str:
        lexeme = self._lexemes.peek
        key = self._lexemes.scalar()
        if not isinstance(key, (int, str)):
            raise self._lexemes.error("expected a string or a whole number", lexeme)
        return key

    def _attribute(self) -> Attribute:
        lexeme = self._lexemes.peek
        try:
            return Attribute(self._name())
        except ValueError as error:
            raise self._lexemes.error(str(error), lexeme) from None

    def _list(self, close: str, read: Callable[[], T]) -> tuple[T, ...]:
        parts: list[T] = []
        while not self._skip(close):
            if parts:
                self._expect(",")
            parts.append(read())
        return tuple(parts)

    def _places(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._skip(","):
            names.append(self._name())
        return tuple(names)

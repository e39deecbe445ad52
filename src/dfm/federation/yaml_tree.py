"""YAML as a tree that remembers where each thing was written, within limits.

Made from the parser's events, so that depth and size are known before anything is built and
an alias costs nothing but is counted as if it were written out. Only plain data: scalars keep
their source text, and no tag makes an object. What a scalar means is said in `scalars.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from dfm.errors import LimitExceeded
from dfm.federation.reading import Reading, shown

MAX_DEPTH = 64
MAX_NODES = 250_000

_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {"str", "int", "float", "bool", "null"}


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A piece of text. `plain` when nothing says that it is text: no quotes, no tag."""

    line: int
    column: int
    text: str
    plain: bool = True
    tag: str = ""
    file: str = ""
    height: ClassVar[int] = 0

    @property
    def weight(self) -> int:
        """What it counts against `MAX_NODES`: a long text counts for more than one."""
        return 1 + len(self.text) // 64


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list. `weight` is the number of values in it if aliases were written out."""

    line: int
    column: int
    items: tuple[Node, ...] = ()
    weight: int = 1
    height: int = 1
    file: str = ""

    def with_items(self, items: Iterable[Node]) -> Sequence:
        """Return a list that stands at the same place and has other items."""
        found = tuple(items)
        weight = 1 + sum(item.weight for item in found)
        height = 1 + max((item.height for item in found), default=0)
        return Sequence(self.line, self.column, found, weight, height, self.file)


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys, by their source text, and values; both know where they are."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    weight: int = 1
    height: int = 1
    file: str = ""

    def with_entries(self, entries: Iterable[tuple[str, tuple[Scalar, Node]]]) -> Mapping:
        """Return a mapping that stands at the same place and has other entries."""
        found = dict(entries)
        parts = [part for entry in found.values() for part in entry]
        weight = 1 + sum(part.weight for part in parts)
        height = 1 + max((part.height for part in parts), default=0)
        return Mapping(self.line, self.column, found, weight, height, self.file)


Node = Scalar | Sequence | Mapping


def compose(text: str, reading: Reading) -> Node | None:
    """Return the tree of the one document in `text`, or None when there is none.

    Duplicate keys and foreign tags are reported to `reading`. Raises FederationError where the
    text is not YAML, LimitExceeded where it is larger or deeper than we read.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = _Composer(reading)
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
    except yaml.YAMLError as error:
        _refuse_syntax(error, text, reading)
    return composer.root


def _refuse_syntax(error: Any, text: str, reading: Reading) -> NoReturn:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    message = getattr(error, "problem", None) or "the text can not be read"
    context = getattr(error, "context", None) or ""
    said = f"this is not YAML: {message}" + (f" ({context})" if context else "")
    lines = text.splitlines()
    rest = lines[line][column:] if line < len(lines) else ""
    opened = getattr(error, "context_mark", None)
    if opened is not None and any(word in context for word in ("quoted", "flow")):
        hint = f"closing what is opened in line {opened.line + 1}, column {opened.column + 1}"
    else:
        hint = _syntax_hint(rest[:1])
    reading.fail(line + 1, column + 1, said, hint)


def _syntax_hint(character: str) -> str:
    match character:
        case "\t":
            return "spaces: YAML does not allow tabs as indentation"
        case "@" | "`" | "%" | "&" | "*" | "!":
            return f"quotes around a text that begins with {character}"
        case ":":
            return 'quotes around a text that contains ": "'
    return "the indentation of this line, and of the line before"


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    mapping: bool
    line: int
    column: int
    anchor: str | None
    children: list[Node] = field(default_factory=list)


class _Composer:
    """Builds the tree from events; holds what is open and what has an anchor."""

    def __init__(self, reading: Reading) -> None:
        self.root: Node | None = None
        self._reading = reading
        self._file = reading.file
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0
        self._nodes = 0

    def take(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        match type(event).__name__:
            case "ScalarEvent":
                tag = self._check_tag(event.tag, _SCALAR_TAGS, line, column)
                node = Scalar(
                    line, column, event.value, event.implicit[0] and not tag, tag, self._file
                )
                self._count(node.weight, line, column)
                self._finish(node, event.anchor)
            case "SequenceStartEvent" | "MappingStartEvent" as kind:
                self._start(event, kind == "MappingStartEvent", line, column)
            case "SequenceEndEvent" | "MappingEndEvent":
                self._end()
            case "AliasEvent":
                self._take_alias(event.anchor, line, column)
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    message = "a second YAML document begins here, and we read one"
                    self._reading.fail(line, column, message, "a file of its own for it")

    def _start(self, event: Any, mapping: bool, line: int, column: int) -> None:
        self._check_tag(event.tag, {"map"} if mapping else {"seq"}, line, column)
        self._check_depth(len(self._open) + 1, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(mapping, line, column, event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        weight = 1 + sum(c.weight for c in done.children)
        height = 1 + max((c.height for c in done.children), default=0)
        node: Node
        if done.mapping:
            entries = dict(self._entries(done.children))
            node = Mapping(done.line, done.column, entries, weight, height, self._file)
        else:
            items = tuple(done.children)
            node = Sequence(done.line, done.column, items, weight, height, self._file)
        self._count(1, done.line, done.column)
        self._finish(node, done.anchor)

    def _finish(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._add(node)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node

    def _count(self, weight: int, line: int, column: int) -> None:
        self._nodes += weight
        if self._nodes > MAX_NODES:
            raise LimitExceeded(
                f"a federation may have at most {MAX_NODES} values, aliases written out",
                at=self._reading.place(line, column),
                hint="fewer or smaller aliases",
            )

    def _check_depth(self, depth: int, line: int, column: int) -> None:
        if depth > MAX_DEPTH:
            raise LimitExceeded(
                f"a federation may be nested at most {MAX_DEPTH} levels deep",
                at=self._reading.place(line, column),
                hint="a flatter structure",
            )

    def _take_alias(self, anchor: str, line: int, column: int) -> None:
        if (node := self._anchors.get(anchor)) is not None:
            self._count(node.weight, line, column)
            self._check_depth(len(self._open) + node.height, line, column)
            self._add(node)
            return
        said = "contains itself" if anchor in self._anchors else "is not declared before it is used"
        message = f"the anchor {shown(anchor)} {said}"
        self._reading.fail(line, column, message, f"&{anchor[:60]} at a value further up")

    def _check_tag(self, tag: str | None, allowed: set[str], line: int, column: int) -> str:
        if tag is None or tag == "!":
            return "str" if tag == "!" and "str" in allowed else ""
        name = tag.removeprefix(_TAG)
        if name != tag and name in allowed:
            return name
        written = tag if name == tag else f"!!{name}"
        message = f"the tag {shown(written)} is not allowed: a federation is plain data"
        self._reading.report_at(line, column, message, "the value without the tag")
        return "str" if "str" in allowed else ""

    def _entries(self, children: list[Node]) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        """Yield the entries of a mapping; what `<<` merges in gives way to its own."""
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: list[Node] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._reading.report(key, "a key must be text", "quotes around it")
            elif key.text == "<<" and key.plain:
                merged.append(value)
            elif key.text in own:
                self._report_duplicate(key, own[key.text][0])
            else:
                own[key.text] = (key, value)
        for source in merged:
            yield from ((k, e) for k, e in self._merged(source) if k not in own)
        yield from own.items()

    def _merged(self, source: Node) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        if isinstance(source, Mapping):
            yield from source.entries.items()
        elif isinstance(source, Sequence):
            for item in reversed(source.items):
                yield from self._merged(item)
        else:
            message = "`<<` merges mappings, and this is not one"
            self._reading.report(source, message, "an alias of a mapping, such as *defaults")

    def _report_duplicate(self, key: Scalar, first: Scalar) -> None:
        message = f"the key {shown(key.text)} is here twice, first in line {first.line}"
        self._reading.report(key, message, "one of the two")

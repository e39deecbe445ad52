"""Follow the references of a federation, so that readers see what is referred to in their place.

    {$ref: "shared.yaml#/sites/lab"}     in place of an entry: a schema, an operation, a parameter,
                                         a site, a provider, or an entry of an interface
    $ref: ["shared.yaml#/sets/sonar"]    among entries: those of other dictionaries as well

A name is relative to the file that says it, in any depth; `#/...` is that file itself. Entries that
are written out go before those that are merged in. A reference to a schema of the main file stays,
for it is a name of that schema; wherever else one leads, what is there stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from dfm.errors import LimitExceeded
from dfm.federation.documents import Document, Documents
from dfm.federation.reading import Reading, shown
from dfm.federation.yaml_tree import MAX_DEPTH, MAX_NODES, Mapping, Node, Scalar, Sequence

MOST_STEPS = 32
"""How many references may lead to one another."""

MOST_REFERENCES = 20_000

_REF = "$ref"
_SCHEMAS = ("schemas",)
_SPELLED = {"parameters": "properties", "properties": "parameters"}
_DATA = frozenset(("default", "enum", "example", "examples", "const"))
_NAMED = frozenset(("properties", "patternProperties"))

Entry = tuple[Scalar, Node]
Found = tuple[Node, Document]
Inner = Callable[[Node, Document], Node]


def follow(reading: Reading, documents: Documents) -> Node:
    """Return the tree of the main file with its references followed.

    What can not be followed is reported, and stays.

    Raises:
        LimitExceeded: all together are too much.
    """
    return _Following(reading, documents).root()


class _Following:
    def __init__(self, reading: Reading, documents: Documents) -> None:
        self._reading = reading
        self._documents = documents
        self._main = documents.main
        self._active: list[tuple[Document, str]] = []
        self._names_of_schemas: dict[tuple[int, tuple[str, ...]], str] = {}
        self._schemas: dict[str, Node] = {}
        self._steps = 0

    def root(self) -> Node:
        root = self._main.root
        if not isinstance(root, Mapping):
            raise ValueError("a federation is a mapping")
        sections: dict[str, Inner] = {
            "schemas": self._schema,
            "operations": self._operation,
            "sites": self._site,
        }
        self._name_schemas(root)
        found = {
            name: (key, self._dictionary(node, self._main, sections[name]))
            for name, (key, node) in root.entries.items()
            if name in sections
        }
        return self._weighed(root.with_entries({**root.entries, **found}.items()))

    # -- objects ---------------------------------------------------------------------------------

    def _operation(self, node: Node, by: Document) -> Node:
        def parameters(value: Node, by: Document) -> Node:
            return self._dictionary(value, by, self._schema)

        inside: dict[str, Inner] = dict.fromkeys(("parameters", "properties"), parameters)
        return self._with(node, {**inside, "returns": self._schema}, by)

    def _site(self, node: Node, by: Document) -> Node:
        def providers(value: Node, by: Document) -> Node:
            return self._dictionary(value, by, self._provider)

        return self._with(node, {"interface": self._interface, "providers": providers}, by)

    def _provider(self, node: Node, by: Document) -> Node:
        return self._with(node, {"interface": self._interface}, by)

    def _interface(self, node: Node, by: Document) -> Node:
        return self._dictionary(node, by, lambda entry, _: entry)

    def _with(self, node: Node, inside: dict[str, Inner], by: Document) -> Node:
        """Return an object with what is at some of its keys changed."""
        if not isinstance(node, Mapping) or not inside.keys() & node.entries.keys():
            return node
        return self._weighed(
            node.with_entries(
                (name, (key, inside[name](value, by) if name in inside else value))
                for name, (key, value) in node.entries.items()
            )
        )

    # -- dictionaries ----------------------------------------------------------------------------

    def _dictionary(self, node: Node, by: Document, inner: Inner) -> Node:
        """Return a dictionary of objects, with the entries of others that it names."""
        if not isinstance(node, Mapping):
            return node
        own = {
            name: (key, self._entry(value, by, inner))
            for name, (key, value) in node.entries.items()
            if name != _REF
        }
        merged: dict[str, Entry] = {}
        if _REF in node.entries:
            mistakes = self._reading.count
            for name, entry in self._merged(node.entries[_REF], by, inner):
                before = merged.setdefault(name, entry)
                if name not in own and not _same(before[1], entry[1]):
                    said = f"{shown(name)} comes from two references, and they differ"
                    self._reading.report(node.entries[_REF][0], said, f"{name}: written out here")
            if self._reading.count > mistakes:
                own[_REF] = node.entries[_REF]  # so that readers know that there may be more
        return self._weighed(node.with_entries({**merged, **own}.items()))

    def _merged(self, reference: Entry, by: Document, inner: Inner) -> Iterator[tuple[str, Entry]]:
        key, value = reference
        if not isinstance(value, Sequence):
            hint = f"$ref: [{value.text}]" if isinstance(value, Scalar) else "$ref: [...]"
            self._reading.report(key, "a $ref among entries is a list of dictionaries", hint)
            return
        for item in value.items:
            if (found := self._target(item, by)) is None or not self._entered(item, by):
                continue
            target = self._dictionary(*found, inner)
            if isinstance(target, Mapping):
                yield from ((n, entry) for n, entry in target.entries.items() if n != _REF)
            else:
                said = f"{shown(_text(item))} is no dictionary of entries"
                self._reading.report(item, said, "a $ref in place of one entry, without the list")
            self._active.pop()

    def _entry(self, node: Node, by: Document, inner: Inner) -> Node:
        """Return an entry, or what it refers to."""
        value = _reference(node)
        if value is None or not isinstance(node, Mapping) or inner == self._schema:
            return inner(node, by)
        for key, other in node.entries.values():
            if other is not value:
                said = f"beside a $ref in place of an object there can not be {shown(key.text)}"
                self._reading.report(key, said, "the object written out, with the change")
        return self._replaced(node, value, by, inner)

    def _replaced(self, node: Node, value: Scalar, by: Document, inner: Inner) -> Node:
        """Return what a reference leads to; the reference itself, if that is not to be had."""
        if (found := self._target(value, by)) is None or not self._entered(value, by):
            return node
        replaced = inner(*found)
        self._active.pop()
        return self._weighed(replaced)

    # -- schemas ---------------------------------------------------------------------------------

    def _name_schemas(self, root: Mapping) -> None:
        """Remember which schemas of other files are schemas of this one, by their name here."""
        schemas = root.entries.get("schemas")
        if schemas is None or not isinstance(schemas[1], Mapping):
            return
        self._schemas = {name: node for name, (_, node) in schemas[1].entries.items()}
        for name, node in self._schemas.items():
            value = _reference(node)
            parts = None if value is None else _parts(value)
            if value is None or parts is None or not parts[0]:
                continue
            document = self._documents.open(value, parts[0], self._main)
            if document is not None:
                self._names_of_schemas.setdefault((id(document), parts[1]), name)

    def _schema(self, node: Node, by: Document) -> Node:
        """Return a schema, or a parameter, with the references in it followed."""
        if isinstance(node, Sequence):
            items = tuple(self._schema(item, by) for item in node.items)
            weight, height = 1 + sum(i.weight for i in items), node.height
            return Sequence(node.line, node.column, items, weight, height, node.file)
        if not isinstance(node, Mapping):
            return node
        if (value := _reference(node)) is not None:
            return self._schema_referred(node, value, by)
        return self._weighed(
            node.with_entries(
                (name, (key, self._keyword(name, value, by)))
                for name, (key, value) in node.entries.items()
            )
        )

    def _keyword(self, name: str, value: Node, by: Document) -> Node:
        if name in _DATA:
            return value
        if name in _NAMED and isinstance(value, Mapping):
            return value.with_entries(
                (key.text, (key, self._schema(inside, by)))
                for key, inside in value.entries.values()
            )
        return self._schema(value, by)

    def _schema_referred(self, node: Mapping, value: Scalar, by: Document) -> Node:
        """Return a schema in place of a reference, or the reference if it is a name of one."""
        parts = _parts(value)
        if parts is None:
            self._report_form(value)
            return node
        document = by if not parts[0] else self._documents.open(value, parts[0], by)
        if document is None:
            return node
        if (name := self._name_of_schema(document, parts[1])) is not None and not self._is_it(
            node, name
        ):
            here = Scalar(value.line, value.column, f"#/schemas/{name}", False, "", value.file)
            return node.with_entries(
                (n, (key, here if inside is value else inside))
                for n, (key, inside) in node.entries.items()
            )
        replaced = self._replaced(node, value, by, self._schema)
        if not isinstance(replaced, Mapping) or replaced is node:
            return replaced
        beside = {n: entry for n, entry in node.entries.items() if entry[1] is not value}
        return replaced.with_entries({**replaced.entries, **beside}.items())

    def _name_of_schema(self, document: Document, segments: tuple[str, ...]) -> str | None:
        """Return the name in the main file of the schema that a pointer leads to."""
        if document is self._main and segments[:1] == _SCHEMAS and len(segments) == 2:
            return segments[1]
        return self._names_of_schemas.get((id(document), segments))

    def _is_it(self, node: Mapping, name: str) -> bool:
        """Whether a reference is itself the entry that gives a schema its name."""
        return self._schemas.get(name) is node

    # -- where references lead -------------------------------------------------------------------

    def _target(self, value: Node, by: Document) -> Found | None:
        """Return what a reference leads to, and the file that it is in; report why there is none.

        What it leads to may be a reference as well; this is where the last one leads.
        """
        self._steps += 1
        if self._steps > MOST_REFERENCES:
            raise LimitExceeded(
                f"a federation may follow at most {MOST_REFERENCES} references",
                at=f"{value.file}:{value.line}:{value.column}",
                hint="fewer references that lead to references",
            )
        parts = _parts(value)
        if parts is None or not isinstance(value, Scalar):
            self._report_form(value)
            return None
        document = by if not parts[0] else self._documents.open(value, parts[0], by)
        if document is None or document.root is None or not self._entered(value, by):
            return None
        found = self._walk(value, document, parts[1])
        found = None if found is None else self._through(found)
        self._active.pop()
        return found

    def _report_form(self, value: Node) -> None:
        said = "a reference is `file.yaml#/names/on/the/way`, or `#/...` for the same file"
        text = value.text[:60] if isinstance(value, Scalar) else ""
        self._reading.report(value, said, f'"{text.rstrip("#/")}#/..."' if text else "")

    def _walk(self, at: Scalar, document: Document, segments: tuple[str, ...]) -> Found | None:
        found: Found | None = (document.root or at, document)
        for number, segment in enumerate(segments):
            found = None if found is None else self._through(found)
            if found is None:
                return None
            node, by = found
            found = self._child(node, by, segment)
            if found is None:
                way = "/".join(segments[:number])
                names = list(node.entries) if isinstance(node, Mapping) else []
                said = f"there is no {shown(segment)} in {by.name}#/{way}"
                self._reading.report(at, said, self._reading.nearest(segment, names))
        return found

    def _through(self, found: Found) -> Found | None:
        """Return what is at the end of references, if this is one."""
        value = _reference(found[0])
        return found if value is None else self._target(value, found[1])

    def _child(self, node: Node, by: Document, segment: str) -> Found | None:
        if isinstance(node, Sequence):
            is_there = segment.isdecimal() and int(segment) < len(node.items)
            return (node.items[int(segment)], by) if is_there else None
        if not isinstance(node, Mapping):
            return None
        spelled = (segment, segment.replace("_", "-"), segment.replace("-", "_"))
        for name in (*spelled, _SPELLED.get(segment, segment)):
            if name in node.entries:
                return node.entries[name][1], by
        return self._merged_child(node, by, segment)

    def _merged_child(self, node: Mapping, by: Document, segment: str) -> Found | None:
        """Return an entry of one of the dictionaries that are merged into this one."""
        value = node.entries[_REF][1] if _REF in node.entries else None
        for item in value.items if isinstance(value, Sequence) else ():
            target = self._target(item, by)
            if target is not None and (found := self._child(*target, segment)) is not None:
                return found
        return None

    # -- limits ----------------------------------------------------------------------------------

    def _entered(self, value: Node, by: Document) -> bool:
        """Note that we are on the way through a reference; False, and reported, if we were."""
        step = (by, _text(value))
        if step in self._active or len(self._active) >= MOST_STEPS:
            way = [f"{document.name}: {text}" for document, text in self._active[-4:]]
            said = "references lead round in a circle: " + ", ".join([*way, step[1]])
            self._reading.report(value, said, "the thing itself in one of these places")
            return False
        self._active.append(step)
        return True

    def _weighed(self, node: Node) -> Node:
        if node.weight > MAX_NODES or node.height > MAX_DEPTH:
            raise LimitExceeded(
                f"a federation may have at most {MAX_NODES} values and {MAX_DEPTH} levels,"
                " references written out",
                at=f"{node.file}:{node.line}:{node.column}",
                hint="fewer references to large things",
            )
        return node


def _reference(node: Node) -> Scalar | None:
    """Return the words of `{$ref: ...}` in place of an object; None if it is something else."""
    if not isinstance(node, Mapping):
        return None
    key = _REF if _REF in node.entries else "ref" if list(node.entries) == ["ref"] else ""
    value = node.entries[key][1] if key else None
    return value if isinstance(value, Scalar) else None


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _parts(value: Node) -> tuple[str, tuple[str, ...]] | None:
    """Return the file, '' for the same one, and the names on the way that a reference gives."""
    if not isinstance(value, Scalar):
        return None
    name, hash_, pointer = value.text.partition("#")
    if not hash_ or not pointer.startswith("/") or pointer == "/":
        return None
    segments = (unquote(part) for part in pointer[1:].split("/"))
    return name, tuple(part.replace("~1", "/").replace("~0", "~") for part in segments)


def _same(one: Node, other: Node) -> bool:
    """Whether two trees say the same."""
    match one, other:
        case Scalar(), Scalar():
            return (one.text, one.plain, one.tag) == (other.text, other.plain, other.tag)
        case Sequence(), Sequence():
            return len(one.items) == len(other.items) and all(map(_same, one.items, other.items))
        case Mapping(), Mapping():
            return one.entries.keys() == other.entries.keys() and all(
                _same(value, other.entries[name][1]) for name, (_, value) in one.entries.items()
            )
    return False

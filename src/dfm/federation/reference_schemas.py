"""Follow the references in schemas, and in parameters, which are schemas.

A schema of the main file is known by its name, wherever it comes from: a reference to it stays, as
`{$ref: "#/schemas/NAME"}`, so schemas may be parts of each other and of themselves. Wherever else
a reference leads, what is there stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dfm.federation.documents import Document
from dfm.federation.pointers import REF, Pointers, check_level, pointer_of, reference_in, weighed
from dfm.federation.read_types import NOT_BESIDE_A_REFERENCE
from dfm.federation.reading import shown
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence

_SECTION = "schemas"
_ONE = frozenset(("items", "additionalProperties"))
_SEVERAL = frozenset(("oneOf", "anyOf", "allOf"))
_NAMED = frozenset(("properties", "patternProperties"))

Change = Callable[[str, Node], Node]


class Schemas:
    """The schemas of the main file by name, and how references in schemas are followed."""

    def __init__(self, pointers: Pointers) -> None:
        self._pointers = pointers
        self._main = pointers.main
        self._names: dict[int, str] = {}
        self._level = 0
        self._known: set[str] = set()
        root = self._main.root
        if isinstance(root, Mapping) and _SECTION in root.entries:
            self._name_all(root.entries[_SECTION][1])

    def _name_all(self, section: Node) -> None:
        """Remember each schema by the node that it is in the end; names here go before others."""
        for name, node, by in self._entries(section, self._main):
            if name in self._known:
                continue
            self._known.add(name)
            found = self._pointers.through((node, by))
            if found is not None:
                self._names.setdefault(id(found[0]), name)

    def _entries(self, node: Node, by: Document) -> Iterator[tuple[str, Node, Document]]:
        """Yield the entries of a dictionary of schemas, and those merged into it after them."""
        if not isinstance(node, Mapping):
            return
        own = [(name, value) for name, (_, value) in node.entries.items() if name != REF]
        for name, value in sorted(own, key=lambda entry: reference_in(entry[1]) is not None):
            yield name, value, by
        merged = node.entries[REF][1] if REF in node.entries else None
        for item in merged.items if isinstance(merged, Sequence) else ():
            if (target := self._pointers.target(item, by)) is None:
                continue
            with self._pointers.inside(item, by) as entered:
                if entered:
                    yield from self._entries(*target)

    # -- one schema ------------------------------------------------------------------------------

    def named(self, name: str, node: Node, by: Document) -> Node:
        """Return an entry of the section of schemas, with the references in it followed."""
        value = reference_in(node)
        if value is None:
            return self.schema(node, by)
        if (found := self._pointers.target(value, by)) is None:
            return self._without_reference(node, value)
        if self._names.get(id(found[0])) != name:
            return self.schema(node, by)
        return self._put(node, value, found, by)

    def schema(self, node: Node, by: Document) -> Node:
        """Return a schema, or a parameter, with the references in it followed."""
        if not isinstance(node, Mapping):
            return node
        if (value := reference_in(node)) is not None:
            return self._referred(node, value, by)
        return self._inside(node, lambda name, inner: self._keyword(name, inner, by))

    def _keyword(self, name: str, node: Node, by: Document) -> Node:
        if name in _NAMED and isinstance(node, Mapping):
            return self._inside(node, lambda _, inner: self.schema(inner, by))
        if name in _SEVERAL and isinstance(node, Sequence):
            return node.with_items(self.schema(item, by) for item in node.items)
        return self.schema(node, by) if name in _ONE else node

    def _inside(self, node: Mapping, change: Change) -> Node:
        """Return a mapping with its values changed, unless they are too deep by now."""
        self._level += 1
        check_level(self._level, node)
        changed = node.with_entries(
            (name, (key, change(name, value))) for name, (key, value) in node.entries.items()
        )
        self._level -= 1
        return weighed(changed)

    # -- references ------------------------------------------------------------------------------

    def _referred(self, node: Node, value: Node, by: Document) -> Node:
        """Return a schema in place of a reference, or the reference to it by its name here."""
        document, pointer = self._pointers.document(value, by), pointer_of(value)
        if document is None or pointer is None:
            return self._without_reference(node, value)
        if document is self._main and pointer[1][:1] == (_SECTION,) and len(pointer[1]) == 2:
            return self._by_name(node, value, pointer[1][1])
        found = self._pointers.target(value, by, self._hint(pointer[1]))
        if found is None:
            return self._without_reference(node, value)
        if (name := self._names.get(id(found[0]))) is not None:
            return self._by_name(node, value, name)
        return self._put(node, value, found, by)

    def _by_name(self, node: Node, value: Node, name: str) -> Node:
        if not isinstance(node, Mapping):
            return node
        here = Scalar(value.line, value.column, f"#/schemas/{name}", False, "", value.file)
        return node.with_entries(
            (n, (key, here if inner is value else inner))
            for n, (key, inner) in node.entries.items()
        )

    def _put(self, node: Node, value: Node, found: tuple[Node, Document], by: Document) -> Node:
        """Return what a reference leads to, with the remarks that stand beside the reference."""
        hint = self._hint(tuple((pointer_of(value) or ("", ()))[1]))
        with self._pointers.inside(value, by, hint) as entered:
            put = self._pointers.put(self.schema(*found)) if entered else None
        beside = self._without_reference(node, value)
        if put is None or not isinstance(put, Mapping) or not isinstance(beside, Mapping):
            return beside if put is None else put
        for name, (key, _) in beside.entries.items():
            if name in NOT_BESIDE_A_REFERENCE:
                said = f"beside a $ref there can not be {shown(name)}"
                self._pointers.reading.report(key, said, "the schema written out, with the change")
        return put.with_entries({**put.entries, **beside.entries}.items())

    def _without_reference(self, node: Node, value: Node) -> Node:
        """Return what else there is: nothing is concluded from what can not be followed."""
        if not isinstance(node, Mapping):
            return node
        return node.with_entries((n, e) for n, e in node.entries.items() if e[1] is not value)

    def _hint(self, segments: tuple[str, ...]) -> str:
        """Say what to do where a schema is part of itself and has no name in the main file."""
        name = segments[-1][:60] if segments else "..."
        return f"a name for it in {self._main.name}: `schemas: {{{name}: {{$ref: ...}}}}`"

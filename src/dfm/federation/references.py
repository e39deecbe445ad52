"""Follow the references of a federation, so that readers see what is referred to in their place.

    {$ref: "shared.yaml#/sites/lab"}     in place of an entry: a schema, an operation, a parameter,
                                         a site, a provider, or an entry of an interface
    $ref: ["shared.yaml#/sets/sonar"]    among entries: those of other dictionaries as well

Entries that are written out go before those that are merged in. Where a reference leads is found in
`pointers.py`; schemas, which may stay references, are in `reference_schemas.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingType

from dfm.federation.documents import Document, Documents
from dfm.federation.pointers import REF, Pointers, reference_in, weighed
from dfm.federation.reading import Reading, shown
from dfm.federation.reference_schemas import Schemas
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence

Entry = tuple[Scalar, Node]
Inner = Callable[[str, Node, Document], Node]
"""Follows the references inside of one thing, given its name and the file that it is in."""


def follow(reading: Reading, documents: Documents, root: Node) -> Node:
    """Return the tree of the main file, `root`, with its references followed.

    What can not be followed is reported, and stays.

    Raises:
        LimitExceeded: all together are too much.
    """
    return _Following(reading, documents).root(root)


class _Following:
    def __init__(self, reading: Reading, documents: Documents) -> None:
        self._reading = reading
        self._main = documents.main
        self._pointers = Pointers(reading, documents)
        self._schemas = Schemas(self._pointers)

    def root(self, root: Node) -> Node:
        sections: dict[str, Inner] = {
            "schemas": self._schemas.named,
            "operations": self._operation,
            "sites": self._site,
        }
        inside = {name: self._dictionary_of(inner) for name, inner in sections.items()}
        return self._with(root, inside, self._main)

    # -- objects ---------------------------------------------------------------------------------

    def _operation(self, _: str, node: Node, by: Document) -> Node:
        parameters = self._dictionary_of(self._schema)
        inside = dict.fromkeys(("parameters", "properties"), parameters)
        return self._with(node, {**inside, "returns": self._schema}, by)

    def _site(self, _: str, node: Node, by: Document) -> Node:
        inside = {
            "interface": self._dictionary_of(_as_it_is),
            "providers": self._dictionary_of(self._provider),
            "policy": self._policy,
        }
        return self._with(node, inside, by)

    def _provider(self, _: str, node: Node, by: Document) -> Node:
        return self._with(node, {"interface": self._dictionary_of(_as_it_is)}, by)

    def _policy(self, _: str, node: Node, by: Document) -> Node:
        """Follow the references in a policy, which are those in the schemas of its types."""
        examples = self._list_of(lambda _, item, by: self._with(item, {"type": self._schema}, by))
        rule = {"types": self._list_of(self._schema), "allow": examples, "deny": examples}
        rules = self._list_of(lambda _, item, by: self._with(item, rule, by))
        return self._with(node, {"leaves": rules}, by)

    def _schema(self, _: str, node: Node, by: Document) -> Node:
        return self._schemas.schema(node, by)

    def _with(self, node: Node, inside: MappingType[str, Inner], by: Document) -> Node:
        """Return an object with what is at some of its keys changed."""
        if not isinstance(node, Mapping) or not inside.keys() & node.entries.keys():
            return node
        return weighed(
            node.with_entries(
                (name, (key, inside[name](name, value, by) if name in inside else value))
                for name, (key, value) in node.entries.items()
            )
        )

    def _list_of(self, inner: Inner) -> Inner:
        def changed(name: str, node: Node, by: Document) -> Node:
            if not isinstance(node, Sequence):
                return node
            return weighed(node.with_items(inner(name, item, by) for item in node.items))

        return changed

    # -- dictionaries ----------------------------------------------------------------------------

    def _dictionary_of(self, inner: Inner) -> Inner:
        return lambda _, node, by: self._dictionary(node, by, inner)

    def _dictionary(self, node: Node, by: Document, inner: Inner) -> Node:
        """Return a dictionary of objects, with the entries of others that it names."""
        if not isinstance(node, Mapping):
            return node
        own = {
            name: (key, self._entry(name, value, by, inner))
            for name, (key, value) in node.entries.items()
            if name != REF
        }
        merged: dict[str, Entry] = {}
        if REF in node.entries:
            mistakes = self._reading.count
            for name, entry in self._merged(node.entries[REF], by, inner):
                before = merged.setdefault(name, entry)
                if name not in own and not _same(before[1], entry[1]):
                    said = f"{shown(name)} comes from two references, and they differ"
                    self._reading.report(node.entries[REF][0], said, f"{name}: written out here")
            if self._reading.count > mistakes:
                own[REF] = node.entries[REF]  # so that readers know that there may be more
        return weighed(node.with_entries({**merged, **own}.items()))

    def _merged(self, reference: Entry, by: Document, inner: Inner) -> Iterator[tuple[str, Entry]]:
        key, value = reference
        if not isinstance(value, Sequence):
            hint = f"$ref: [{value.text}]" if isinstance(value, Scalar) else "$ref: [...]"
            self._reading.report(key, "a $ref among entries is a list of dictionaries", hint)
            return
        for item in value.items:
            if (found := self._pointers.target(item, by)) is None:
                continue
            with self._pointers.inside(item, by) as entered:
                target = self._dictionary(*found, inner) if entered else None
            if isinstance(target, Mapping):
                self._pointers.put(target)
                yield from ((n, e) for n, e in target.entries.items() if n != REF)
            elif target is not None:
                said = f"{shown(item.text if isinstance(item, Scalar) else '')} is no dictionary"
                hint = "a $ref in place of one entry, without the list"
                self._reading.report(item, f"{said} of entries", hint)

    def _entry(self, name: str, node: Node, by: Document, inner: Inner) -> Node:
        """Return an entry, or what it refers to; schemas see to that themselves."""
        value = reference_in(node)
        if value is None or inner in (self._schema, self._schemas.named):
            return inner(name, node, by)
        for key, other in node.entries.values() if isinstance(node, Mapping) else ():
            if other is not value:
                said = f"beside a $ref in place of an object there can not be {shown(key.text)}"
                self._reading.report(key, said, "the object written out, with the change")
        if (found := self._pointers.target(value, by)) is None:
            return node
        with self._pointers.inside(value, by) as entered:
            return self._pointers.put(self._entry(name, *found, inner)) if entered else node


def _as_it_is(_: str, node: Node, __: Document) -> Node:
    return node


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

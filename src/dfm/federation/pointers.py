"""Where references lead: what one says, and the thing at the end of it, however far that is.

    shared/common.yaml#/sets/sonar      names on the way through a file, relative to the one
                                        that says it; `#/...` is that file itself

Separate from `references.py`, which says where there may be one and what becomes of it. Here are
the limits: no circles, no chains without end, no small files that become large.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from dfm.errors import LimitExceeded
from dfm.federation.documents import Document, Documents
from dfm.federation.reading import Reading, shown
from dfm.federation.yaml_tree import MAX_DEPTH, MAX_NODES, Mapping, Node, Scalar, Sequence

REF = "$ref"

MOST_STEPS = 32
"""How many references may lead to one another."""

MOST_REFERENCES = 20_000
"""How many may be followed in all."""

MOST_VALUES = 4 * MAX_NODES
"""How many values may be put in place of references in all."""

_SPELLED = {"parameters": "properties", "properties": "parameters"}
_MOST_DIGITS = 9

Found = tuple[Node, Document]
Pointer = tuple[str, tuple[str, ...]]


def reference_in(node: Node) -> Node | None:
    """Return what `{$ref: ...}` in place of an object says; None if it is something else."""
    if not isinstance(node, Mapping):
        return None
    key = REF if REF in node.entries else "ref" if list(node.entries) == ["ref"] else ""
    return node.entries[key][1] if key else None


def pointer_of(value: Node) -> Pointer | None:
    """Return the file, '' for the same one, and the names on the way that a reference gives."""
    if not isinstance(value, Scalar):
        return None
    name, _, pointer = value.text.partition("#")
    if not pointer.startswith("/") or pointer == "/":
        return None
    segments = (unquote(part) for part in pointer[1:].split("/"))
    return name, tuple(part.replace("~1", "/").replace("~0", "~") for part in segments)


class Pointers:
    """Follows the references of one federation."""

    def __init__(self, reading: Reading, documents: Documents) -> None:
        self.main = documents.main
        self.reading = reading
        self._documents = documents
        self._active: list[tuple[Document, str]] = []
        self._followed = 0
        self._values = 0

    def document(self, value: Node, by: Document) -> Document | None:
        """Return the file that a reference is to; report why there is none."""
        pointer = pointer_of(value)
        if pointer is None or not isinstance(value, Scalar):
            self._report_form(value)
            return None
        return by if not pointer[0] else self._documents.open(value, pointer[0], by)

    def target(self, value: Node, by: Document, hint: str = "") -> Found | None:
        """Return what a reference leads to, and the file that it is in; report why there is none.

        What it leads to may be a reference as well; this is where the last one leads.
        """
        self._followed += 1
        if self._followed > MOST_REFERENCES:
            said = f"a federation may follow at most {MOST_REFERENCES} references"
            raise _too_much(value, said, "fewer references that lead to references")
        document, pointer = self.document(value, by), pointer_of(value)
        if document is None or document.root is None or pointer is None:
            return None
        with self.inside(value, by, hint) as entered:
            found = self._walk(value, document, pointer[1]) if entered else None
            return None if found is None else self.through(found)

    def through(self, found: Found) -> Found | None:
        """Return what is at the end of references, if this is one; a merge is none."""
        value = reference_in(found[0])
        return self.target(value, found[1]) if isinstance(value, Scalar) else found

    @contextmanager
    def inside(self, value: Node, by: Document, hint: str = "") -> Iterator[bool]:
        """Be on the way through a reference; False, and reported, if we are already."""
        step = (by, value.text if isinstance(value, Scalar) else "")
        if step in self._active or len(self._active) >= MOST_STEPS:
            self._report_circle(value, step, hint)
            yield False
            return
        self._active.append(step)
        yield True
        self._active.pop()

    def put(self, node: Node) -> Node:
        """Return what is put in place of a reference, if that is not too much by now."""
        self._values += node.weight
        if self._values > MOST_VALUES:
            said = f"references may put at most {MOST_VALUES} values in their places"
            raise _too_much(node, said, "fewer references to large things")
        return weighed(node)

    def _report_circle(self, value: Node, step: tuple[Document, str], hint: str) -> None:
        said, way = f"references lead to more than {MOST_STEPS} others", [step]
        if step in self._active:
            said = "references lead round in a circle"
            way = [*self._active[self._active.index(step) :], step]
        names = ", ".join(f"{document.name}: {text}" for document, text in way[-4:])
        hint = hint or "the thing itself in one of these places"
        self.reading.report(value, f"{said}: {names}", hint)

    def _report_form(self, value: Node) -> None:
        said = "a reference is `file.yaml#/names/on/the/way`, or `#/...` for the same file"
        text = value.text[:60].rstrip("#/") if isinstance(value, Scalar) else ""
        hint = f'"{text}#/..."' if text else "one text, without a list"
        self.reading.report(value, said, hint)

    def _walk(self, at: Node, document: Document, segments: tuple[str, ...]) -> Found | None:
        found: Found | None = (document.root or at, document)
        for number, segment in enumerate(segments):
            found = None if found is None else self.through(found)
            if found is None:
                return None
            node, by = found
            found = self._child(node, by, segment)
            if found is None:
                way = "/".join(segments[:number])
                names = node.entries.keys() - {REF} if isinstance(node, Mapping) else ()
                said = f"there is no {shown(segment)} in {by.name}#/{way}"
                self.reading.report(at, said, self.reading.nearest(segment, names))
        return found

    def _child(self, node: Node, by: Document, segment: str) -> Found | None:
        if isinstance(node, Sequence):
            is_number = segment.isascii() and segment.isdigit() and len(segment) <= _MOST_DIGITS
            is_there = is_number and int(segment) < len(node.items)
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
        value = node.entries[REF][1] if REF in node.entries else None
        for item in value.items if isinstance(value, Sequence) else ():
            if (target := self.target(item, by)) is None:
                continue
            with self.inside(item, by) as entered:
                found = self._child(*target, segment) if entered else None
            if found is not None:
                return found
        return None


def weighed(node: Node) -> Node:
    """Return a tree that is not larger or deeper than we read.

    Raises:
        LimitExceeded: it is.
    """
    if node.weight > MAX_NODES or node.height > MAX_DEPTH:
        said = f"a federation may have at most {MAX_NODES} values and {MAX_DEPTH} levels"
        raise _too_much(node, f"{said}, references written out", "fewer references to large things")
    return node


def check_level(level: int, node: Node) -> None:
    """Raise LimitExceeded on the way down into a tree that will be deeper than we read."""
    if level > MAX_DEPTH:
        said = f"a federation may have at most {MAX_DEPTH} levels, references written out"
        raise _too_much(node, said, "fewer references inside of references")


def _too_much(node: Node, said: str, hint: str) -> LimitExceeded:
    return LimitExceeded(said, at=f"{node.file}:{node.line}:{node.column}", hint=hint)

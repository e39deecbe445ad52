"""Who is who in a pipeline: the id of a statement, and a reference to its value.

Automatic ids are numbers and print as `%0`; well-known ids are names and print as `#mean`.
A reference may select a part of the value, and a part of that part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import field_validator, model_serializer, model_validator

from dfm.api.lazy import LazyResult
from dfm.api.names import check_node_name
from dfm.api.pydantic import StrictModel
from dfm.errors import StructureError
from dfm.types import describe

Selector = tuple[int | str, bool]
"""One level of selection: what, and whether by subscription or by attribute."""


class NodeId(StrictModel):
    """The id of a statement: a number given by the pipeline, or a name given by the author."""

    dfm_tag: ClassVar[str] = "@dfm-node"

    tag: Literal["@dfm-node"] = "@dfm-node"
    ident: int | str

    if TYPE_CHECKING:

        def __init__(self, ident: int | str) -> None: ...

    @field_validator("ident")
    @classmethod
    def _is_well_formed(cls, ident: int | str) -> int | str:
        if isinstance(ident, str):
            return check_node_name(ident)
        if ident < 0:
            raise StructureError(f"{ident} can not be a node id", hint="a number from 0 on")
        return ident

    def to_ref(self, sel: int | str | None = None, issubs: bool | None = None) -> NodeRef:
        """Return a reference to the node's value, or to a part of it.

        A text selects an attribute unless `issubs` is true; a number always subscripts.
        """
        if sel is None:
            return NodeRef(id=self)
        selected, subscribed = _selector(sel, issubs)
        return NodeRef(id=self, sel=selected, issubs=subscribed)

    def as_identifier(self) -> str:
        """Return the id as a Python identifier: `node3`, or the author's name."""
        return f"node{self.ident}" if isinstance(self.ident, int) else self.ident

    def __hash__(self) -> int:
        return hash(self.ident)

    def __str__(self) -> str:
        return f"%{self.ident}" if isinstance(self.ident, int) else f"#{self.ident}"

    def __repr__(self) -> str:
        return f"NodeId({self.ident!r})"


def make_auto_id(number: int) -> NodeId:
    """Return the automatic id of that number.

    >>> str(make_auto_id(3))
    '%3'
    """
    return NodeId(ident=number)


def well_known_id(name: int | str) -> NodeId:
    """Return the id of that name; a number n is named `wkidN`.

    >>> str(well_known_id("mean")), str(well_known_id(7))
    ('#mean', '#wkid7')
    """
    return NodeId(ident=f"wkid{name}" if isinstance(name, int) else name)


class Referable:
    """Something an author may write where a value is wanted; it stands for a node's value."""

    __slots__ = ()

    def dfm_reference(self) -> NodeRef:
        """Return the reference that takes its place.

        Raises:
            StructureError: when it has no value, or belongs to another pipeline.
        """
        raise NotImplementedError


class NodeRef(LazyResult, StrictModel):
    """The value of a node, or a part of it; `more` holds the levels below the first."""

    id: NodeId
    sel: int | str | None = None
    issubs: bool = True
    more: tuple[Selector, ...] = ()

    @model_validator(mode="after")
    def _selects_what_can_be_selected(self) -> NodeRef:
        if self.sel is None:
            if self.more:
                raise StructureError("a selection needs its first level", hint="sel=...")
            return self
        for sel, issubs in self.selectors:
            if _selector(sel, issubs) != (sel, issubs):
                raise StructureError(f"{sel} is no attribute name", hint="issubs=True")
        return self

    @model_serializer(mode="wrap")
    def _without_empty_levels(self, inner: Any) -> Any:
        data = inner(self)
        if not self.more:
            data.pop("more", None)
        return data

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """Every level of selection, outermost first."""
        return () if self.sel is None else ((self.sel, self.issubs), *self.more)

    def fieldref(self, selector: int | str, issubs: bool | None = None) -> NodeRef:
        """Return a reference to a part of this one; see `NodeId.to_ref`."""
        selected = _selector(selector, issubs)
        if self.sel is None:
            return NodeRef(id=self.id, sel=selected[0], issubs=selected[1])
        return NodeRef(id=self.id, sel=self.sel, issubs=self.issubs, more=(*self.more, selected))

    def __getitem__(self, key: int | str) -> NodeRef:
        return self.fieldref(key, issubs=True)

    def __hash__(self) -> int:
        return hash((self.id.ident, self.sel, self.more))

    def _called(self) -> str:
        return "the result of an operation" if self.sel is None else "a part of a result"

    def __str__(self) -> str:
        return ".".join([str(self.id), *(str(sel) for sel, _ in self.selectors)])

    def __repr__(self) -> str:
        return f"NodeRef({self!s})"


def _selector(sel: object, issubs: bool | None) -> Selector:
    """Return one level of selection, inferring whether it subscripts.

    Raises:
        StructureError: when that can not be selected.
    """
    if isinstance(sel, int) and not isinstance(sel, bool):
        return sel, True
    if not isinstance(sel, str):
        raise StructureError(
            f"a part is selected by a number or a text, not by {describe(sel)}",
            hint="an operation that takes the part out",
        )
    if not issubs and (not sel.isidentifier() or sel.startswith("_")):
        raise StructureError(
            f"{sel!r} is no public attribute", hint=f"issubs=True to select value[{sel!r}]"
        )
    return sel, bool(issubs)

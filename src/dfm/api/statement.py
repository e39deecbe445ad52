"""Statements: the lines of a pipeline.

A statement joins the innermost open block when it is written, and only then: data that is
read joins nothing. It remembers its line, which is no part of what it says: two statements
are equal when they say the same, wherever they were written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError, PydanticSerializationError

from dfm.api.lazy import LazyResult
from dfm.api.literals import decode, encode, is_argument
from dfm.api.location import NOWHERE, where_written
from dfm.api.markers import PlaceParam
from dfm.api.nodes import NodeId, NodeRef, Referable
from dfm.api.pickled import pickles_closed
from dfm.api.pydantic import DataModel, PolymorphicBaseModel, Written, authored
from dfm.api.references import Leaves, leaves_by_kind, with_references
from dfm.api.refusals import declaration_error, no_positional
from dfm.api.scope import (
    PipelineBuildHelper,
    add_statement,
    current_scope,
    is_authoring,
    outside_pipeline,
    withdraw_statement,
)
from dfm.api.signatures import Shown
from dfm.errors import ArgumentError, DfmError, StructureError

if TYPE_CHECKING:
    from dfm.api.visitor import ApiVisitor

_WRITTEN = "_dfm_written"
_NOT_WALKED = frozenset(("dfm_body", "dfm_node_id", "dfm_after", "dfm_class_name"))


def _ids(after: Any) -> Any:
    """Return what `dfm_after` may be given as an id, ids, or None."""
    if isinstance(after, Statement):
        return after._own_id()
    if isinstance(after, NodeRef):
        return after.id
    if isinstance(after, (list, tuple, set, frozenset)):
        return tuple(_ids(one) for one in after)
    if after is None or isinstance(after, (NodeId, dict)):
        return after
    raise PydanticCustomError("no_statement", "expected a statement or its id")


if TYPE_CHECKING:
    _One: TypeAlias = "Statement | NodeId | NodeRef"
    After: TypeAlias = "_One | Sequence[_One] | None"
else:
    After = Annotated[NodeId | tuple[NodeId, ...] | None, BeforeValidator(_ids)]


OtherId = Annotated[NodeId, BeforeValidator(_ids)]
"""The id of another statement, which may be given itself."""


class Statement(PolymorphicBaseModel, Referable, ABC):
    """A line of a pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    dfm_node_id: NodeId = Field(
        default_factory=PipelineBuildHelper.get_fresh_node_id,
        description="dfm_node_id=well_known_id('a_name')",
    )
    dfm_after: After = Field(
        default=None,
        description="the statement itself; or well_known_id('a_name'), if that is its dfm_node_id",
    )

    dfm_argument_names: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.dfm_argument_names = frozenset(
            name for name, field in cls.model_fields.items() if is_argument(field.metadata)
        )

    @authored
    def __init__(self, /, *args: Any, **data: Any) -> None:
        cls = type(self)
        written = where_written()
        try:
            if args:
                raise no_positional(cls.dfm_title(), cls._names_to_write())
            data = cls._complete({k: _converted(k, v) for k, v in data.items()})
            cls._check(data)
            if "dfm_node_id" not in data and not is_authoring():
                raise outside_pipeline(cls.dfm_title())
            with pickles_closed():
                self.__pydantic_validator__.validate_python(Written(data), self_instance=self)
            self.__dict__[_WRITTEN] = written
            self._join()
        except ValidationError as error:
            raise declaration_error(error, cls, title=cls.dfm_title(), at=str(written)) from None
        except DfmError as error:
            error.at = error.at or str(written)
            raise

    def _join(self) -> None:
        """Become part of the open pipeline, unless that can not be."""
        add_statement(self)
        try:
            self.dfm_check_written()
        except DfmError:
            withdraw_statement(self)
            raise

    def dfm_check_written(self) -> None:
        """Refuse what can be seen to be wrong in the open pipeline as it is now."""
        if not (scope := current_scope()):
            return
        from dfm.api.flow import check_whole_streams  # which knows every kind of statement
        from dfm.api.reach import check_reads  # likewise

        if scope.draft.has_blocks:
            check_reads(self, scope.draft.outline)
        check_whole_streams(self, scope.draft.outline)

    @classmethod
    def _complete(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with what the author need not write."""
        path = cls.dfm_class_path()
        if data.setdefault("dfm_class_name", path) != path:
            raise ArgumentError(
                f"dfm_class_name of {cls.dfm_title()} is {path!r}", hint="leave it out"
            )
        return data

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        """Refuse arguments that pydantic would accept; for subclasses that know more."""

    @classmethod
    def _read(cls, data: dict[str, Any], context: Any) -> dict[str, Any]:
        """Return saved data with its arguments decoded and checked."""
        names = cls.dfm_argument_names
        read = {k: decode(v) if k in names else v for k, v in data.items()}
        cls._check(read)
        return read

    @classmethod
    def _validated(cls, data: dict[str, Any], handler: Any, context: Any) -> Any:
        with pickles_closed(context):
            return handler(cls._read(data, context))

    @classmethod
    def _class_named(cls, name: str, context: Any) -> type[PolymorphicBaseModel]:
        from dfm.api.registry import statement_class  # which knows every kind of statement

        return statement_class(name, context)

    @classmethod
    def _names_to_write(cls) -> list[str]:
        return [n for n in cls.model_fields if n not in _NOT_WALKED]

    @classmethod
    def dfm_title(cls) -> str:
        """Return the name to use in messages."""
        return cls.__name__

    @property
    def dfm_location(self) -> str:
        """Where the statement was written (`file:line`), or '' when it was read from data."""
        return str(self.__dict__.get(_WRITTEN, NOWHERE))

    @property
    def dfm_after_ids(self) -> tuple[NodeId, ...]:
        """The ids of the statements that must be done before this one begins."""
        after: Any = self.dfm_after
        return (after,) if isinstance(after, NodeId) else tuple(after or ())

    def dfm_values(self) -> dict[str, Any]:
        """Return the statement's own values by field: no id, no order, no body."""
        names = (name for name in type(self).model_fields if name not in _NOT_WALKED)
        return {name: self.__dict__[name] for name in names}

    def dfm_leaves(self) -> Leaves:
        """Return what is not known yet in the statement's own values."""
        return leaves_by_kind(self.dfm_values())

    def dfm_references(self) -> tuple[NodeRef, ...]:
        """Return every node reference in the statement's own values, each once."""
        return self.dfm_leaves().references

    def get_noderef_and_placeparam_pydantic_fields(self) -> list[tuple[str, Any]]:
        """Return the fields that were set to a reference or a parameter, with their values."""
        return [
            (name, value)
            for name, value in self.dfm_values().items()
            if name in self.model_fields_set and isinstance(value, (NodeRef, PlaceParam))
        ]

    def dfm_reference(self) -> NodeRef:
        """Return the reference that takes this statement's place as a value."""
        raise StructureError(
            f"{self.dfm_title()} has no value", hint="the operation whose value is meant"
        )

    def _own_id(self) -> NodeId:
        """Return the id, after making sure that it means this statement in the open pipeline."""
        scope = current_scope()
        if scope and scope.draft.statements.get(self.dfm_node_id) is not self:
            raise StructureError(
                f"{self.dfm_title()} ({self.dfm_location or self.dfm_node_id})"
                " is not part of the open pipeline",
                at=str(where_written()),
                hint="write it again in this pipeline",
            )
        return self.dfm_node_id

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield None, Shown(self.dfm_node_id)
        for name, value in self.dfm_values().items():
            if not _is_same(value, type(self).model_fields[name].default):
                yield name, value
        if self.dfm_after is not None:
            yield "dfm_after", self.dfm_after
        if isinstance(self, Block):
            yield "dfm_body", self.dfm_body

    def _dump(self, inner: Any, info: Any) -> Any:
        try:
            return inner(self)
        except PydanticSerializationError as error:
            raise self._not_saved(error) from None

    def _not_saved(self, error: PydanticSerializationError) -> DfmError:
        """Return the error that names the argument for which there is no JSON form."""
        for name in sorted(self.dfm_argument_names & self.dfm_values().keys()):
            try:
                encode(self.__dict__[name])
            except DfmError as why:
                message = f"argument {name!r} of {self.dfm_title()} can not be saved: {why.message}"
                return type(why)(message, at=self.dfm_location, hint=why.hint)
        return declaration_error(error, type(self), title=self.dfm_title(), at=self.dfm_location)

    @abstractmethod
    def accept(self, visitor: ApiVisitor) -> Any:
        """Call the visitor's method for this kind of statement."""

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.dfm_node_id))


def _is_same(value: Any, default: Any) -> bool:
    """Whether a field has its default, asking nothing of values that may answer oddly."""
    if type(value) is not type(default) or type(value) not in (bool, int, float, str):
        return value is default
    return bool(value == default)


def _converted(name: str, value: Any) -> Any:
    return value if name in _NOT_WALKED else with_references(value)


class Block(DataModel, ABC):
    """Statements in order. `with block:` makes it the one that new statements join."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dfm_body: list[Statement] = Field(default_factory=list)

    @classmethod
    def dfm_title(cls) -> str:
        """Return the name to use in messages."""
        return cls.__name__

    def dfm_walk(self) -> Iterator[Statement]:
        """Yield every statement in the block and in the blocks in it, in the order written."""
        for statement in self.dfm_body:
            yield statement
            if isinstance(statement, Block):
                yield from statement.dfm_walk()

    def dfm_walk_nested(
        self, around: tuple[Block, ...] = ()
    ) -> Iterator[tuple[Statement, tuple[Block, ...]]]:
        """Yield what `dfm_walk` does, each with the blocks in this one that are around it."""
        for statement in self.dfm_body:
            yield statement, around
            if isinstance(statement, Block):
                yield from statement.dfm_walk_nested((*around, statement))

    def __enter__(self) -> Self:
        PipelineBuildHelper.push_block(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        if kind is None or PipelineBuildHelper.is_innermost(self):
            PipelineBuildHelper.pop_block(self)
        if kind is None:
            from dfm.api.blocks import check_block  # which knows every kind of block

            check_block(self)
        return None


class Valued(Statement, ABC):
    """A statement that an author may write where a value is wanted."""

    def dfm_reference(self) -> NodeRef:
        """Return a reference to the value."""
        return self._own_id().to_ref()

    def fieldref(self, selector: int | str, issubs: bool | None = None) -> NodeRef:
        """Return a reference to a part of the value: an attribute, or an item with `issubs`."""
        return self._own_id().to_ref(selector, issubs)

    def __getitem__(self, key: int | str) -> NodeRef:
        return self.dfm_reference()[key]

    __hash__ = Statement.__hash__

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError as error:
                if name.startswith("_"):
                    raise
                raise AttributeError(
                    f"{error}; if it is a part of the value, write .fieldref({name!r})"
                ) from None


class Expression(LazyResult, Valued, ABC):
    """A statement that has a value, not known while the pipeline is written."""

    __hash__ = Statement.__hash__


NodeParam = Expression | NodeRef
"""The annotation of a parameter that takes the result of another node."""

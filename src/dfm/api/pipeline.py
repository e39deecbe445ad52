"""The pipeline: the outermost block, written inside `with Pipeline(...) as p:`."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import ValidationError, model_validator

from dfm.api.location import where_written
from dfm.api.pydantic import Written, authored
from dfm.api.refusals import declaration_error, no_positional
from dfm.api.rules import check_rules
from dfm.api.scope import MAX_BLOCKS, PipelineBuildHelper, reading_mode
from dfm.api.statement import Block, Statement
from dfm.api.storage import read_text, write_text
from dfm.api.visitor import ApiVisitor
from dfm.errors import LimitExceeded


class Pipeline(Block):
    """What is to be computed: statements, in the order in which they were written.

        with Pipeline(name="warming") as p:
            past = LoadField(scenario="A1B", first=1961, last=1990)
            future = LoadField(scenario="A1B", first=2070, last=2099)
            Yield(value=Difference(a=future, b=past), place="warming")

        print(session.explain(p))
        print(session.execute(p).result())

    Nothing runs while it is written. An operation stands for its result, which can be given to
    other operations, or `result["key"]` and `result.fieldref("name")` for a part of it. What
    differs from call to call is a `PlaceParam`. A session fills in an empty `api_version`.
    """

    api_version: str = ""
    mode: Literal["execute", "discovery"] = "execute"
    name: str | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            name: str | None = None,
            mode: Literal["execute", "discovery"] = "execute",
            api_version: str = "",
            dfm_body: list[Statement] = ...,
        ) -> None: ...

    else:

        @authored
        def __init__(self, /, *args: Any, **data: Any) -> None:
            self._write(args, data)

    def _write(self, args: tuple[Any, ...], data: dict[str, Any]) -> None:
        try:
            if args:
                raise no_positional("Pipeline", type(self).model_fields)
            self.__pydantic_validator__.validate_python(Written(data), self_instance=self)
        except ValidationError as error:
            raise declaration_error(error, type(self), at=str(where_written())) from None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.dfm_body:
            check_rules(self)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _in_its_mode(cls, data: Any, handler: Any) -> Any:
        if not isinstance(data, dict) or isinstance(data, Written):
            return handler(data)
        _check_depth(data)
        with reading_mode(str(data.get("mode", "execute"))):
            return handler(data)

    def __enter__(self) -> Self:
        PipelineBuildHelper.enter_pipeline(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        if kind is not None:
            PipelineBuildHelper.abandon_pipeline()
            return None
        try:
            PipelineBuildHelper.exit_pipeline(self)
        finally:
            PipelineBuildHelper.abandon_pipeline()
        check_rules(self)
        return None

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_pipeline`."""
        return visitor.visit_pipeline(self)

    @classmethod
    def load_from_file(cls, path: str | Path, federation: Any = None, **fsspec_kwargs: Any) -> Self:
        """Read a pipeline from a path or URL; `federation` is where its operations are found.

        Raises:
            FileNotFoundError: when there is no such file.
            UnknownName: for an operation that is neither the federation's nor loaded already.
        """
        text = read_text(path, **fsspec_kwargs)
        return cls.model_validate_json(text, context={"federation": federation})

    @classmethod
    def save_to_file(cls, pipeline: Pipeline, path: str | Path, **fsspec_kwargs: Any) -> None:
        """Write a pipeline to a path or URL as JSON, making the folders above it."""
        write_text(pipeline.model_dump_json(indent=4), path, **fsspec_kwargs)


def _check_depth(data: dict[str, Any]) -> None:
    """Refuse saved blocks that are nested too deeply, before anything goes down into them.

    Raises:
        LimitExceeded: naming the limit.
    """
    blocks = [data] if "dfm_body" in data else []
    for _ in range(MAX_BLOCKS + 1):
        bodies = (block["dfm_body"] for block in blocks)
        members = (s for body in bodies if isinstance(body, list) for s in body)
        blocks = [s for s in members if isinstance(s, dict) and "dfm_body" in s]
        if not blocks:
            return
    raise LimitExceeded(f"blocks are nested more than {MAX_BLOCKS} deep", hint="fewer blocks")

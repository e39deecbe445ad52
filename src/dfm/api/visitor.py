"""A visitor of statements. Each method does nothing; visitors go into blocks themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfm.api.branches import Else, If, Join
    from dfm.api.caches import TryFromCache, WriteToCache
    from dfm.api.loops import Collect, ForEach, Reduce
    from dfm.api.pipeline import Pipeline
    from dfm.api.statements import Operation, Yield


class ApiVisitor:
    """One method for each kind of statement; override those that matter."""

    def visit_pipeline(self, pipeline: Pipeline) -> Any:
        """Visit a pipeline."""

    def visit_operation(self, operation: Operation) -> Any:
        """Visit an operation."""

    def visit_yield(self, statement: Yield) -> Any:
        """Visit a yield."""

    def visit_if(self, statement: If) -> Any:
        """Visit a branch."""

    def visit_else(self, statement: Else) -> Any:
        """Visit the other branch."""

    def visit_join(self, statement: Join) -> Any:
        """Visit the value of whichever branch was taken."""

    def visit_for_each(self, statement: ForEach) -> Any:
        """Visit a loop."""

    def visit_collect(self, statement: Collect) -> Any:
        """Visit the list of what a loop makes."""

    def visit_reduce(self, statement: Reduce) -> Any:
        """Visit what a loop adds up to."""

    def visit_try_from_cache(self, statement: TryFromCache) -> Any:
        """Visit a look into the cache."""

    def visit_write_to_cache(self, statement: WriteToCache) -> Any:
        """Visit the storing of a value."""

"""What is kept at a site from one run to the next, by a key.

    with TryFromCache(key=["mean", year]) as cached:
        field = LoadField(scenario="A1B", first=year)
        cached.cache(Mean(field=field))
    Yield(value=cached)

All that is written in the block, and nothing else, is left out when the value is found.
"""

from __future__ import annotations

from typing import Any, Literal

from dfm.api.lazy import LazyValue
from dfm.api.literals import Argument
from dfm.api.location import where_written
from dfm.api.loops import ForEach
from dfm.api.scope import current_scope
from dfm.api.statement import Block, Expression, OtherId, Statement, Valued
from dfm.api.visitor import ApiVisitor
from dfm.errors import StructureError


class WriteToCache(Expression):
    """Store a value in a site's cache under a key, and stand for it.

    `lookup` is the `TryFromCache` that found nothing, if there is one. `site` is the site whose
    cache it is: where the value is made, unless it is said.
    """

    dfm_class_name: Literal["dfm.api.WriteToCache"] = "dfm.api.WriteToCache"
    key: Argument
    value: Argument
    lookup: OtherId | None = None
    site: str | None = None

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_write_to_cache`."""
        return visitor.visit_write_to_cache(self)


def stored_in_loop(loop: ForEach, at: str) -> StructureError:
    """Return the error for a value that is stored once per item."""
    return StructureError(
        "a TryFromCache stores its value inside ForEach"
        f" ({loop.dfm_location or loop.dfm_node_id}), once per item",
        at=at,
        hint="cached.cache(loop.collect(value)) after the loop",
    )


def _with_lookups(data: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Return saved blocks in which each store says for whom it is, as files did not use to."""

    def mended(saved: Any) -> Any:
        if not isinstance(saved, dict):
            return saved
        kind = str(saved.get("dfm_class_name")).rpartition(".")[2].removeprefix("_")
        if kind == "WriteToCache" and saved.get("key") == data.get("key"):
            return {"lookup": data.get("dfm_node_id"), **saved}
        return saved if kind == "TryFromCache" else _with_lookups(data, saved)

    body = block.get("dfm_body")
    return {**block, "dfm_body": [mended(s) for s in body]} if isinstance(body, list) else block


class TryFromCache(LazyValue, Valued, Block):
    """Take the value stored under a key; run the block when there is none.

    The block stores one with `cache`. After the block the statement stands for the value, found
    or stored. `site` is the site whose cache it is: where the value is made, unless it is said.
    """

    dfm_class_name: Literal["dfm.api.TryFromCache"] = "dfm.api.TryFromCache"
    key: Argument
    site: str | None = None

    @classmethod
    def _read(cls, data: dict[str, Any], context: Any) -> dict[str, Any]:
        return super()._read(_with_lookups(data, data), context)

    def cache(self, value: Any) -> WriteToCache:
        """Store the value under the same key, in the same cache.

        Raises:
            StructureError: outside the block, or in a loop in it.
        """
        blocks = scope.blocks if (scope := current_scope()) else ()
        inside = next((n for n, block in enumerate(blocks) if block is self), None)
        if inside is None:
            raise StructureError(
                "a TryFromCache stores its value inside its block",
                at=str(where_written()),
                hint="cached.cache(value) inside `with TryFromCache(...) as cached:`",
            )
        for block in blocks[inside:]:
            if isinstance(block, ForEach):
                raise stored_in_loop(block, str(where_written()))
        return WriteToCache(key=self.key, value=value, lookup=self.dfm_node_id, site=self.site)

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_try_from_cache`."""
        return visitor.visit_try_from_cache(self)

    __hash__ = Statement.__hash__

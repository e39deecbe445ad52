"""What the lines of a plan are made of: frozen values, cheap to make and to change.

A long pipeline has thousands of lines, and several passes say something of each. A dataclass of
twenty fields takes 30 times as long to replace a field; nothing else is different.
"""

from __future__ import annotations

from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace


class Record(Struct, frozen=True, gc=False):
    """A frozen value with fields. What it holds never refers back to it: it is made last."""

    def replace(self, **changes: Any) -> Self:
        """Return the same with some fields changed."""
        return replace(self, **changes)

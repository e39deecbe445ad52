"""What a store tells a reader: what is new to it, and how far it has read.

Apart from the store, which loads SQLite: a session that does not learn has no need of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dfm.costs.history import History
from dfm.errors import RunError


class StoreError(RunError):
    """Learned costs can not be read, or not be kept."""

    code = "dfm-330"
    is_useless = False
    """Whether the file can only be removed: it is damaged, or of another version."""


class Mark(NamedTuple):
    """How far a store was read."""

    forgotten: int = -1
    row: int = 0


UNREAD = Mark()


@dataclass(frozen=True, slots=True)
class News:
    """What a store holds that a reader did not know. `all` says that it is everything there is."""

    history: History
    mark: Mark
    all: bool

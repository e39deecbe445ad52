"""Numbers of messages: each sender counts, per destination, and each receiver checks."""

from __future__ import annotations

from collections import Counter

from dfm.errors import CorruptMessage


class Numbering:
    """Gives out the numbers of what is sent, or checks those of what arrives.

    >>> numbers = Numbering()
    >>> numbers.next("b"), numbers.next("b"), numbers.next("c")
    (0, 1, 0)
    >>> numbers.check("b", 5)
    Traceback (most recent call last):
    dfm.errors.CorruptMessage: message 5 from 'b' came where number 2 was due [dfm-305]
      try  running the job again: a message was lost or repeated on its way
    """

    def __init__(self) -> None:
        self._next: Counter[str | tuple[str, str]] = Counter()

    def next(self, way: str | tuple[str, str]) -> int:
        """Return the next number of a way and count it."""
        number = self._next[way]
        self._next[way] = number + 1
        return number

    def check(self, way: str | tuple[str, str], number: int) -> None:
        """Count a message that arrived.

        Raises:
            CorruptMessage: when it is not the one that was due: one is missing or came twice.
        """
        due = self.next(way)
        if number != due:
            source = (way if isinstance(way, str) else way[0]) or "the application"
            raise CorruptMessage(
                f"message {number} from {source!r} came where number {due} was due",
                hint="running the job again: a message was lost or repeated on its way",
            )

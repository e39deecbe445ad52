"""The marks of the format: what stands for what in a head. Never reuse or renumber one."""

from __future__ import annotations

TAGGED = b"\xc1"
"""The first byte of a head that needs more than plain msgpack; msgpack itself never uses it."""

NAMED, BUFFER, PICKLE = 0, 1, 2
TUPLE, SET, FROZENSET, PAIRS, ORDERED_DICT, DEFAULT_DICT, COUNTER, DEQUE, TUPLES = range(10, 19)
BIG_INT, TEXT, COMPLEX, DECIMAL, FRACTION, RANGE, SLICE, ELLIPSIS = range(20, 28)
BYTES, BYTEARRAY, MEMORYVIEW = range(30, 33)
DATETIME, DATE, TIME, TIMEDELTA, TIMEZONE = range(40, 45)
UUID, PATH = range(50, 52)
DATACLASS, ENUM, NAMED_TUPLE, MODEL = range(60, 64)

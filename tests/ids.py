"""How the values of a parametrized test are shown in its name."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """Return what `repr` does without addresses: a test has the same name in each process.

    >>> shown(object())
    '<object object>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))

"""Where the author wrote something: the nearest frame outside dfm, pydantic and numpy.

It costs about a microsecond, because it looks at frames and opens no file. The text is only
made when somebody asks for it, which is when there is a mistake to report.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import NamedTuple

import pydantic

_OURS = tuple(
    os.path.dirname(path) + os.sep
    for path in (os.path.dirname(os.path.abspath(__file__)), os.path.abspath(pydantic.__file__))
)
_is_ours: dict[str, bool] = {}


class Location(NamedTuple):
    """A line of a file. It prints relative to the working directory where that is shorter."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        if not self.file:
            return ""
        try:
            here = os.getcwd() + os.sep
        except OSError:  # the working directory has been removed
            here = ""
        return f"{self.file.removeprefix(here)}:{self.line}"


NOWHERE = Location()


def where_written() -> Location:
    """Return the line of the innermost frame that belongs to none of dfm, pydantic and numpy."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        ours = _is_ours.get(file)
        if ours is None:
            # numpy is known by name, because it need not be installed.
            module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            ours = _is_ours[file] = module == "numpy" or file.startswith(_OURS)
        if not ours:
            return Location(file, frame.f_lineno)
        frame = frame.f_back
    return NOWHERE

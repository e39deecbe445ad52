"""Frames: which call, and which loop iteration in it, a token belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Path = tuple[int, ...]
"""The bare form of a frame, used while tokens move: `(2,)`, `(2, 7)`; never the stop frame."""


def frame_of_iteration(frame: Path) -> Path:
    """Return the frame of an iteration of a loop, and for that of a call an empty one."""
    return frame if len(frame) > 1 else ()


class Frame:
    """A scope of a job: `[2]` is the third call, `[2, 7]` the eighth iteration in it.

    The stop frame stands for the whole job. Frames are immutable and hashable.

    >>> Frame([2]).with_pushed_scope()
    Frame([2, 0])
    >>> Frame.stop_frame()
    Frame('stop')
    """

    __slots__ = ("path",)
    token = "@dfm-control-token"
    path: Path | None

    def __init__(self, frame: Sequence[int] | Literal["stop"]) -> None:
        object.__setattr__(self, "path", None if frame == "stop" else tuple(frame))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("frames do not change")

    @property
    def frame(self) -> list[int] | Literal["stop"]:
        """The frame as a list of indices, or 'stop'."""
        return "stop" if self.path is None else list(self.path)

    @staticmethod
    def stop_frame() -> Frame:
        """Return the frame of the end of the job."""
        return Frame("stop")

    @staticmethod
    def start_frame(number: int) -> Frame:
        """Return the frame of one call."""
        return Frame([number])

    def is_stop_frame(self) -> bool:
        """Whether this is the end of the job."""
        return self.path is None

    def input_paramset_index(self) -> int:
        """Return which parameter set this frame belongs to."""
        return self._indices()[0]

    def with_loop_inc(self) -> Frame:
        """Return the frame of the next iteration."""
        indices = self._indices()
        return Frame((*indices[:-1], indices[-1] + 1))

    def with_pushed_scope(self) -> Frame:
        """Return the frame of the first iteration inside this one."""
        if self.path is None:
            raise self._refusal()
        return Frame((*self.path, 0))

    def with_popped_scope(self) -> Frame:
        """Return the enclosing frame, down to the empty one."""
        return Frame(self._indices()[:-1])

    def parent(self) -> Frame:
        """Return the enclosing frame; a call has none."""
        indices = self._indices()
        if len(indices) < 2:
            raise self._refusal()
        return Frame(indices[:-1])

    def is_ancestor_of(self, other: Frame) -> bool:
        """Whether `other` is this frame or lies inside it."""
        if self.path is None or other.path is None:
            raise self._refusal()
        return other.path[: len(self.path)] == self.path

    def _indices(self) -> Path:
        if not self.path:
            raise self._refusal()
        return self.path

    def _refusal(self) -> ValueError:
        return ValueError(f"{self!r} has no such frame")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Frame({self.frame!r})"

    def __reduce__(self) -> tuple[type[Frame], tuple[object]]:
        return (Frame, (self.frame,))

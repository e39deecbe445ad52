"""Streams are passed on whole: what would need a part of one is refused where it is written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dfm import Federation, Pipeline, Yield
from dfm.errors import StructureError


def night() -> Any:
    fed = Federation("observatory")

    @fed.site("dome").operation("camera.Frames")
    def frames(count: int) -> Iterator[int]:
        yield from range(count)

    @fed.site("dome").operation("frames.Mean")
    def mean(frame: Any) -> Any:
        return frame

    return fed.operations


@pytest.mark.parametrize(
    ("use", "message", "hint"),
    [
        (lambda ops, frames: Yield(value=frames[0]), "selects from a stream", "ForEach(seq=...)"),
        (
            lambda ops, frames: ops.frames.Mean(frame=[frames["first"]]),
            "selects from a stream",
            "ForEach(seq=...)",
        ),
        (lambda ops, frames: Yield(value=[frames, 1]), "a stream as a part", "alone"),
    ],
)
def test_a_part_of_a_stream_or_a_stream_as_a_part_is_refused_at_its_line(
    use: Callable[[Any, Any], object], message: str, hint: str
) -> None:
    ops = night()

    with Pipeline(), pytest.raises(StructureError, match=message) as refusal:
        use(ops, ops.camera.Frames(count=3))

    assert refusal.value.message.count("test_streams.py:") == 2
    assert "test_streams.py:" in refusal.value.at
    assert hint in refusal.value.hint


def test_a_stream_may_be_yielded_and_passed_on_whole() -> None:
    ops = night()

    with Pipeline() as p:
        frames = ops.camera.Frames(count=3)
        ops.frames.Mean(frame=frames)
        Yield(value=frames)

    assert len(p.dfm_body) == 3

"""Let Python's garbage collector pause while a pipeline is compiled.

Compiling makes hundreds of thousands of objects, most of which are kept, and no cycles. The
collector starts each time that many have been made, looks at all there are, and finds nothing:
for long pipelines that was a third of the time.

The collector is one for the whole process, so a pause is no longer than one compilation: when
several threads compile at once, the first that is done lets it go on, and it catches up. What
an application has switched off stays off.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_is_paused = False


@contextmanager
def collection_paused() -> Iterator[None]:
    """Let nothing be collected inside the block; what counts references is not concerned."""
    global _is_paused
    if not gc.isenabled():
        yield
        return
    _is_paused = True
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        _is_paused = False


def _go_on_in_child() -> None:
    """End a pause in a process that was forked in it, where nobody else would."""
    global _is_paused
    if _is_paused:
        gc.enable()
        _is_paused = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_go_on_in_child)

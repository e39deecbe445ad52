"""From a pipeline and a federation to nets: pure functions, one pass a file.

`compile.py` is the table of contents. Nothing here contacts a site or runs an operation.
"""

from __future__ import annotations

from dfm.compiler.compile import PASSES, compile_pipeline
from dfm.compiler.plan import Crossing, Delivery, Part, Pass, Plan, Step, Watcher

__all__ = [
    "PASSES",
    "Crossing",
    "Delivery",
    "Part",
    "Pass",
    "Plan",
    "Step",
    "Watcher",
    "compile_pipeline",
]

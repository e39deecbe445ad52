"""From a pipeline and a federation to nets: pure functions, one pass a file.

`compile.py` is the table of contents. Nothing here contacts a site or runs an operation.
"""

from __future__ import annotations

from dfm.compiler.compile import PASSES, compile_pipeline
from dfm.compiler.crossings import Crossing, Part
from dfm.compiler.lines import Candidate, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.placing.problem import Objective
from dfm.compiler.plan import Pass, Plan, Watcher

__all__ = [
    "PASSES",
    "Candidate",
    "Crossing",
    "Delivery",
    "Glue",
    "Objective",
    "Part",
    "Pass",
    "Plan",
    "Scope",
    "Step",
    "Watcher",
    "compile_pipeline",
]

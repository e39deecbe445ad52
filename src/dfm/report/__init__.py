"""What was decided, what it is predicted to cost, and what it did cost: as values.

    model      the plan of a pipeline: its operations, what crosses between sites, and why
    measured   what a job took, in the same terms
    samples    what is kept of things that were measured many times
    amounts    bytes and seconds as a person reads them

How a plan looks is said beside them, one file per form; those are loaded when asked for. The
package knows nothing of pipelines, nets and sites, so all of them may speak of it.
"""

from dfm.report.measured import Measured, MeasuredLink, MeasuredStep
from dfm.report.model import (
    Alternative,
    PlannedStep,
    PlannedTransfer,
    PlanReport,
    Rejected,
)

__all__ = [
    "Alternative",
    "Measured",
    "MeasuredLink",
    "MeasuredStep",
    "PlanReport",
    "PlannedStep",
    "PlannedTransfer",
    "Rejected",
]

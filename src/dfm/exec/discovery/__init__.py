"""Discovery: an adapter says which values of its arguments would be good.

For owners: decorate methods of an adapter with `field_advisor`, and return one of the answers.
For sites: `asking.py` answers a question with a tree of advice, whatever the adapter does.
"""

from dfm.exec.discovery.advisors import field_advisor
from dfm.exec.discovery.builder import AdviceBuilder
from dfm.exec.discovery.context import AdviceContext
from dfm.exec.discovery.values import (
    AdvisedDateRange,
    AdvisedDict,
    AdvisedError,
    AdvisedLiteral,
    AdvisedOneOf,
    AdvisedSubsetOf,
    AdvisedValue,
    Okay,
)
from dfm.net.advice import (
    ANYTHING,
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    FieldAdvice,
    PartialError,
    PartialFieldAdvice,
    SingleFieldAdvice,
)

__all__ = [
    "ANYTHING",
    "AdviceBuilder",
    "AdviceContext",
    "AdvisedDateRange",
    "AdvisedDict",
    "AdvisedError",
    "AdvisedLiteral",
    "AdvisedOneOf",
    "AdvisedSubsetOf",
    "AdvisedValue",
    "BranchFieldAdvice",
    "EdgeT",
    "ErrorFieldAdvice",
    "FieldAdvice",
    "Okay",
    "PartialError",
    "PartialFieldAdvice",
    "SingleFieldAdvice",
    "field_advisor",
]

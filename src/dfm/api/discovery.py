"""Advice as an application receives it, to walk and to choose from.

    for scenario in advice:                 # the values that lead to no error
        years = advice.select(scenario)     # what is good then: advice on the next argument

The classes stand in `dfm.net.advice`, because the sites that make advice do not load this package.
"""

from dfm.net.advice import (
    ANYTHING,
    Advice,
    Anything,
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
    "Advice",
    "Anything",
    "BranchFieldAdvice",
    "EdgeT",
    "ErrorFieldAdvice",
    "FieldAdvice",
    "PartialError",
    "PartialFieldAdvice",
    "SingleFieldAdvice",
]

"""What an application's callback may receive instead of a value: an end, or errors."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Literal

from dfm.api.pydantic import StrictModel
from dfm.errors import StructureError


class StopToken(StrictModel):
    """The end of a frame, or of the whole pipeline."""

    token: Literal["@dfm-stop-token"] = "@dfm-stop-token"


class ErrorInfo(StrictModel):
    """One error: its class name, its text and its traceback; and where, when that is known."""

    type: str
    message: str
    stack_trace: str
    site: str = ""
    operation: str = ""


class ErrorToken(StrictModel):
    """The errors that came instead of a value."""

    token: Literal["@dfm-error-token"] = "@dfm-error-token"
    errors: list[ErrorInfo]

    @classmethod
    def from_exception(cls, error: BaseException) -> ErrorToken:
        """Return a token for an exception, with the exception's own traceback."""
        trace = "".join(traceback.format_exception(error))
        info = ErrorInfo(type=type(error).__name__, message=str(error), stack_trace=trace)
        return cls(errors=[info])

    @classmethod
    def from_error_tokens(cls, tokens: Sequence[ErrorToken]) -> ErrorToken:
        """Return one token with every distinct error of some.

        Raises:
            StructureError: when there are no tokens.
        """
        if not tokens:
            raise StructureError("no error tokens to merge", hint="at least one ErrorToken")
        if len(tokens) == 1:
            return tokens[0]
        return cls(errors=list(dict.fromkeys(e for token in tokens for e in token.errors)))

    def print(self) -> None:
        """Write the errors to standard output."""
        sys.stdout.write(f"{self}\n")

    def __str__(self) -> str:
        return "\n".join(f"{e.type}: {e.message}\n{e.stack_trace}".rstrip() for e in self.errors)

    def __hash__(self) -> int:
        return hash(tuple(self.errors))

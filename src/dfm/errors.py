"""Everything this library raises on purpose, as one tree.

    DfmError
    ├── DeclarationError        the pipeline, the federation or the call is wrong
    │   ├── FederationError     a federation does not hold together; lists every problem
    │   ├── UnknownName         an operation, site, provider, parameter or place that is not there
    │   ├── ArgumentError       an argument an operation can not take
    │   ├── StructureError      statements that do not fit together
    │   ├── ParameterSetError   a parameter set with missing or superfluous names
    │   └── LimitExceeded       an input larger or deeper than we read
    ├── PlacementError          all of it is right, yet no site can run it
    │   └── PolicyError         a site's policy forbids what every plan would need
    ├── RunError                something failed while tokens were moving
    │   ├── OperationFailed     an adapter raised, at some site
    │   ├── AdapterUnavailable  a site can not make the adapter it promised
    │   ├── SecretUnavailable   a secret is not in the site's vault
    │   ├── NoCodec             a value that can not travel
    │   ├── CorruptMessage      bytes that are not what they should be
    │   ├── SiteLost            a site stopped answering
    │   ├── SiteStartFailed     a site could not be started
    │   ├── CallbackFailed      the application's own callback raised
    │   ├── JobCancelled        somebody cancelled the job
    │   ├── WaitTimeout         the time given to wait has passed
    │   ├── SessionClosed       the session is not connected (any more)
    │   ├── OperationTimedOut   an adapter took longer than it may
    │   ├── WrongReturn         an adapter returned what its operation does not declare
    │   ├── SelectionFailed     a value has not the part that is selected from it
    │   ├── EgressDenied        a site's policy does not let a value leave
    │   └── CallDenied          a site's policy does not let an application call it
    └── InternalError           a bug in dfm: please report it

The first level is the one to catch. Each branch answers "whose turn is it
now?": the author's, the federation owner's, the operator's, or ours. Every
message has three parts: what happened, where, and what to try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class DfmError(Exception):
    """The root of the tree; catch it to catch everything raised on purpose."""

    code = "dfm-000"
    exit_code = 70

    def __init__(self, message: str, *, at: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.message} [{self.code}]"]
        if self.at:
            lines.append(f"  at   {self.at}")
        if self.hint:
            lines.append(f"  try  {self.hint}")
        return "\n".join(lines)


# -- the author's turn ---------------------------------------------------------------------


class DeclarationError(DfmError, ValueError):
    """The pipeline, the federation or the call is wrong; nothing has run yet."""

    code = "dfm-100"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a federation: what, where, and what to try."""

    message: str
    at: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        return f"{where}{self.message}" + (f" (try {self.hint})" if self.hint else "")


class FederationError(DeclarationError):
    """A federation does not hold together. `problems` lists every mistake found, in file order."""

    code = "dfm-101"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) != 1 else "")
        super().__init__(f"the federation has {count}")

    def __str__(self) -> str:
        return "\n".join([f"{self.message} [{self.code}]", *(f"  {p}" for p in self.problems)])


def nearest(name: str, offered: Iterable[str]) -> str:
    """Return a hint: the offered name spelled almost like `name`, else the offered names.

    >>> nearest("blurr", ["blur", "load"])
    "'blur', which is there and spelled almost the same"
    >>> nearest("x", ["blur", "load"])
    "one of 'blur', 'load'"
    """
    names = sorted(set(offered))
    if close := get_close_matches(name, names, n=1):
        return f"{close[0]!r}, which is there and spelled almost the same"
    if not names:
        return ""
    shown = ", ".join(repr(n) for n in names[:8])
    return f"one of {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")


class UnknownName(DeclarationError):
    """A name that is not there.

    >>> raise UnknownName("operation", "climate.Lod", ["climate.Load"], at="plan.py:12")
    Traceback (most recent call last):
    dfm.errors.UnknownName: there is no operation 'climate.Lod' [dfm-102]
      at   plan.py:12
      try  'climate.Load', which is there and spelled almost the same
    """

    code = "dfm-102"

    def __init__(self, kind: str, name: str, offered: Iterable[str], *, at: str = "") -> None:
        super().__init__(f"there is no {kind} {name!r}", at=at, hint=nearest(name, offered))


class ArgumentError(DeclarationError):
    """An argument an operation can not take: missing, unknown, or of the wrong type."""

    code = "dfm-103"


class StructureError(DeclarationError):
    """Statements that do not fit together: dangling references, place names used twice, blocks."""

    code = "dfm-104"


class ParameterSetError(DeclarationError):
    """A parameter set with missing or superfluous names."""

    code = "dfm-105"


class LimitExceeded(DeclarationError):
    """An input larger, deeper or more repetitive than we are willing to read; names the limit."""

    code = "dfm-106"


# -- the federation owner's turn -----------------------------------------------------------


class PlacementError(DfmError, ValueError):
    """Pipeline and federation are right, yet no site can run the operation."""

    code = "dfm-200"
    exit_code = 3


class PolicyError(PlacementError):
    """A pipeline needs what policies forbid, wherever its operations run."""

    code = "dfm-201"

    def __init__(
        self, message: str, *, at: str = "", hint: str = "", each: Sequence[PolicyError] = ()
    ) -> None:
        super().__init__(message, at=at, hint=hint)
        self._each = tuple(each)

    @property
    def each(self) -> tuple[PolicyError, ...]:
        """What is forbidden, one by one; itself if that is all."""
        return self._each or (self,)


# -- the world's turn ----------------------------------------------------------------------


class RunError(DfmError, RuntimeError):
    """Something failed while tokens were moving. Site and operation say where, when known.

    `frame` is the call, and the iterations of loops in it: `(2, 7)` is the eighth of the third.
    """

    code = "dfm-300"
    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        at: str = "",
        hint: str = "",
        site: str = "",
        operation: str = "",
        stack_trace: str = "",
        frame: tuple[int, ...] = (),
    ) -> None:
        super().__init__(message, at=at, hint=hint)
        self.site = site
        self.operation = operation
        self.frame = frame
        self.stack_trace = stack_trace

    def __str__(self) -> str:
        text = super().__str__()
        if not self.stack_trace:
            return text
        remote = "\n".join(f"  | {line}" for line in self.stack_trace.rstrip().splitlines())
        return f"{text}\n  the traceback at site {self.site!r}:\n{remote}"


class OperationFailed(RunError):
    """An adapter raised. `stack_trace` is the traceback at its site."""

    code = "dfm-301"


class AdapterUnavailable(RunError):
    """A site can not make the adapter it promised: not importable, or its constructor raised."""

    code = "dfm-302"


class SecretUnavailable(RunError, ValueError):
    """A secret is not in the site's vault. The message names the key, never a value."""

    code = "dfm-303"


class NoCodec(RunError, TypeError):
    """A value that can not travel: no codec is registered for its type."""

    code = "dfm-304"


class CorruptMessage(RunError):
    """Bytes that are not what they should be; the message was dropped."""

    code = "dfm-305"


class SiteLost(RunError):
    """A site stopped answering: its process died, or its link closed."""

    code = "dfm-306"


class SiteStartFailed(RunError):
    """A site could not be started."""

    code = "dfm-307"


class CallbackFailed(RunError):
    """The application's own callback raised; `__cause__` is what it raised."""

    code = "dfm-308"


class JobCancelled(RunError):
    """Somebody cancelled the job."""

    code = "dfm-309"


class WaitTimeout(RunError, TimeoutError):
    """The time given to wait has passed; the job goes on."""

    code = "dfm-310"


class SessionClosed(RunError):
    """The session is not connected, or not any more."""

    code = "dfm-311"


class OperationTimedOut(RunError, TimeoutError):
    """An adapter took longer than the operation's `timeout`; what it still returns is lost."""

    code = "dfm-313"


class WrongReturn(RunError, TypeError):
    """An adapter returned a value that is not of the type its operation declares."""

    code = "dfm-314"


class SelectionFailed(RunError, LookupError):
    """A value has not the part that is selected from it, such as `value["key"]`."""

    code = "dfm-315"


class EgressDenied(RunError):
    """The policy of a site does not let a value leave; nothing of it was sent."""

    code = "dfm-316"


class CallDenied(RunError):
    """The policy of a site does not let this application call an operation there."""

    code = "dfm-317"


# -- our turn ------------------------------------------------------------------------------


class InternalError(DfmError):
    """A bug in dfm: please report it, with this text."""

    code = "dfm-900"
    exit_code = 70


def as_dfm_error(error: Exception) -> DfmError:
    """Return an error of the tree as it is, and any other as a bug of ours."""
    if isinstance(error, DfmError):
        return error
    bug = InternalError(
        f"{type(error).__name__}: {error}", hint="reporting this, with what led to it"
    )
    bug.__cause__ = error
    return bug

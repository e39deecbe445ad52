"""Builds a tree of advice: asks one advisor after the other, on every branch that is open.

An argument whose value is known is validated by its advisor, and is in the tree only if it is not
good. For one that is not known, the advisor's answer opens a branch, or several if it splits.
What an advisor does wrong is an error in the tree, on the branch where it was asked.

Branches multiply, so there is an end to them: `Limits`. How an advisor is called, on which thread
and for how long, is not decided here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dfm.exec.discovery.advisors import Advisor, advisors_of
from dfm.exec.discovery.calling import TookTooLong, call_on, told_of
from dfm.exec.discovery.context import AdviceContext
from dfm.exec.discovery.values import AdvisedError, AdvisedOneOf, AdvisedValue, Okay
from dfm.net.advice import (
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    PartialFieldAdvice,
    SingleFieldAdvice,
)

CallAdvisor = Callable[[Advisor, Any, AdviceContext], Any]
"""Calls an advisor with a value and a context; returns what it answers, or raises what it does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a tree may grow: how many ends its branches may have, and how long it may take."""

    leaves: int = 10_000
    seconds: float = 300.0


@dataclass(slots=True)
class _Branch:
    """A branch under construction. It is open as long as its end may still grow."""

    assumed: Mapping[str, Any]
    end: _Level | EdgeT = None

    def frozen(self) -> EdgeT:
        """Return the tree from here."""
        return self.end.frozen() if isinstance(self.end, _Level) else self.end


@dataclass(slots=True)
class _Level:
    """The advice on one argument, at the end of a branch; split, if each value has a branch."""

    field: str
    branches: Sequence[tuple[Any, _Branch]]
    is_split: bool = False
    kind: str = ""

    def frozen(self) -> EdgeT:
        """Return the tree from here."""
        if self.is_split:
            return BranchFieldAdvice(self.field, tuple((v, b.frozen()) for v, b in self.branches))
        ((value, branch),) = self.branches
        return SingleFieldAdvice(self.field, value, branch.frozen(), self.kind)


class AdviceBuilder:
    """Builds the tree of one question.

    `given` are the arguments that are known; those in `hidden` are the site's own, and never stand
    in the tree. `called` are the names that arguments have in the tree, where they are others. Once
    the tree is not wanted any more, nobody is asked.
    """

    def __init__(
        self,
        advisors: Sequence[Advisor],
        given: Mapping[str, Any],
        call: CallAdvisor,
        *,
        hidden: frozenset[str] = frozenset(),
        called: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._advisors = advisors
        self._given = given
        self._call = call
        self._hidden = hidden
        self._called = called or {}
        self._limits = limits or Limits()
        self._is_wanted = is_wanted
        self._leaves = 1
        self._began = time.monotonic()
        self._late: set[str] = set()

    @classmethod
    async def build_advice(cls, adapter: Any, **params: Any) -> EdgeT:
        """Return the advice of an adapter (an object with `body`, or a function) on arguments.

        This is what a site does when it is asked; here it is for trying an adapter out.
        """
        loop = asyncio.get_running_loop()

        def call(advisor: Advisor, value: Any, context: AdviceContext) -> Any:
            return call_on(
                lambda work: loop.run_in_executor(None, work),
                lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop),
                lambda: advisor.function(value, context),
                advisor.seconds,
            )

        advisors = advisors_of(getattr(adapter, "body", adapter))
        return await asyncio.to_thread(cls(advisors, params, call).build)

    def build(self) -> EdgeT:
        """Ask all advisors, and return the tree; None if nothing had to be advised."""
        root = _Branch({})
        is_open = [root]
        for advisor in self._advisors:
            is_open = [grown for branch in is_open for grown in self._grow(branch, advisor)]
        return root.frozen()

    def _grow(self, branch: _Branch, advisor: Advisor) -> Sequence[_Branch]:
        """Ask an advisor on a branch, and return the branches that are open after that."""
        name = self._called.get(advisor.field, advisor.field)
        if not self._is_wanted():
            return ()
        if time.monotonic() - self._began > self._limits.seconds:
            branch.end = PartialFieldAdvice(
                f"{name}: not asked any more, after {self._limits.seconds:g} s"
            )
            return ()
        try:
            answer = self._answer(advisor, AdviceContext(self._given, branch.assumed))
            if advisor.field in self._given:
                branch.end = self._refusal(advisor, name, answer)
                return (branch,) if branch.end is None else ()
            branch.end, opened = self._level(branch, advisor, name, answer)
        except _Mistake as mistake:
            branch.end = ErrorFieldAdvice(str(mistake), name)
        except Exception as error:  # noqa: BLE001  (answers compare and show the owner's values)
            branch.end = ErrorFieldAdvice(f"{advisor.title}: {told_of(error)}", name)
        else:
            return [inner for inner in opened if inner.end is None]
        return ()

    def _answer(self, advisor: Advisor, context: AdviceContext) -> AdvisedValue:
        late = f"{advisor.title} took more than {advisor.seconds:g} s"
        if advisor.field in self._late:
            raise _Mistake(late)
        try:
            answer = self._call(advisor, self._given.get(advisor.field), context)
        except TookTooLong:
            self._late.add(advisor.field)
            raise _Mistake(late) from None
        except BaseException as error:  # noqa: BLE001  (SystemExit of an advisor is an error too)
            raise _Mistake(f"{advisor.title} raised {told_of(error)}") from None
        if not isinstance(answer, AdvisedValue):
            kind = answer.__name__ if isinstance(answer, type) else type(answer).__name__
            raise _Mistake(f"{advisor.title} returned {kind}, which is no advice; try Okay()")
        return answer

    def _refusal(self, advisor: Advisor, name: str, answer: AdvisedValue) -> EdgeT:
        """Return what is wrong with a known value, if anything is."""
        value = self._given[advisor.field]
        why = answer.validate(value)
        if why is None:
            return None
        if advisor.field in self._hidden:
            return ErrorFieldAdvice(why, name)
        return SingleFieldAdvice(name, value, ErrorFieldAdvice(why))

    def _level(
        self, branch: _Branch, advisor: Advisor, name: str, answer: AdvisedValue
    ) -> tuple[_Level, Sequence[_Branch]]:
        """Return what an answer puts at the end of a branch, and the branches in it."""
        if isinstance(answer, AdvisedError):
            raise _Mistake(answer.msg)
        if isinstance(answer, AdvisedOneOf) and not answer.shown():
            raise _Mistake(f"{advisor.title} knows no good value")
        parts = list(answer.iterate_advice_branches()) if answer.split_on_advice else []
        fits = self._leaves + len(parts) - 1 <= self._limits.leaves
        if parts and fits:
            self._leaves += len(parts) - 1
            breaks = answer.break_on_advice
            split = [(p.shown(), _after(branch, advisor, p, breaks=breaks)) for p in parts]
            return _Level(name, split, is_split=True), [inner for _, inner in split]
        inner = _after(branch, advisor, answer, breaks=answer.break_on_advice)
        if not fits:
            inner.end = PartialFieldAdvice(
                f"not split: there would be more than {self._limits.leaves} branches"
            )
        return _Level(name, [(answer.shown(), inner)], kind=answer.kind), [inner]


def _after(branch: _Branch, advisor: Advisor, answer: AdvisedValue, *, breaks: bool) -> _Branch:
    """Return the branch on which an answer is assumed."""
    if isinstance(answer, AdvisedError):
        return _Branch(branch.assumed, ErrorFieldAdvice(answer.msg))
    end = PartialFieldAdvice() if breaks or answer.break_on_advice else None
    if isinstance(answer, Okay):
        return _Branch(branch.assumed, end)
    return _Branch({**branch.assumed, advisor.field: answer.shown()}, end)


class _Mistake(Exception):
    """What an advisor did wrong, or said is wrong, in words."""

"""Answers a question: the tree of advice of one operation at this site, whatever happens.

An adapter that can not be made, an advisor that raises, returns something else or never returns,
an advice that can not travel: each is an error in the tree, and none is an error of the job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dfm.errors import DfmError
from dfm.exec.adapters import Adapter, AdapterTable
from dfm.exec.discovery.advisors import Advisor, advisors_of
from dfm.exec.discovery.binding import Bound, bound_arguments, without_secrets
from dfm.exec.discovery.builder import AdviceBuilder
from dfm.exec.discovery.calling import TookTooLong, call_on, told_of
from dfm.exec.discovery.context import AdviceContext
from dfm.exec.threads import Lane
from dfm.net.advice import EdgeT, ErrorFieldAdvice
from dfm.net.template import fill
from dfm.net.transitions import Ask, Call
from dfm.wire import Codecs

MAKING_SECONDS = 300.0
"""How long it may take to import and make an adapter, and to fill in its arguments."""

Question = Ask | Call
"""What names an operation, a provider, and the arguments that the author gave."""

Prepared = tuple[Adapter, tuple[Advisor, ...], Bound]


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers the questions of all jobs of one site, each on a thread that may block."""

    site: str
    adapters: AdapterTable
    codecs: Codecs
    run: Callable[[Callable[[], None]], object]
    lane: Callable[[str], Lane]

    def advice(self, ask: Question, job_id: str, is_wanted: Callable[[], bool]) -> EdgeT:
        """Return the advice of an operation's adapter; None if it has none, or nobody wants it."""
        if not is_wanted():
            return None
        try:
            prepared = self._call(lambda: self._prepared(ask), MAKING_SECONDS, job_id)
        except TookTooLong:
            return self._refusal(ask, f"making its adapter took more than {MAKING_SECONDS:g} s")
        except DfmError as error:
            hint = f"; try {error.hint}" if error.hint else ""
            return self._refusal(ask, error.message + hint)
        except BaseException as error:  # noqa: BLE001  (an import may raise SystemExit)
            return self._refusal(ask, told_of(error))
        adapter, advisors, bound = prepared

        def call(advisor: Advisor, value: Any, context: AdviceContext) -> Any:
            function = advisor.function
            return self._call(
                lambda: function(value, context), advisor.seconds, job_id, self.lane(adapter.lane)
            )

        builder = AdviceBuilder(
            advisors,
            bound.values,
            call,
            hidden=bound.hidden,
            called=bound.called,
            is_wanted=is_wanted,
        )
        return self._travelling(ask, without_secrets(builder.build(), bound.secrets))

    def _prepared(self, ask: Question) -> Prepared:
        adapter = self.adapters.adapter(ask.operation, ask.provider)
        advisors = advisors_of(adapter.body)
        if not advisors:
            return adapter, (), Bound({})
        return adapter, advisors, bound_arguments(self.adapters, adapter, self._given(ask))

    def _given(self, ask: Question) -> Mapping[str, Any]:
        """Return the author's arguments, as copies of its own for each question."""
        refuse: dict[object, Any] = {}
        unseal = self.codecs.unseal
        return {name: fill(v, refuse.__getitem__, unseal) for name, v in ask.arguments}

    def _call(
        self,
        function: Callable[[], Any],
        seconds: float,
        job_id: str,
        lane: Lane | None = None,
    ) -> Any:
        def spawn(coroutine: Any) -> None:
            if lane is not None:
                lane.post(lane.spawn, job_id, coroutine)

        return call_on(self.run, spawn, function, seconds, job_id)

    def _travelling(self, ask: Question, tree: EdgeT) -> EdgeT:
        """Return the tree if it can be sent home, else the reason why it can not."""
        try:
            self.codecs.pack(tree)
        except Exception as error:  # noqa: BLE001  (packing runs the values' own code)
            return self._refusal(ask, f"the advice can not travel: {told_of(error)}")
        return tree

    def _refusal(self, ask: Question, why: str) -> ErrorFieldAdvice:
        return ErrorFieldAdvice(f"{ask.operation} at {self.site!r} can not advise: {why}")

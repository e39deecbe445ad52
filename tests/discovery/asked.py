"""Short ways to ask advisors, for the tests of what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfm.exec.discovery import AdviceBuilder, AdviceContext, EdgeT
from dfm.exec.discovery.advisors import Advisor


def advisor(field: str, answer: Any, *, seconds: float = 30.0) -> Advisor:
    """An advisor that gives this answer, or calls it with the context for one."""

    def function(value: Any, context: AdviceContext) -> Any:
        return answer(context) if callable(answer) else answer

    function.__qualname__ = f"Adapter.{field}"
    return Advisor(field, 0, seconds, field, function)


def advice_of(
    answers: Mapping[str, Any], given: Mapping[str, Any] | None = None, **options: Any
) -> EdgeT:
    """The tree of some advisors, each called at once in this thread, in this order."""
    advisors = [advisor(field, answer) for field, answer in answers.items()]
    options.setdefault("call", lambda asked, value, context: asked.function(value, context))
    return AdviceBuilder(advisors, given or {}, **options).build()

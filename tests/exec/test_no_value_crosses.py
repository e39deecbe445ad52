"""No value crosses a link without a rule that allows it: any program, any policies."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from tests.agreement import difference
from tests.exec.governed import LIMIT, governed, tapped
from tests.exec.naive_judge import NaiveJudge
from tests.exec.travels import MOVED, POLICIES, UNBOUNDED, Policies, travels
from tests.operations import federation_of, run
from tests.program_strategies import SITES
from tests.programs import Program
from tests.shrinking import PHASES, check_program
from tests.told import Told, delivered, shown, without_attempts

from dfm.compiler import compile_pipeline
from dfm.errors import DfmError, EgressDenied, PolicyError
from dfm.federation.models import FederationSpec
from dfm.federation.policies import EgressRule, Policy
from dfm.net import simulate
from dfm.net.model import STATUS_PLACE_NAME
from dfm.net.prepared import PreparedPipeline
from dfm.wire import Codecs
from dfm.wire.messages import Message

pytestmark = pytest.mark.deadline(600)

ALL = Policy(leaves=(EgressRule("all"),))
EACH_ALL = dict.fromkeys(SITES, ALL)


class Job:
    """What came of a program under policies, with a compiler that does not look at them."""

    def __init__(
        self, program: Program, policies: Policies, cache: str, *, enforce: bool = False
    ) -> None:
        self.spec = governed(federation_of(program.offers, cache), policies)
        self.prepared = compiled(program, self.spec, enforce=enforce)
        self.told: Counter[Told] = Counter()
        self.errors: list[Any] = []
        self.error: DfmError | None = None
        with tapped(self.spec, program.homesite) as (session, wire):
            given = [
                {k: v for k, v in call.items() if k in self.prepared.param_places}
                for call in program.calls
            ]
            job = session.execute(self.prepared, given, default_callback=self._listen)
            try:
                if not job.wait_until_finished(LIMIT):
                    raise TimeoutError("the job does not end")
            except DfmError as error:
                self.error = error
        self.messages: list[Message] = wire.messages

    def _listen(self, site: str, node: Any, frame: Any, place: str, data: Any) -> None:
        if place != STATUS_PLACE_NAME:
            self.told[place, frame.path or (), shown(data, without_attempts)] += 1
        self.errors += getattr(data, "errors", [])

    @property
    def values(self) -> Counter[Told]:
        return Counter({t: n for t, n in self.told.items() if not t[2].startswith("errors")})


def compiled(program: Program, spec: FederationSpec, *, enforce: bool = False) -> PreparedPipeline:
    return compile_pipeline(
        program.pipeline(),
        spec,
        homesite=program.homesite,
        codecs=Codecs(),
        enforce_policy=enforce,
    )


def broken_rules(program: Program, policies: Policies, cache: str) -> str:
    """Say what went over the wire that should not have, and what should have and did not."""
    job = Job(program, policies, cache)
    judge = NaiveJudge(job.prepared.nets, job.spec, program.homesite)
    wrong = [said for message in job.messages for said in judge.wrong(message)]
    if any(e.type == EgressDenied.__name__ for e in job.errors) and job.error is None:
        wrong.append("something was refused, and the job did not fail")
    meant = delivered(simulate(job.prepared.nets, program.calls, run, Codecs().unseal))
    wrong += [f"told, but not meant: {t}" for t in (job.values - meant).elements()]
    return "\n".join(wrong)


def test_no_value_crosses_a_link_without_a_rule_that_allows_it(tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=150, phases=PHASES)
    @given(travels() | MOVED, POLICIES)
    def holds(program: Program, policies: Policies) -> None:
        cache = str(tmp_path / str(next(numbers)))
        check_program(program, partial(broken_rules, policies=policies, cache=cache))

    holds()


def differs(program: Program, cache: str) -> str:
    job = Job(program, EACH_ALL, cache)
    nets = compiled(program, federation_of(program.offers)).nets
    simulated = simulate(nets, program.calls, run, Codecs().unseal)
    return "\n".join(difference(job.told, delivered(simulated, without_attempts)))


def test_policies_that_allow_everything_change_nothing(tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=40, phases=PHASES)
    @given(travels() | MOVED)
    def holds(program: Program) -> None:
        cache = str(tmp_path / str(next(numbers)))
        check_program(program, partial(differs, cache=cache))

    holds()


def refused_later(program: Program, policies: Policies, cache: str) -> str:
    try:
        job = Job(program, policies, cache, enforce=True)
    except PolicyError:
        return ""
    refused = [error.message for error in job.errors if error.type == EgressDenied.__name__]
    return "\n".join(refused)


def test_what_the_compiler_accepts_is_not_refused_when_it_runs(tmp_path: Path) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=60, phases=PHASES)
    @given(travels() | MOVED, UNBOUNDED)
    def holds(program: Program, policies: Policies) -> None:
        cache = str(tmp_path / str(next(numbers)))
        check_program(program, partial(refused_later, policies=policies, cache=cache))

    holds()

"""What sessions learn: from jobs that finished, for later plans, and never in anybody's way."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import dfm
from dfm.costs.store import CostStore, store_of
from dfm.errors import DfmError
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured, MeasuredStep, PlannedStep, PlanReport
from dfm.session import learning as learning_module
from dfm.session.learning import Learning

WEATHER = FederationSpec("weather")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFM_STATE_DIR", str(tmp_path))


@pytest.fixture
def store() -> CostStore:
    return store_of("weather")


def prepared() -> PreparedPipeline:
    step = PlannedStep(0, "m.A", "oslo", None, 1.0, 8, "", name="x")
    return PreparedPipeline("p", "weather", "1.0.0", "desk", {}, report=PlanReport((step,)))


def took(seconds: float) -> Measured:
    return Measured(1, {"x": MeasuredStep(1, seconds, 0, 8)})


def known(learning: Learning) -> tuple[float, int] | None:
    costs = learning.costs(WEATHER)
    return costs and costs.work("m.A", "oslo", None, 0)


def kept(store: CostStore) -> int:
    return sum(len(runs) for runs in store.read("local").history.steps.values())


def test_a_session_that_has_seen_nothing_knows_nothing() -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)

    assert learning.costs(WEATHER) is None


def test_what_a_job_told_is_known_at_once_and_kept_at_the_end(store: CostStore) -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)

    learning.ended(prepared(), took(2.0))

    assert known(learning) == (pytest.approx(2.0), 1)
    learning.close()
    learning.close()
    assert kept(store) == 1


def test_it_is_written_by_itself_while_the_session_goes_on(
    store: CostStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_module, "WRITE_AFTER", 0.0)
    learning = Learning.of(WEATHER, "local", wanted=True)

    learning.ended(prepared(), took(2.0))

    timer = learning._timer
    if timer is not None:
        timer.join()
    assert kept(store) == 1
    learning.close()


def test_a_session_learns_from_others_and_does_not_count_its_own_jobs_twice() -> None:
    first = Learning.of(WEATHER, "local", wanted=True)
    second = Learning.of(WEATHER, "local", wanted=True)
    assert known(second) is None

    first.ended(prepared(), took(2.0))
    first.close()
    second.ended(prepared(), took(2.0))
    second.close()

    assert known(first) == (pytest.approx(2.0), 2)
    assert known(second) == (pytest.approx(2.0), 2)
    assert known(Learning.of(WEATHER, "local", wanted=True)) == known(second)


def test_another_target_is_another_world() -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)
    learning.ended(prepared(), took(2.0))
    learning.close()

    assert known(Learning.of(WEATHER, "inline", wanted=True)) is None


def test_costs_are_worked_out_again_only_when_something_was_learned() -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)
    learning.ended(prepared(), took(2.0))

    first = learning.costs(WEATHER)
    assert learning.costs(WEATHER) is first
    learning.close()
    written = learning.costs(WEATHER)
    assert learning.costs(WEATHER) is written
    learning.ended(prepared(), took(2.0))

    assert learning.costs(WEATHER) is not written
    learning.close()


def test_a_session_under_way_notices_that_something_was_forgotten(store: CostStore) -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)
    learning.ended(prepared(), took(2.0))
    learning.close()
    assert known(learning) is not None

    store.forget()

    assert learning.costs(WEATHER) is None


@pytest.mark.parametrize("said", ["0", "false", "No", " off "])
def test_the_environment_can_switch_learning_off(
    said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DFM_LEARN", said)
    learning = Learning.of(WEATHER, "local", wanted=None)

    learning.ended(prepared(), took(2.0))
    learning.close()

    assert learning.costs(WEATHER) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("said", "wanted"), [("1", None), ("", None), ("0", True)])
def test_learning_is_on_unless_somebody_says_otherwise(
    said: str, wanted: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFM_LEARN", said)
    learning = Learning.of(WEATHER, "local", wanted=wanted)

    learning.ended(prepared(), took(2.0))

    assert known(learning) is not None
    learning.close()


def damaged(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)


def unwritable(path: Path) -> None:
    path.parent.write_text("a file where a folder is expected")


@pytest.mark.parametrize("broken", [damaged, unwritable])
def test_a_broken_store_is_told_once_and_the_session_learns_in_memory(
    broken, store: CostStore, caplog: pytest.LogCaptureFixture
) -> None:
    broken(store.path)
    learning = Learning.of(WEATHER, "local", wanted=True)

    with caplog.at_level(logging.INFO, logger="dfm.costs"):
        assert known(learning) is None
        for _ in range(3):
            learning.ended(prepared(), took(2.0))
        learning.close()
        learning.close()

    assert known(learning) == (pytest.approx(2.0), 3)
    (record,) = caplog.records
    assert record.name == "dfm.costs"
    assert "learned costs can not be" in record.message


def test_what_could_not_be_written_is_written_later(store: CostStore) -> None:
    unwritable(store.path)
    learning = Learning.of(WEATHER, "local", wanted=True)
    learning.ended(prepared(), took(2.0))
    learning.close()
    store.path.parent.unlink()

    learning.ended(prepared(), took(2.0))

    assert kept(store) == 2


def test_a_fork_reads_and_writes_nothing(store: CostStore) -> None:
    learning = Learning.of(WEATHER, "local", wanted=True)
    learning.ended(prepared(), took(2.0))

    learning.close()

    child = os.fork()
    if child == 0:
        learning.ended(prepared(), took(2.0))
        learning.close()
        os._exit(0 if learning.costs(WEATHER) is None else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert kept(store) == 1


# -- whole sessions ------------------------------------------------------------------------------


def lab() -> dfm.Federation:
    federation = dfm.Federation("lab")
    federation.site("desk")

    @federation.site("oslo").operation("m.Half")
    def half(value: int) -> int:
        return 10 // value

    return federation


def halves(federation: dfm.Federation, value: int) -> dfm.Pipeline:
    with dfm.Pipeline() as pipeline:
        dfm.Yield(place="half", value=federation.operations.m.Half(value=value))
    return pipeline


@pytest.mark.parametrize("target", ["inline", "local"])
def test_later_plans_say_how_many_jobs_they_rest_on(target: str) -> None:
    federation = lab()
    with federation.session(homesite="desk", target=target, learn=True) as session:
        before = session.explain(halves(federation, 2))
        for _ in range(2):
            assert session.execute(halves(federation, 2)).result() == {"half": 5}
        after = session.explain(halves(federation, 2))

    with federation.session(homesite="desk", target=target, learn=True) as session:
        again = session.explain(halves(federation, 2))

    assert [step.time_from for step in before.steps] == ["guess"]
    assert [step.time_from for step in after.steps] == ["from 2 runs"]
    assert [step.time_from for step in again.steps] == ["from 2 runs"]
    assert again.steps[0].seconds == after.steps[0].seconds


def test_a_failed_job_teaches_nothing(tmp_path: Path) -> None:
    federation = lab()

    with federation.session(homesite="desk", target="inline", learn=True) as session:
        job = session.execute(halves(federation, 0))
        with pytest.raises(DfmError):
            job.result()

    assert list(tmp_path.iterdir()) == []


def test_a_session_that_does_not_learn_neither_reads_nor_writes(tmp_path: Path) -> None:
    federation = lab()
    store_of("lab").add("inline", [])

    for learn in (False, None):  # None: DFM_LEARN=0 is set for all tests
        with federation.session(homesite="desk", target="inline", learn=learn) as session:
            session.execute(halves(federation, 2)).result()
            (step,) = session.explain(halves(federation, 2)).steps

        assert step.time_from == "guess"
    assert list(tmp_path.iterdir()) == []


def test_a_script_that_closes_nothing_loses_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        dedent("""
            import dfm

            federation = dfm.Federation("lab")
            federation.site("desk")

            @federation.site("oslo").operation("m.Half")
            def half(value: int) -> int:
                return 10 // value

            session = federation.session(homesite="desk", target="inline", learn=True)
            session.connect()
            with dfm.Pipeline() as pipeline:
                dfm.Yield(place="half", value=federation.operations.m.Half(value=2))
            print(session.execute(pipeline).result())
        """)
    )

    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert (done.stdout, done.stderr) == ("{'half': 5}\n", "")
    assert store_of("lab").targets() == ("inline",)


@pytest.mark.parametrize(
    "statement",
    [
        "import dfm",
        "import dfm.session",
        "import dfm.exec.site_worker, dfm.targets.local.bootstrap",
    ],
)
def test_who_learns_nothing_loads_no_database(statement: str) -> None:
    code = f"{statement}; import sys; print('sqlite3' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"

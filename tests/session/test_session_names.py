"""What programs written for nv-dfm-core say to a session and its jobs, and what it means here."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from dfm import Federation, Pipeline, PlaceParam, Session, Yield
from dfm.errors import ArgumentError, UnknownName
from dfm.net.text import parse_net
from dfm.session import JobStatus

ENDS = (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.LOST)
NOT_ABORTED = (JobStatus.UNKNOWN, JobStatus.SUBMITTED, JobStatus.RUNNING, JobStatus.FINISHED)


def doubling() -> Federation:
    federation = Federation("doubling")
    federation.site("desk")

    @federation.site("hub").operation("math.Twice")
    def twice(x: int) -> int:
        return 2 * x

    return federation


FEDERATION = doubling()


def doubled() -> Pipeline:
    with Pipeline() as pipeline:
        Yield(value=FEDERATION.operations.math.Twice(x=PlaceParam(place="x")), place="out")
    return pipeline


@pytest.mark.parametrize("status", ENDS)
def test_every_end_but_finished_is_aborted(status: JobStatus) -> None:
    assert status == JobStatus.ABORTED
    assert status == JobStatus.ABORTED
    assert not status != JobStatus.ABORTED  # noqa: SIM202  (`!=` is what is tested)
    assert status in {JobStatus.FINISHED, JobStatus.ABORTED}
    assert status.is_end


@pytest.mark.parametrize("status", NOT_ABORTED)
def test_no_other_status_is_aborted(status: JobStatus) -> None:
    assert status != JobStatus.ABORTED
    assert status not in {JobStatus.ABORTED, JobStatus.LOST}


def test_the_ends_are_not_equal_to_each_other() -> None:
    assert len({(a, b) for a in ENDS for b in ENDS if a == b}) == len(ENDS)
    assert not JobStatus.UNKNOWN.is_end


def test_a_cancelled_job_is_aborted() -> None:
    with Session(FEDERATION, "desk", "inline") as session:
        job = session.execute(doubled(), autostop=False, input_params=None)
        job.cancel()

        assert job.get_status() == JobStatus.ABORTED


def test_no_parameter_sets_are_fine_when_more_are_to_come() -> None:
    with Session(FEDERATION, "desk", "inline") as session:
        job = session.execute(doubled(), None, autostop=False)
        job.send_input_params({"x": 2})
        job.send_stop_frame()

        assert job.result() == [{"out": 4}]


@pytest.mark.parametrize(("given", "level"), [(None, "WARNING"), ([], "INFO")])
def test_without_parameter_sets_there_is_a_job_that_does_nothing(
    caplog: pytest.LogCaptureFixture, given: Any, level: str
) -> None:
    caplog.set_level("INFO", "dfm.session")
    with Session(FEDERATION, "desk", "inline") as session:
        job = session.execute(doubled(), given)

        assert job.wait_until_finished()
    told = [r.levelname for r in caplog.records if "no parameter set" in r.getMessage()]
    assert told == [level]


def test_what_is_of_no_use_here_is_taken_and_changes_nothing() -> None:
    with Session(FEDERATION, "desk", "inline") as session:
        job = session.execute(doubled(), {"x": 2}, options={"any": 1}, force_modgen=True)

        assert job.result() == {"out": 4}


def test_the_code_of_a_site_is_its_net() -> None:
    session = Session(FEDERATION, "desk", "inline")
    prepared = session.prepare(doubled())

    code = session.debug_show_code(prepared)

    assert {site: parse_net(text) for site, text in code.items()} == dict(prepared.nets)


def test_debug_logs_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(FEDERATION, "desk", "inline")
    with caplog.at_level(logging.INFO, "dfm.session"):
        session.connect(debug=True)
        prepared = session.prepare(doubled(), debug=True)
        session.execute(prepared, {"x": 1}, debug=True).result()
        session.close(debug=True)

    assert "the net of site hub" in caplog.text
    assert "1 calls at" in caplog.text
    assert "not connected" in caplog.text
    assert capsys.readouterr() == ("", "")


def test_arguments_have_their_places() -> None:
    logger = logging.getLogger("mine")

    session = Session(FEDERATION, "desk", "inline", logger)

    assert session.logger is logger


def test_an_empty_homesite_is_told_the_sites() -> None:
    with pytest.raises(ArgumentError, match="homesite") as caught:
        Session(FEDERATION, "")

    assert "hub" in caught.value.hint


@pytest.mark.parametrize("target", ["flare", ""])
def test_a_target_that_is_not_here_is_told_those_that_are(target: str) -> None:
    with pytest.raises(UnknownName, match="local"):
        Session(FEDERATION, "desk", target)

"""`dfm run`: results as they come, and whose turn it is when there are none."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DIVISION = """
    def get_pipeline(given):
        with Pipeline(name="division") as pipeline:
            Yield(place="half", value=given.operations.sums.Divide(left=42, right=2))
            Yield(place="none", value=given.operations.sums.Divide(left=42, right=0))
        return pipeline

    def get_pipeline_parameters():
        return {}
"""


@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_result_is_a_line(dfm, sums, target: str) -> None:
    ended = dfm("run", sums(), "--target", target)

    assert (ended.code, ended.out) == (0, "total [0] 42\n")
    assert "1 result in" in ended.err


def test_with_json_a_result_is_an_object(dfm, sums) -> None:
    ended = dfm("run", sums(), "--target", "inline", "--json")

    (token,) = ended.objects
    assert token.pop("node") is not None
    assert token == {"place": "total", "frame": [0], "value": 42, "site": "adder"}


def test_each_parameter_set_is_a_call(dfm, sums) -> None:
    more = "def get_pipeline_parameters(): return [{'right': n} for n in range(3)]"

    ended = dfm("run", sums(more), "--target", "inline", "--json")

    assert {(t["frame"][0], t["value"]) for t in ended.objects} == {(0, 40), (1, 41), (2, 42)}


def test_a_parameter_given_here_goes_over_that_of_the_file(dfm, sums) -> None:
    ended = dfm("run", sums(), "--target", "inline", "--param", "right=60")

    assert ended.out == "total [0] 100\n"


def test_a_parameter_that_is_no_json_is_a_string(dfm, sums) -> None:
    more = """
        def get_pipeline():
            with Pipeline(name="echo") as pipeline:
                Yield(place="echo", value=PlaceParam(place="text"))
            return pipeline

        get_pipeline_parameters = dict
    """

    ended = dfm("run", sums(more), "--target", "inline", "--param", "text=plain words", "--json")

    assert [t["value"] for t in ended.objects] == ["plain words"]


def test_a_value_that_json_can_not_hold_is_summarised(dfm, sums) -> None:
    more = """
        def get_pipeline(given):
            with Pipeline(name="bytes") as pipeline:
                Yield(place="packed", value=given.operations.sums.Pack(size=2000))
            return pipeline

        def get_pipeline_parameters(): return {}
    """

    ended = dfm("run", sums(more), "--target", "inline", "--json")

    assert [t["value"] for t in ended.objects] == [{"summary": "bytes, 2 kB"}]


def test_the_plan_is_a_remark(dfm, sums) -> None:
    ended = dfm("run", sums(), "--target", "inline", "--plan")

    assert "sums.Add" in ended.err
    assert ended.out == "total [0] 42\n"


def test_a_failed_operation_ends_with_the_operators_exit_code(dfm, sums) -> None:
    ended = dfm("run", sums(DIVISION), "--target", "inline")

    assert ended.code == 4
    assert "half [0] 21.0" in ended.out
    assert "division by zero" in ended.err
    assert "sums.Divide" in ended.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--param", "right"], "'right' is not of the form name=value"),
        (["--param", "wrong=1"], "'wrong'"),
        (["--homesite", "dsk"], "'desk', which is there and spelled almost the same"),
        (["--target", "locl"], "local"),
    ],
)
def test_a_wrong_option_is_the_authors_turn(dfm, sums, options: list[str], message: str) -> None:
    ended = dfm("run", sums(), *options)

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_when_no_one_site_offers_nothing_the_homesite_must_be_given(dfm, sums) -> None:
    ended = dfm("run", sums("federation.site('another')"))

    assert ended.code == 2
    assert "--homesite with one of 'another', 'desk'" in ended.err


def test_control_c_ends_quietly_with_130(sums, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    more = f"""
        import threading

        @adder.operation("sums.Wait")
        def wait(name: str) -> str:
            open({str(started)!r}, "w").close()
            threading.Event().wait()

        def get_pipeline(given):
            with Pipeline(name="waiting") as pipeline:
                Yield(place="never", value=given.operations.sums.Wait(name="x"))
            return pipeline

        get_pipeline_parameters = dict
    """
    code = "import sys; from dfm.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "run", str(sums(more)), "--target", "local"]

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        wait_for_a_writer(started, process)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert err.rstrip().endswith("interrupted")
    assert "Traceback" not in err


def wait_for_a_writer(fifo: Path, process: subprocess.Popen[str]) -> None:
    """Sleep until somebody has opened the named pipe, or the process is gone."""
    end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    gone = os.pidfd_open(process.pid)
    poll = select.poll()
    poll.register(end, select.POLLHUP | select.POLLIN)
    poll.register(gone, select.POLLIN)
    poll.poll(30_000)
    os.close(end)
    os.close(gone)

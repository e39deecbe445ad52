"""What a new user runs into in the first hour; each on every target where it can be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dfm import Federation, ForEach, Frame, If, Pipeline, PlaceParam, Session, Yield
from dfm.errors import (
    AdapterUnavailable,
    ArgumentError,
    CallbackFailed,
    NoCodec,
    ParameterSetError,
    SelectionFailed,
    SiteLost,
    UnknownName,
)

LIMIT = 20.0


def echo_of(federation: Federation, value: Any) -> Pipeline:
    with Pipeline(name="echo") as pipeline:
        Yield(value=federation.operations.ops.Echo(value=value, site="a"))
    return pipeline


def test_a_misspelt_option_of_a_target_comes_with_the_right_one(
    federation: Federation, target: str
) -> None:
    with pytest.raises(ArgumentError, match="takes no option 'threads'") as refusal:
        federation.session(homesite="home", target=target, threads=1)

    assert "'threads_per_site'" in refusal.value.hint


def test_the_status_of_a_job_is_shown_by_its_name(session: Session, federation: Federation) -> None:
    job = session.execute(echo_of(federation, 1))
    job.wait_until_finished(LIMIT)

    assert f"{job.get_status()}" == str(job.get_status()) == "FINISHED"


# -- callbacks -----------------------------------------------------------------------------------


def test_a_callback_that_asks_for_its_own_job_is_refused_while_others_wait_for_it(
    session: Session, federation: Federation
) -> None:
    box: dict[str, Any] = {}
    there = threading.Event()

    def ask(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        there.wait(LIMIT)
        box["job"].result(LIMIT)

    box["job"] = session.execute(echo_of(federation, 1), default_callback=ask)
    there.set()

    with pytest.raises(CallbackFailed, match="a callback can not wait for its own job"):
        box["job"].result(LIMIT)


def test_a_callback_for_a_place_that_nothing_is_yielded_to_is_refused(
    session: Session, federation: Federation
) -> None:
    with pytest.raises(UnknownName, match="there is no place 'yeild'"):
        session.execute(echo_of(federation, 1), place_callbacks={"yeild": print})


def test_a_callback_that_can_not_be_called_is_refused(
    session: Session, federation: Federation
) -> None:
    with pytest.raises(ArgumentError, match="must be callable"):
        session.execute(echo_of(federation, 1), default_callback=5)  # type: ignore[arg-type]


def test_a_callback_with_a_wrong_signature_is_told_the_right_one(
    session: Session, federation: Federation
) -> None:
    job = session.execute(echo_of(federation, 1), default_callback=lambda data: None)  # type: ignore[arg-type, misc]

    with pytest.raises(CallbackFailed) as caught:
        job.wait_until_finished(LIMIT)
    assert "callback(from_site, from_node, frame, to_place, data)" in caught.value.hint


# -- what is given to execute --------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [5, "x", [1, 2], [None], range(2)])
def test_parameter_sets_that_are_none_are_refused(
    session: Session, federation: Federation, wrong: Any
) -> None:
    with pytest.raises(ParameterSetError, match="parameter sets are dicts"):
        session.execute(echo_of(federation, 1), wrong)


def test_a_job_that_waits_for_parameter_sets_says_so(
    session: Session, federation: Federation
) -> None:
    job = session.execute(echo_of(federation, PlaceParam(place="x")), [], autostop=False)

    with pytest.raises(TimeoutError, match="send_stop_frame"):
        job.result(timeout=0.01)
    job.cancel()


# -- a federation that changes -------------------------------------------------------------------


def test_an_operation_that_is_written_anew_is_what_runs_next(target: str) -> None:
    federation = Federation("notebook")
    site = federation.site("lab")

    def define(answer: str) -> None:
        @site.operation("ask.It")
        def it() -> str:
            return answer

    define("old")
    with federation.session(homesite="lab", target=target) as session:
        with Pipeline(name="ask") as pipeline:
            Yield(value=federation.operations.ask.It())
        before = session.execute(pipeline).result(LIMIT)

        define("new")
        after = session.execute(pipeline).result(LIMIT)

    assert (before, after) == ({"yield": "old"}, {"yield": "new"})


def test_an_operation_that_is_added_to_an_open_session_can_be_used(target: str) -> None:
    federation = Federation("notebook")
    federation.site("lab").operation("ask.First")(lambda: 1)
    with federation.session(homesite="lab", target=target) as session:
        federation.site("annex").operation("ask.Second")(lambda: 2)
        with Pipeline(name="ask") as pipeline:
            Yield(value=federation.operations.ask.First(), place="first")
            Yield(value=federation.operations.ask.Second(), place="second")

        result = session.execute(pipeline).result(LIMIT)

    assert result == {"first": 1, "second": 2}


def test_adapters_are_found_beside_the_federations_file(tmp_path: Path, target: str) -> None:
    module = f"adapters_for_{target}"
    (tmp_path / f"{module}.py").write_text(
        "class Greet:\n    def body(self, name):\n        return f'hello {name}'\n"
    )
    file = tmp_path / "greet.dfm.yaml"
    file.write_text(
        "dfm: 1.0.0\n"
        "info: {api-version: 1.0.0, code-package: greetfed}\n"
        "operations:\n"
        "  say.Hello: {parameters: {name: {type: string}}, required: [name], returns: object}\n"
        "sites:\n"
        "  desk:\n"
        "    interface:\n"
        f"      '#/operations/say.Hello': {{adapter: {module}.Greet, args: from-operation}}\n"
    )
    federation = Federation.load(file)
    with Pipeline(name="greet") as pipeline:
        Yield(value=federation.operations.say.Hello(name="you"))

    with federation.session(homesite="desk", target=target) as session:
        assert session.execute(pipeline).result(LIMIT) == {"yield": "hello you"}


# -- adapters ------------------------------------------------------------------------------------


def test_the_session_can_limit_how_many_plain_bodies_run_at_once(target: str) -> None:
    federation = Federation("narrow")

    @federation.site("lab").operation("count.Running")
    def running(n: int, here: list[int] = []) -> int:  # noqa: B006  (shared on purpose)
        here.append(n)
        threading.Event().wait(0.002)
        count = len(here)
        here.remove(n)
        return count

    with Pipeline(name="count") as pipeline:
        count = federation.operations.count.Running(n=PlaceParam(place="n"))
        Yield(value=count)
    with federation.session(homesite="lab", target=target, threads_per_site=1) as session:
        results = session.execute(pipeline, [{"n": n} for n in range(20)]).result(LIMIT)

    assert {result["yield"] for result in results} == {1}


def test_an_adapter_that_can_not_be_made_shows_the_traceback(target: str) -> None:
    federation = Federation("broken")

    class Archive:
        def __init__(self) -> None:
            raise OSError("archive not mounted")

        def body(self) -> int:
            return 1

    federation.site("lab").operation("archive.Read")(Archive)
    with Pipeline(name="read") as pipeline:
        Yield(value=federation.operations.archive.Read())
    with (
        federation.session(homesite="lab", target=target) as session,
        pytest.raises(AdapterUnavailable, match="archive not mounted") as caught,
    ):
        session.execute(pipeline).result(LIMIT)

    assert 'raise OSError("archive not mounted")' in str(caught.value)


def test_an_item_of_a_stream_that_can_not_travel_names_its_operation(target: str) -> None:
    federation = Federation("items")

    @federation.site("lab").operation("make.Locks")
    def locks() -> Any:
        yield threading.Lock()

    with Pipeline(name="locks") as pipeline:
        Yield(value=federation.operations.make.Locks())
    with (
        federation.session(homesite="lab", target=target) as session,
        pytest.raises(NoCodec) as caught,
    ):
        session.execute(pipeline).result(LIMIT)

    assert caught.value.operation == "make.Locks"
    assert "test_first_hour.py:" in caught.value.at


def nothing_but_yield(part: Any) -> None:
    Yield(value=part)


def a_list(part: Any) -> None:
    Yield(value=[part, 1])


def a_condition(part: Any) -> None:
    with If(cond=part):
        Yield(value=1)


def a_sequence(part: Any) -> None:
    with ForEach(seq=part) as item:
        Yield(value=item)


@pytest.mark.parametrize("read_by", [nothing_but_yield, a_list, a_condition, a_sequence])
def test_a_part_that_is_not_there_is_told_with_a_line_of_the_pipeline(
    federation: Federation, session: Session, read_by: Callable[[Any], None]
) -> None:
    with Pipeline() as pipeline:
        read_by(federation.operations.ops.Echo(value={"x": 1}, site="a")["y"])

    with pytest.raises(SelectionFailed, match="has no part \\['y'\\]") as caught:
        session.execute(pipeline).result(LIMIT)

    assert "test_first_hour.py:" in caught.value.at


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_an_operation_that_kills_its_process_is_named_whenever_the_signal_strikes(
    number: int,
) -> None:
    federation = Federation("deadly")

    @federation.site("lab").operation("die.Now")
    def die(number: int) -> None:
        os.kill(os.getpid(), number)

    with Pipeline(name="die") as pipeline:
        Yield(value=federation.operations.die.Now(number=int(number)))
    with federation.session(homesite="lab", target="local") as session:
        for _ in range(3):
            with pytest.raises(SiteLost, match=signal.Signals(number).name) as caught:
                session.execute(pipeline).result(LIMIT)
            assert caught.value.operation == "die.Now"


def test_what_an_adapter_prints_goes_to_standard_error(tmp_path: Path) -> None:
    script = tmp_path / "prints.py"
    script.write_text(
        "import dfm\n"
        "fed = dfm.Federation('loud')\n"
        "@fed.site('lab').operation('say.It')\n"
        "def it() -> int:\n"
        "    print('from the adapter')\n"
        "    return 1\n"
        "with dfm.Pipeline(name='p') as p:\n"
        "    dfm.Yield(value=fed.operations.say.It())\n"
        "with fed.session(homesite='lab') as session:\n"
        "    print(session.execute(p).result(20))\n"
    )

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.stdout, done.stderr) == ("{'yield': 1}\n", "from the adapter\n")

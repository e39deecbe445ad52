"""What a program meets when the machine gives it little: tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

HEAD = textwrap.dedent("""
    import os, resource
    import dfm

    fed = dfm.Federation("limits")
    fed.site("home")

    @fed.site("a").operation("ops.Zeros")
    def zeros(n: int) -> object:
        return bytes(n)

    with dfm.Pipeline(name="zeros") as pipeline:
        dfm.Yield(value=fed.operations.ops.Zeros(n=dfm.PlaceParam(place="n")))

""")


def run(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(text)],
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_program_may_hold_more_big_results_than_it_may_open_files(target: str) -> None:
    said = run(f"""
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
        with fed.session("home", target={target!r}) as session:
            job = session.execute(pipeline, [{{"n": 100_000}}] * 500)
            job.wait_until_finished(30)
            results = job.result(30)
            open("/dev/null").close()
            print(len(results), {{len(r["yield"]) for r in results}})
    """)

    assert said == "500 {100000}\n"


def test_a_worker_for_which_no_descriptor_is_left_is_an_error_and_the_next_job_runs() -> None:
    said = run("""
        @fed.site("b").operation("ops.Ready")
        def ready() -> bool:
            return True

        with dfm.Pipeline(name="ready") as at_another_site:
            dfm.Yield(value=fed.operations.ops.Ready())

        with fed.session("home", target="local") as session:
            prepared = session.prepare(pipeline)
            session.execute(at_another_site).result(20)
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            taken = []
            try:
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                pass
            try:
                print(session.execute(prepared, {"n": 1}).result(10))
            except dfm.errors.SiteStartFailed as error:
                print(error.code)
            for number in taken:
                os.close(number)
            print(session.execute(prepared, {"n": 1}).result(20))
    """)

    assert said == "dfm-307\n{'yield': b'\\x00'}\n"


def test_a_forked_process_can_not_use_or_close_its_parents_session() -> None:
    said = run("""
        import sys, warnings
        warnings.simplefilter("ignore")
        with fed.session("home", target="local") as session:
            session.execute(pipeline, {"n": 1}).result(20)
            child = os.fork()
            if child == 0:
                try:
                    session.execute(pipeline, {"n": 1}).result(3)
                except dfm.errors.SessionClosed:
                    session.close()
                    print("refused", flush=True)
                sys.exit()
            os.waitpid(child, 0)
            print(session.execute(pipeline, {"n": 1}).result(20))
    """)

    assert said == "refused\n{'yield': b'\\x00'}\n"


def test_ctrl_c_while_a_session_closes_leaves_no_worker_behind() -> None:
    said = run("""
        import signal

        def interrupt(*_):
            raise KeyboardInterrupt

        session = fed.session("home", target="local")
        session.connect()
        session.execute(pipeline, {"n": 1}).result(20)
        worker = session._target.pids["a"]
        os.kill(worker, signal.SIGSTOP)
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            session.close()
        except KeyboardInterrupt:
            print("interrupted")
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            print("gone")
    """)

    assert said == "interrupted\ngone\n"

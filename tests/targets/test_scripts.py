"""A user's program needs no `__main__` guard, wherever it comes from, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = textwrap.dedent("""
    import os
    import dfm

    fed = dfm.Federation("greetings")
    fed.site("desk")
    SUFFIX = "!"

    @fed.site("far").operation("say.Hello")
    def hello(name: str) -> str:
        return f"hello {name}{SUFFIX} from another process: {os.getpid() != HOME}"

    HOME = os.getpid()
    with dfm.Pipeline(name="greet") as pipeline:
        dfm.Yield(value=fed.operations.say.Hello(name="you"))

    with fed.session(homesite="desk", target="local") as session:
        print(session.execute(pipeline).result(20)["yield"])
""")
SAID = "hello you! from another process: True\n"


def run(arguments: list[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], input=text, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_a_script_without_a_guard_runs(tmp_path: Path) -> None:
    script = tmp_path / "a script é.py"
    script.write_text(SCRIPT)

    done = run([str(script)])

    assert (done.stdout, done.stderr, done.returncode) == (SAID, "", 0)


def test_a_program_given_on_the_command_line_runs() -> None:
    done = run(["-c", SCRIPT])

    assert (done.stdout, done.stderr, done.returncode) == (SAID, "", 0)


def test_a_program_from_standard_input_runs() -> None:
    done = run(["-"], text=SCRIPT)

    assert (done.stdout, done.stderr, done.returncode) == (SAID, "", 0)


def test_a_program_that_forgets_to_close_its_session_ends_cleanly(tmp_path: Path) -> None:
    script = tmp_path / "forgetful.py"
    with_block = 'with fed.session(homesite="desk", target="local") as session:'
    text = SCRIPT.replace(with_block, 'session = fed.session(homesite="desk"); session.connect()')
    script.write_text(text.replace("\n    print(", "\nprint("))

    done = run([str(script)])

    assert (done.stdout, done.stderr, done.returncode) == (SAID, "", 0)


def test_a_function_that_can_not_be_sent_is_named(tmp_path: Path) -> None:
    script = tmp_path / "connection.py"
    script.write_text(
        SCRIPT.replace("import dfm\n", "import dfm\nimport socket\nOPEN = socket.socket()\n")
        .replace("return f", "OPEN; return f")
    )  # fmt: skip

    done = run([str(script)])

    assert done.returncode == 1
    assert "SiteStartFailed: the function '__main__.hello' can not be sent" in done.stderr
    assert "inside the function" in done.stderr


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition"])
def test_operations_of_a_script_share_a_lock_at_their_site(tmp_path: Path, kind: str) -> None:
    script = tmp_path / "lock.py"
    script.write_text(
        textwrap.dedent(f"""
            import threading
            import dfm

            fed = dfm.Federation("files")
            fed.site("desk")
            FILES = threading.{kind}()

            @fed.site("far").operation("files.Open")
            def opened() -> int:
                with FILES:
                    return id(FILES)

            @fed.site("far").operation("files.Close")
            def closed() -> int:
                with FILES:
                    return id(FILES)

            with dfm.Pipeline() as p:
                dfm.Yield(value=[fed.operations.files.Open(), fed.operations.files.Close()])

            with fed.session(homesite="desk", target="local") as session, FILES:
                one, other = session.execute(p).result(20)["yield"]
                print(one == other, one != id(FILES))
        """)
    )

    done = run([str(script)])

    assert (done.stdout, done.stderr, done.returncode) == ("True True\n", "", 0)


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_workers_die_with_a_killed_application(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(
        SCRIPT.replace(
            'print(session.execute(pipeline).result(20)["yield"])',
            "session.execute(pipeline).result(20)\n"
            "    print(session._target.pids['far'], flush=True)\n"
            "    import time; time.sleep(60)",
        )
    )
    application = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert application.stdout is not None
    worker = int(application.stdout.readline())
    # A descriptor for the worker becomes readable when it ends: no polling, no sleeping.
    watch = os.pidfd_open(worker)

    os.kill(application.pid, signal.SIGKILL)
    application.wait()
    application.stdout.close()

    import select

    ended, _, _ = select.select([watch], [], [], 10)
    os.close(watch)
    assert ended


def test_a_worker_that_can_not_start_says_so_and_shows_why(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(
        SCRIPT.replace("import dfm\n", "import dfm\nimport atexit, sys\n")
        .replace(
            '    return f"hello',
            '    return Unpicklable() and f"hello',
        )
        .replace(
            "HOME = os.getpid()",
            "HOME = os.getpid()\n"
            "class Unpicklable:\n"
            "    instance = None\n"
            "    def __reduce__(self):\n"
            "        return (sys.exit, (5,))\n"
            "hello.__dict__['luggage'] = Unpicklable()\n",
        )
    )

    done = run([str(script)])

    assert done.returncode == 1
    assert "SiteLost: the worker of site 'far' could not start" in done.stderr
    assert "SystemExit: 5" in done.stderr

"""The fixtures that watch every test are watched here: they can fail."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

LEAKING = """
    import os, signal, subprocess, sys, threading

    import pytest

    SHARED = f"/dev/shm/dfm-leak-{os.getpid()}"
    kept, processes = [], []

    @pytest.fixture
    def closed_in_time():
        handle = os.open(os.devnull, os.O_RDONLY)
        yield
        os.close(handle)

    def test_leaves_a_descriptor():
        kept.append(os.open(__file__, os.O_RDONLY))

    def test_leaves_a_pipe():
        kept.append(os.pipe())

    def test_leaves_a_zombie():
        if (pid := os.fork()) == 0:
            os._exit(0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    def test_leaves_a_process():
        if (pid := os.fork()) == 0:
            signal.pause()
        processes.append(pid)

    def test_leaves_shared_memory():
        open(SHARED, "w").close()

    def test_leaves_a_thread():
        kept.append(threading.Event())
        threading.Thread(target=kept[-1].wait, daemon=True, name="forgotten").start()

    def test_leaves_nothing(closed_in_time):
        subprocess.run([sys.executable, "-c", ""], check=True)
        threading.Thread(target=lambda: None).start()
        open(os.devnull).close()

    def test_clears_up():
        os.kill(processes[0], signal.SIGKILL)
        os.unlink(SHARED)
"""


def run_pytest(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a test file under a copy of our conftest."""
    here = Path(__file__).parent / "conftest.py"
    grace = here.read_text("utf-8").replace("GRACE_SECONDS = 5.0", "GRACE_SECONDS = 0.05")
    (folder / "conftest.py").write_text(grace, "utf-8")
    (folder / "test_it.py").write_text(dedent(source), "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--tb=line", "-rA"]
    return subprocess.run(
        [*command, *options, str(folder)], capture_output=True, text=True, check=False, cwd=folder
    )


def outcomes(output: str) -> dict[str, str]:
    """Return the last word pytest has on each test, by name."""
    lines = (line.split() for line in output.splitlines() if "test_it.py::" in line)
    return {words[1].split("::")[1]: words[0] for words in lines if words[0].isupper()}


def test_each_kind_of_leak_is_found(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, LEAKING)

    found = outcomes(run.stdout)
    assert {name for name, word in found.items() if word == "ERROR"} == {
        "test_leaves_a_descriptor",
        "test_leaves_a_pipe",
        "test_leaves_a_zombie",
        "test_leaves_a_process",
        "test_leaves_shared_memory",
        "test_leaves_a_thread",
    }, run.stdout
    assert found["test_leaves_nothing"] == "PASSED"


def test_a_test_that_hangs_is_stopped_with_a_traceback(tmp_path: Path) -> None:
    hanging = """
        import threading, pytest

        @pytest.mark.deadline(0.2)
        def test_hangs():
            threading.Event().wait()
    """

    run = run_pytest(tmp_path, hanging)

    assert run.returncode == 1
    assert "Timeout" in run.stderr
    assert "in test_hangs" in run.stderr

"""The smallest example: it runs, and it is small."""

from pathlib import Path

HELLO = Path(__file__).parents[2] / "examples/hello/hello.py"


def test_it_prints_a_banner_for_each_name(run_example) -> None:
    run = run_example("hello/hello.py")

    assert run.returncode == 0, run.stderr
    assert sorted(run.stdout.splitlines()) == ["*** HELLO, ADA! ***", "*** HELLO, GRACE! ***"]


def test_it_fits_on_a_screen() -> None:
    assert len(HELLO.read_text("utf-8").splitlines()) <= 30

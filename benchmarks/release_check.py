"""Draw many random programs, and check that all targets deliver what they mean.

    python benchmarks/release_check.py                          2,000 programs
    python benchmarks/release_check.py --programs 500 --seed 7  others, and fewer

Each program is compiled and simulated; what that delivers is compared with a direct reading of
the program, and with what the targets deliver, token by token. The same seed draws the same
programs. A program that fails is made smaller, printed, and ends the check.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.agreement import difference, disagreement, everything_everywhere
from tests.program_strategies import SITES, programs
from tests.programs import Program
from tests.reference import meaning
from tests.shrinking import PHASES, check_program
from tests.told import delivered

import dfm

TARGETS = ("inline", "local")
REPORT_EVERY = 100


def main() -> None:
    """Read the command line, and check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--programs", type=int, default=2000, help="how many (2000)")
    parser.add_argument("--seed", type=int, default=20, help="which (20)")
    parser.add_argument("--targets", nargs="+", default=TARGETS, choices=TARGETS)
    given = parser.parse_args()
    print(f"{given.programs} programs, seed {given.seed}, on {', '.join(given.targets)}")
    check(given.programs, given.seed, given.targets)


def wrong(program: Program, sessions: dict[str, dfm.Session]) -> str:
    """Say what is wrong with the nets of a program, or with what a target delivers."""
    told = delivered(program.simulated())
    if found := difference(told, meaning(program.lines, program.calls)):
        return "\n".join(["simulated:", *found])
    for target, session in sessions.items():
        if found_there := disagreement(program, session):
            return f"{target}:\n{found_there}"
    return ""


def check(number: int, start: int, targets: list[str]) -> None:
    """Check as many programs; raise for the first that is not as it should be."""
    began, checked = time.perf_counter(), 0

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        sessions = {
            target: stack.enter_context(
                dfm.Session(everything_everywhere(f"{folder}/{target}"), SITES[0], target=target)
            )
            for target in targets
        }

        @seed(start)
        @settings(
            max_examples=number,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        )
        @given(program=programs())
        def agrees(program: Program) -> None:
            nonlocal checked
            check_program(program, partial(wrong, sessions=sessions))
            checked += 1
            if checked % REPORT_EVERY == 0:
                print(f"{checked:6}  {time.perf_counter() - began:6.0f} s", flush=True)

        agrees()
    print(f"all of {checked} programs agree, in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()

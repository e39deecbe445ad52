"""Linear programs for the simplex algorithm of HiGHS, which may begin where one before ended.

Columns and rows have names, so that programs that differ in a few of them can tell which ones they
share. Where the best solution of one is known, that of the next one mostly is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Statuses = NDArray[np.object_]

MOST_ITERATIONS = 6_000
"""How many steps the simplex algorithm may take; prices are of use even before its end."""

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "presolve": "off",
    "solver": "simplex",
    "simplex_iteration_limit": MOST_ITERATIONS,
}


@dataclass(frozen=True, slots=True)
class Program:
    """Columns between 0 and 1, whose costs are to be least, and rows that are equations."""

    costs: Floats
    entries: tuple[Indices, Indices, Floats]
    """The row, the column and the value of what is not zero."""

    sums: Floats
    """What each row comes to."""

    columns: Indices
    rows: Indices
    """The names of columns, and those of rows: numbers, each once."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Which columns and rows, by their names, are where in a solution."""

    columns: tuple[Indices, Statuses]
    rows: tuple[Indices, Statuses]


@dataclass(frozen=True, slots=True)
class Answer:
    """Values of columns, prices of rows, and steps taken; a basis if the solution is the best."""

    values: Floats
    prices: Floats
    steps: int
    basis: Basis | None


def solved(program: Program, begin: Basis | None) -> Answer:
    """Solve a program, from the basis of another one if there is one."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in OPTIONS.items():
        solver.setOptionValue(option, value)
    solver.passModel(_passed(program))
    if begin is not None:
        solver.setBasis(_carried_over(begin, program))
    solver.run()
    solution = solver.getSolution()
    steps = int(solver.getInfo().simplex_iteration_count)
    if not (solution.value_valid and solution.dual_valid):
        return Answer(np.zeros(len(program.costs)), np.zeros(len(program.sums)), steps, None)
    # Where the algorithm was stopped on its way is no place to begin from: that takes longer.
    is_best = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    basis = _named(program, solver.getBasis()) if is_best else None
    return Answer(np.array(solution.col_value), np.array(solution.row_dual), steps, basis)


def _passed(program: Program) -> highspy.HighsLp:
    """Return a program in the solver's own form."""
    row, column, number = program.entries
    order = np.lexsort((row, column))
    size = len(program.costs)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = size, len(program.sums)
    lp.col_cost_ = program.costs
    lp.col_lower_, lp.col_upper_ = np.zeros(size), np.ones(size)
    lp.row_lower_ = lp.row_upper_ = program.sums
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    starts = np.concatenate(([0], np.cumsum(np.bincount(column, minlength=size))))
    lp.a_matrix_.start_, lp.a_matrix_.index_ = starts, row[order]
    lp.a_matrix_.value_ = number[order]
    return lp


def _named(program: Program, basis: highspy.HighsBasis) -> Basis:
    return Basis(
        columns=(program.columns, np.array(basis.col_status, dtype=np.object_)),
        rows=(program.rows, np.array(basis.row_status, dtype=np.object_)),
    )


def _carried_over(begin: Basis, program: Program) -> highspy.HighsBasis:
    """Return a basis for a program: new columns are zero, new rows are not in use yet."""
    statuses = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    # It may be short of columns or have too many, which the solver sees to if told so.
    basis.valid = basis.alien = True
    basis.col_status = _statuses(program.columns, begin.columns, statuses.kLower)
    basis.row_status = _statuses(program.rows, begin.rows, statuses.kBasic)
    return basis


def _statuses(
    names: Indices, known: tuple[Indices, Statuses], otherwise: highspy.HighsBasisStatus
) -> list[highspy.HighsBasisStatus]:
    found = np.full(len(names), otherwise, dtype=np.object_)
    _, here, there = np.intersect1d(names, known[0], assume_unique=True, return_indices=True)
    found[here] = known[1][there]
    statuses: list[highspy.HighsBasisStatus] = found.tolist()
    return statuses

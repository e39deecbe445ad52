"""The least total with the extra `solver`: a bound so tight that little is left to search.

Messages with arrays (`ascent.py`) give a good bound in no time, a linear program (`linear.py`)
closes most of what is left; both say how to choose, as well. What then costs more than the best
choice known is left out, and of most steps only one site remains. The rest is eliminated, or
searched. Of a large problem only the first of this is done.

All that proves something is in integers. A price that the linear program rounded, or did not
find, makes a bound lower but never wrong.
"""

from __future__ import annotations

from dfm.compiler.placing.ascent import Ascent, fits
from dfm.compiler.placing.branch import TotalBranches, search
from dfm.compiler.placing.eliminate import TooWide
from dfm.compiler.placing.incumbent import Incumbent
from dfm.compiler.placing.linear import improve_bound
from dfm.compiler.placing.narrow import by_elimination
from dfm.compiler.placing.pairs import Pairs, pairs_after
from dfm.compiler.placing.problem import Problem, Solution
from dfm.compiler.placing.program import by_program, columns_of
from dfm.compiler.placing.reduce import parts, with_candidates
from dfm.compiler.placing.relaxation import relaxed

MOST_EFFORT = 4_000_000
"""How many pairs of sites all passes of messages together may look at, before a search."""

LITTLE_EFFORT = 1_000_000
"""The same, if no search follows."""

EFFORT_PER_LAYER = 3_000
"""As how many pairs of sites a layer counts at least."""

MOST_PASSES, LEAST_PASSES = 60, 2

MOST_PROGRAMS = 4

MOST_STEPS = 8_000
"""How many steps the simplex algorithm may take for all programs together."""

MOST_SHAKES = 600

NEARLY = 1_000
"""What part of the cost a gap must be to be worth shaking."""

MOST_COLUMNS, MOST_NODES = 4_500, 200
"""How many columns a mixed-integer program of what is left may have, and then how many nodes."""

MOST_TRIES = 10_000
"""How many candidates branch and bound tries in the end."""


def by_bounds(problem: Problem, grain: int) -> Solution | None:
    """Return the best choice for a total that was found; all costs are multiples of `grain`.

    None if the costs are too large for integers of 64 bits.
    """
    begun = _begun(problem, grain, MOST_EFFORT)
    if begun is None:
        return None
    found, pairs = begun
    pairs = _after_programs(found, pairs)
    return found.solution("linear program") if found.gap < 0 else _searched(found, pairs)


def at_once(problem: Problem) -> Solution | None:
    """Return a good choice for a total, and a bound, in time linear in the problem.

    None if the costs are too large for integers of 64 bits.
    """
    begun = _begun(problem, 1, LITTLE_EFFORT)
    return begun and begun[0].solution("greedy")


def _begun(problem: Problem, grain: int, effort: int) -> tuple[Incumbent, Pairs] | None:
    """Return what messages find."""
    found = Incumbent(problem, grain)
    relaxation = relaxed(problem, found.cost)
    if not fits(relaxation):
        return None
    pairs = pairs_after(_after_passes(Ascent(relaxation), effort))
    _note(found, pairs)
    found.look_at_sites(pairs.rounded())
    return found, pairs


def _note(found: Incumbent, pairs: Pairs) -> None:
    # What costs as much as the limit is no better than what is known.
    found.raise_bound(pairs.base if pairs.base < pairs.limit else found.cost)


def _after_passes(ascent: Ascent, effort: int) -> Ascent:
    problem = ascent.problem
    of_pass = 1 + problem.edges * problem.sites**2 + EFFORT_PER_LAYER * len(ascent.layers)
    for _ in range(min(MOST_PASSES, max(effort // of_pass, LEAST_PASSES))):
        ascent.backward()
        ascent.forward()
    ascent.backward()
    return ascent


def _after_programs(found: Incumbent, pairs: Pairs) -> Pairs:
    """Improve the bound for as long as that helps, and leave out what is too dear for it."""
    steps_left, basis = MOST_STEPS, None
    for number in range(MOST_PROGRAMS):
        before = found.gap
        # The best choice known stays in, so there is a solution, whose prices prove that it is.
        pairs.leave_out(before + found.grain)
        _note(found, pairs)
        if found.gap < 0 or not pairs.site_pairs.any():
            break
        outcome = improve_bound(pairs, steps_left, basis)
        pairs, basis = outcome.pairs, outcome.basis
        steps_left -= outcome.steps
        _note(found, pairs)
        found.look_at_sites(outcome.amounts.argmax(0).tolist())
        if not number and found.gap * NEARLY > found.cost:
            found.shake(MOST_SHAKES)
        if found.gap < 0 or found.gap * 4 > before * 3 or steps_left <= 0:
            break
    if found.gap >= 0:
        pairs.leave_out(found.gap)
        _note(found, pairs)
    return pairs


def _searched(found: Incumbent, pairs: Pairs) -> Solution:
    """Eliminate what is left, or search it."""
    problem = found.problem
    left = [
        tuple(n for n, site in enumerate(variable.sites) if allowed[site])
        for variable, allowed in zip(problem.variables, pairs.sites.T.tolist(), strict=True)
    ]
    rest = with_candidates(problem, left)
    if not all(left):
        found.raise_bound(found.cost)
        return found.solution("linear program")
    try:
        choice, bound, method = _eliminated(rest), found.cost, "linear program"
    except TooWide:
        if columns_of(rest) > MOST_COLUMNS:
            branches = TotalBranches(problem, pairs.slack())
            known, grain = found.choice, found.grain
            return search(problem, branches, known, grain=grain, most_tries=MOST_TRIES)
        nodes = MOST_COLUMNS * MOST_NODES // columns_of(rest)
        solution = by_program(rest, tuple(0 for _ in left), most_nodes=nodes)
        choice, bound, method = list(solution.choice), solution.bound, solution.method
        if solution.proven:
            bound = found.cost
    if choice is not None:
        whole = (numbers[chosen] for numbers, chosen in zip(left, choice, strict=True))
        found.look_at(tuple(whole))
    found.raise_bound(bound)
    return found.solution(method)


def _eliminated(problem: Problem) -> list[int] | None:
    """Return the best choice of a problem that is hoped to be narrow; None if none is allowed.

    Raises:
        TooWide: when it is not.
    """
    split = parts(problem, "total")
    if split is None:
        return None
    choice, found = split
    for part in found:
        part.read_back(by_elimination(part.problem), choice)
    return choice

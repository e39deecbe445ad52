"""Reports at random: any graph of operations over some sites, and names that nobody would give."""

from collections.abc import Mapping, Sequence

from hypothesis import settings
from hypothesis import strategies as st

from dfm.report import (
    Alternative,
    Measured,
    MeasuredLink,
    MeasuredStep,
    PlannedStep,
    PlannedTransfer,
    PlanReport,
    Rejected,
)

FEW = settings(max_examples=30)
"""A whole report is large to draw."""

NASTY = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "a.Load",
            '<b>&"quoted"\'</b>',
            "]]>",
            "\x00\x1b[31mred\x07",
            "\ud800half",
            "\u202eback",
            "😀 日本語",
            "i" * 300,
            "W" * 300,
            "%%{init: {}}%%",
            'x"] --> y["z',
            "end",
            "a\nb\r\nc\u2028d",
            "#quot;",
        ]
    ),
)
AMOUNTS = st.sampled_from([0, 1, 999, 72_520, 3_480_960, 10**12])
SECONDS = st.sampled_from([0.0, 1e-9, 0.0004, 0.25, 3.0, 1e6])
SOURCES = st.sampled_from(["declared", "type", "guess", "from 14 runs"])


@st.composite
def reports(draw: st.DrawFn, most: int = 12) -> PlanReport:
    """Any report in which a step reads only steps before it."""
    sites = draw(st.lists(NASTY, min_size=1, max_size=4, unique=True))
    count = draw(st.integers(0, most))
    steps = tuple(draw(_steps(n, sites)) for n in range(count))
    home = draw(st.sampled_from(sites))
    report = PlanReport(
        steps,
        transfers_of(steps, home, draw(st.lists(NASTY, max_size=1))),
        pipeline=draw(NASTY),
        homesite=home,
        objective=draw(st.sampled_from(["total", "makespan"])),
        seconds=draw(SECONDS),
        bound=draw(SECONDS),
        proven=draw(st.booleans()),
        all_at_home=Alternative(draw(AMOUNTS), draw(SECONDS)),
    )
    return report.with_measured(draw(_measured(report))) if draw(st.booleans()) else report


@st.composite
def _steps(draw: st.DrawFn, n: int, sites: Sequence[str]) -> PlannedStep:
    reads = draw(st.sets(st.integers(0, n - 1), max_size=3)) if n else set()
    return PlannedStep(
        n,
        draw(NASTY),
        draw(st.sampled_from(sites)),
        draw(st.none() | NASTY),
        draw(SECONDS),
        draw(AMOUNTS),
        draw(NASTY),
        within=draw(st.sampled_from(["", "ForEach, plan.py:3", "If, <x>.py:9"])),
        name=f"node{n}",
        reads=tuple(f"node{r}" for r in sorted(reads)),
        times=draw(st.sampled_from([1.0, 0.5, 12.0])),
        time_from=draw(SOURCES),
        size_from=draw(SOURCES),
        rejected=tuple(Rejected(site, draw(NASTY)) for site in sites[:2]),
    )


def transfers_of(
    steps: Sequence[PlannedStep], home: str, rules: Sequence[str] = ()
) -> tuple[PlannedTransfer, ...]:
    """Return what crosses between sites: each value once to each site that reads it."""
    by_name = {step.name: step for step in steps}
    readers: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        for read in step.reads:
            if by_name[read].site != step.site:
                readers.setdefault((read, step.site), []).append(step.name)
    read = {name for step in steps for name in step.reads}
    crossings = [_transfer(by_name[n], to, rules, those) for (n, to), those in readers.items()]
    results = [s for s in steps if s.name not in read and s.site != home]
    return (*crossings, *(_transfer(step, home, rules) for step in results))


def _transfer(
    made_by: PlannedStep, target: str, rules: Sequence[str], readers: Sequence[str] = ()
) -> PlannedTransfer:
    return PlannedTransfer(
        made_by.name,
        made_by.site,
        target,
        made_by.bytes_out,
        0.02,
        size_from=made_by.size_from,
        made_by=(made_by.name,),
        readers=tuple(readers),
        is_yield=not readers,
        allowed_by=tuple(rules),
    )


@st.composite
def _measured(draw: st.DrawFn, report: PlanReport) -> Measured:
    ran = st.builds(MeasuredStep, st.integers(1, 3000), SECONDS, AMOUNTS, AMOUNTS)
    went = st.builds(
        MeasuredLink,
        AMOUNTS,
        st.integers(1, 100),
        st.lists(st.tuples(AMOUNTS, SECONDS), max_size=2).map(tuple),
    )
    steps: Mapping[str, MeasuredStep] = {
        step.name: draw(ran) for step in report.steps if draw(st.booleans())
    }
    links = {link: draw(went) for link in report.bytes_per_link() if draw(st.booleans())}
    links[report.homesite, "elsewhere"] = draw(went)
    return Measured(draw(st.integers(0, 30)), steps, links, draw(SECONDS))

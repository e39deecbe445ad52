"""Reports to be shown: what a compiler and a job could have made."""

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

NOT_OFFERED = "not offered there"


def load(node: int, site: str, other: str) -> PlannedStep:
    """A field read where the author says."""
    return PlannedStep(
        node,
        "climate.LoadField",
        site,
        None,
        0.015,
        72_520,
        "fixed by the author",
        at=f"decades.py:{26 + node}",
        name=f"node{node}",
        rejected=(
            Rejected(other, f"the author asks for {site}"),
            Rejected("hub", NOT_OFFERED),
            Rejected("desk", NOT_OFFERED),
        ),
    )


def average(node: int, site: str, reads: str) -> PlannedStep:
    """A mean where the field is."""
    return PlannedStep(
        node,
        "climate.YearlyMean",
        site,
        None,
        0.00345,
        160,
        "cheapest of institute_a, institute_b",
        name=f"node{node}",
        reads=(reads,),
        rejected=(
            Rejected(
                "institute_b" if site == "institute_a" else "institute_a",
                "+78 ms (+0 s work, +78 ms transfers)",
            ),
            Rejected("hub", NOT_OFFERED),
            Rejected("desk", NOT_OFFERED),
        ),
    )


def crossing(made_by: str, source: str, target: str, *readers: str) -> PlannedTransfer:
    """A series of 160 bytes on its way."""
    return PlannedTransfer(
        made_by,
        source,
        target,
        160,
        0.0201,
        made_by=(made_by,),
        readers=readers,
        is_yield=not readers,
    )


WARMING = PlanReport(
    steps=(
        load(0, "institute_a", "institute_b"),
        average(1, "institute_a", "node0"),
        load(2, "institute_b", "institute_a"),
        average(3, "institute_b", "node2"),
        PlannedStep(
            4,
            "climate.Difference",
            "hub",
            None,
            0.0001,
            160,
            "only site that offers it",
            name="node4",
            reads=("node1", "node3"),
            rejected=tuple(
                Rejected(site, NOT_OFFERED) for site in ("institute_a", "institute_b", "desk")
            ),
        ),
    ),
    transfers=(
        crossing("node1", "institute_a", "hub", "node4"),
        crossing("node3", "institute_b", "hub", "node4"),
        crossing("node1", "institute_a", "desk"),
        crossing("node3", "institute_b", "desk"),
        crossing("node4", "hub", "desk"),
    ),
    pipeline="decades",
    homesite="desk",
    seconds=0.1375,
    bound=0.1375,
    method="tree",
    all_at_home=Alternative(145_040, 0.156),
)

WARMING_MEASURED = WARMING.with_measured(
    Measured(
        calls=24,
        steps={
            "node0": MeasuredStep(24, 0.0021, 0, 73_000),
            "node1": MeasuredStep(24, 0.0031, 73_000, 210),
            "node2": MeasuredStep(24, 0.016, 0, 73_000),
            "node3": MeasuredStep(24, 0.0033, 73_000, 210),
            "node4": MeasuredStep(24, 0.00004, 420, 210),
        },
        links={
            ("institute_a", "hub"): MeasuredLink(5_400, 24, ((225, 0.021), (225, 0.019))),
            ("institute_b", "hub"): MeasuredLink(5_400, 24, ((225, 0.021),)),
            ("institute_a", "desk"): MeasuredLink(5_400, 24, ((225, 0.0004),)),
            ("institute_b", "desk"): MeasuredLink(54_000, 24, ((225, 0.021),)),
            ("hub", "desk"): MeasuredLink(5_400, 24),
        },
        seconds=1.31,
    )
)

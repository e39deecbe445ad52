"""A plan as tables."""

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from dfm.net.prepared import PlannedStep, PlannedTransfer, PlanReport
from dfm.view.plan import links_table, render_plan, steps_table

REPORT = PlanReport(
    steps=(
        PlannedStep(0, "climate.LoadField", "paris", None, 0.08, 72_520, "the author said so"),
        PlannedStep(1, "climate.Difference", "hub", "fast", 0.0, 160, "the only site offering it"),
    ),
    transfers=(
        PlannedTransfer("node0", "paris", "hub", 160),
        PlannedTransfer("$years", "paris", "hub", 40),
        PlannedTransfer("node1", "hub", "desk", 160),
    ),
    bytes_if_all_moved_home=145_040,
)


def text_of(renderable: RenderableType, *, encoding: str = "utf-8", width: int = 100) -> str:
    """Return what a console of that encoding prints."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=file, width=width).print(renderable)
    file.flush()
    return raw.getvalue().decode(encoding)


def cells_of(renderable: RenderableType) -> dict[str, list[str]]:
    """Return the words of each line by the line's first word."""
    lines = (line.split() for line in text_of(renderable).splitlines())
    return {words[0]: words[1:] for words in lines if words}


def test_each_step_is_a_row_with_where_why_and_cost() -> None:
    text = text_of(steps_table(REPORT))

    (load,) = (line for line in text.splitlines() if "LoadField" in line)
    assert [part.strip() for part in load.split("  ") if part.strip()] == [
        "climate.LoadField",
        "paris",
        "the author said so",
        "80 ms",
        "72.5 kB",
    ]


def test_a_provider_is_shown_with_its_site() -> None:
    assert "hub.fast" in text_of(steps_table(REPORT))


def test_what_crosses_one_link_is_added_up_and_multiplied_by_the_calls() -> None:
    cells = cells_of(links_table(REPORT, calls=24))

    assert cells["paris"] == ["->", "hub", "200", "B", "4.8", "kB"]
    assert cells["in"] == ["all", "360", "B", "8.64", "kB"]


def test_the_alternative_is_shown_beside_the_plan() -> None:
    cells = cells_of(links_table(REPORT, calls=24, instead="moving the fields"))

    assert cells["moving"] == ["the", "fields", "instead", "145", "kB", "3.48", "MB"]


def test_measured_bytes_stand_beside_the_predicted_ones() -> None:
    measured = {("paris", "hub"): 4_000, ("desk", "hub"): 50}

    cells = cells_of(links_table(REPORT, calls=24, measured=measured))

    assert cells["paris"][-2:] == ["4", "kB"]
    assert cells["desk"] == ["->", "hub", "50", "B"]
    assert cells["in"][-2:] == ["4.05", "kB"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_plan_can_be_printed_where_only_ascii_can(encoding: str) -> None:
    assert "climate.Difference" in text_of(render_plan(REPORT), encoding=encoding)


def test_site_names_are_never_read_as_markup() -> None:
    odd = PlanReport(steps=(PlannedStep(0, "[bold]x", "[/]", None, 0, 0, "[red]why"),))

    text = text_of(render_plan(odd))

    assert "[bold]x" in text
    assert "[red]why" in text


ASSUMED = replace(
    REPORT,
    steps=(REPORT.steps[0], replace(REPORT.steps[1], assumed=True)),
    transfers=(*REPORT.transfers[:2], replace(REPORT.transfers[2], assumed=True)),
)


def test_numbers_that_nobody_declared_are_marked_and_explained() -> None:
    text = text_of(render_plan(ASSUMED))

    (difference,) = (line.split() for line in text.splitlines() if "Difference" in line)
    (load,) = (line for line in text.splitlines() if "LoadField" in line)
    assert difference[-4:] == ["~0", "s", "~160", "B"]
    assert "~" not in load
    assert text.count("~ assumed: no cost is declared for it") == 1


def test_of_the_links_only_those_with_an_assumed_transfer_are_marked() -> None:
    cells = cells_of(links_table(ASSUMED, calls=2))

    assert cells["hub"] == ["->", "desk", "~160", "B", "~320", "B"]
    assert cells["paris"] == ["->", "hub", "200", "B", "400", "B"]
    assert cells["in"] == ["all", "~360", "B", "~720", "B"]


@pytest.mark.parametrize("of", ["steps", "transfers"])
def test_with_anything_assumed_there_is_no_comparison(of: str) -> None:
    report = replace(REPORT, **{of: getattr(ASSUMED, of)})

    assert "instead" not in text_of(render_plan(report))


def test_a_plan_of_declared_costs_explains_nothing() -> None:
    text = text_of(render_plan(REPORT))

    assert "~" not in text
    assert "instead" in text

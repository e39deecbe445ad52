"""A plan in colour."""

import io

import pytest
from rich.console import Console, RenderableType
from tests.report.samples import WARMING, WARMING_MEASURED

from dfm.report import PlannedStep, PlanReport
from dfm.view.plan import render_plan


def text_of(renderable: RenderableType, *, encoding: str = "utf-8", width: int = 100) -> str:
    """Return what a console of that encoding prints."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=file, width=width).print(renderable)
    file.flush()
    return raw.getvalue().decode(encoding)


def colors_of(renderable: RenderableType) -> dict[str, str]:
    """Return the style of each piece of text that has one, without the spaces around it."""
    console = Console(width=100, color_system="truecolor", force_terminal=True)
    segments = console.render(renderable)
    return {
        s.text.strip(): str(s.style) for s in segments if s.style is not None and s.text.strip()
    }


@pytest.mark.parametrize("report", [WARMING, WARMING_MEASURED])
def test_a_terminal_shows_the_lines_of_the_plain_text(report: PlanReport) -> None:
    assert text_of(render_plan(report)).rstrip("\n") == str(report)


def test_what_is_off_stands_out() -> None:
    colors = colors_of(render_plan(WARMING_MEASURED))

    assert colors["!2.1 ms"] == "bold red"
    assert colors["16 ms"] == "green"
    assert colors["institute_a"] == "cyan"
    assert colors["not hub, desk: not offered there"] == "bright_black"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_plan_is_as_wide_as_the_terminal_at_most(width: int) -> None:
    lines = text_of(render_plan(WARMING), width=width).splitlines()

    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_plan_can_be_printed_where_only_ascii_can(encoding: str) -> None:
    assert "climate.Difference" in text_of(render_plan(WARMING), encoding=encoding)


def test_names_are_never_read_as_markup() -> None:
    odd = PlanReport(steps=(PlannedStep(0, "[bold]x", "[/]", None, 0, 0, "[red]why"),))

    text = text_of(render_plan(odd))

    assert "[bold]x" in text
    assert "[red]why" in text

"""A plan as tables of words: what every form that is read line by line shows.

Plain text, terminals and notebooks show the same rows, so what stands in them is decided once,
here. How they look is not: a cell only says what kind of thing it is. A column in which nothing
stands is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dfm.report.carried import carried, unplanned
from dfm.report.compare import (
    BYTES,
    SECONDS,
    Amount,
    LinkAmounts,
    amounts_in_all,
    amounts_of_links,
    amounts_of_step,
    format_times,
)
from dfm.report.measured import Link
from dfm.report.model import (
    FROM_TYPE,
    GUESS,
    Alternative,
    PlannedStep,
    PlannedTransfer,
    PlanReport,
    Rejected,
    is_learned,
)

Kind = Literal["", "title", "operation", "site", "guess", "measured", "off", "aside"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text, and what kind of thing it is."""

    text: str = ""
    kind: Kind = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about the row above it, over all columns."""

    text: str


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A title, and what stands below it: names, numbers, or words, which are the first to wrap."""

    title: str
    holds: Literal["names", "numbers", "words"] = "names"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below their columns, and notes between them."""

    columns: tuple[Column, ...]
    rows: tuple[Row | Note, ...]


STEP_COLUMNS = (
    Column("operation"),
    Column("site"),
    Column("times", "numbers"),
    Column("runs", "numbers"),
    Column("time", "numbers"),
    Column("measured", "numbers"),
    Column("result", "numbers"),
    Column("measured", "numbers"),
    Column("why", "words"),
    Column("costs", "words"),
)
LINK_COLUMNS = (
    Column("link"),
    Column("carries", "words"),
    Column("a call", "numbers"),
    Column("measured", "numbers"),
    Column("time", "numbers"),
    Column("measured", "numbers"),
    Column("allowed by", "words"),
    Column("costs", "words"),
)


def steps_table(report: PlanReport, *, most: int | None = None) -> Table:
    """Return a row for each operation, and below it notes on the sites that do not run it.

    What is said of an operation once is not said again of the next one of that name. When there
    are measured numbers, which need room, a note says why it runs there. At `most` so many
    operations are shown.
    """
    learned = any(is_learned(s.time_from, s.size_from) for s in report.steps)
    said: set[tuple[str, tuple[Rejected, ...]]] = set()
    rows: list[Row | Note] = []
    for step in report.steps[:most]:
        rows.append(_step(report, step, learned=learned))
        if report.measured is not None:
            rows.append(Note(_why(step)))
        if (step.operation, step.rejected) not in said:
            said.add((step.operation, step.rejected))
            reasons = sites_by_reason(step).items()
            rows += [Note(f"not {', '.join(sites)}: {reason}") for reason, sites in reasons]
    if most is not None and (more := len(report.steps) - most) > 0:
        rows.append(Note(f"and {more:,} more operations"))
    return _without_empty(Table(STEP_COLUMNS, tuple(rows)))


def _step(report: PlanReport, step: PlannedStep, *, learned: bool) -> Row:
    amounts = amounts_of_step(report, step)
    return (
        Cell(step.operation, "operation"),
        Cell(step.where, "site"),
        Cell(format_times(step, "x")),
        _measured(amounts.runs),
        _predicted(amounts.seconds),
        _measured(amounts.seconds),
        _predicted(amounts.bytes),
        _measured(amounts.bytes),
        Cell(_why(step) if report.measured is None else ""),
        Cell(_costs_of(step) if learned else ""),
    )


def _why(step: PlannedStep) -> str:
    return f"{step.reason} (in {step.within})" if step.within else step.reason


def sites_by_reason(step: PlannedStep) -> dict[str, list[str]]:
    """Return the sites that do not run an operation, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for rejected in step.rejected:
        reasons.setdefault(rejected.reason, []).append(rejected.site)
    return reasons


def _costs_of(step: PlannedStep) -> str:
    """Say where the numbers of an operation come from.

    >>> _costs_of(PlannedStep(0, "m.Mean", "hub", None, 0.1, 8, "", size_from="type"))
    'time declared, result by type'
    """
    time, size = (_SOURCES.get(source, source) for source in (step.time_from, step.size_from))
    return time if time == size else f"time {time}, result {size}"


_SOURCES = {FROM_TYPE: "by type", GUESS: "guessed"}


def links_table(report: PlanReport) -> Table:
    """Return a row for each link, then one for all, and what moving everything would have cost."""
    transfers: dict[Link, list[PlannedTransfer]] = {}
    for transfer in report.transfers:
        transfers.setdefault((transfer.source, transfer.target), []).append(transfer)
    learned = any(is_learned(t.size_from, t.link_from) for t in report.transfers)
    operations = {step.name: step.operation for step in report.steps}
    rows = []
    for link, amounts in amounts_of_links(report).items():
        planned = transfers.get(link, [])
        names = carried(planned, operations) or unplanned(link, report.homesite)
        rows.append(_link(link, amounts, planned, names, learned=learned))
    return _without_empty(Table(LINK_COLUMNS, (*rows, *_totals(report, links=len(rows)))))


def _link(
    link: Link,
    amounts: LinkAmounts,
    transfers: Sequence[PlannedTransfer],
    carries: Sequence[str],
    *,
    learned: bool,
) -> Row:
    rules = dict.fromkeys(rule for t in transfers for rule in t.allowed_by)
    sources = dict.fromkeys(_SOURCES.get(t.link_from, t.link_from) for t in transfers)
    return (
        Cell(" -> ".join(link)),
        Cell(", ".join(carries)),
        *_pairs(amounts),
        Cell("; ".join(rules)),
        Cell(", ".join(sources) if learned else ""),
    )


def _totals(report: PlanReport, *, links: int) -> Iterator[Row]:
    if links > 1:
        yield (Cell("in all"), Cell(), *_pairs(amounts_in_all(report)), Cell(), Cell())
    instead = report.all_at_home
    if instead.bytes:
        yield (
            Cell(f"if all moved {f'to {report.homesite}' if report.homesite else 'home'}"),
            Cell(),
            *_pairs(_predicted_only(instead, guessed=report.assumed)),
            Cell(),
            Cell(),
        )


def _predicted_only(instead: Alternative, *, guessed: bool) -> LinkAmounts:
    return LinkAmounts(
        Amount(BYTES, instead.bytes, guessed=guessed),
        Amount(SECONDS, instead.seconds, guessed=guessed),
    )


def _pairs(amounts: LinkAmounts) -> Iterator[Cell]:
    yield _predicted(amounts.bytes)
    yield _measured(amounts.bytes)
    yield _predicted(amounts.seconds) if amounts.seconds.predicted else Cell()
    yield _measured(amounts.seconds)


def _predicted(amount: Amount) -> Cell:
    return Cell(amount.predicted_text, "guess" if amount.guessed else "")


def _measured(amount: Amount) -> Cell:
    return Cell(amount.measured_text, "off" if amount.off else "measured")


def _without_empty(table: Table) -> Table:
    """Leave out the columns in which nothing stands."""
    cells = [row for row in table.rows if not isinstance(row, Note)]
    kept = [n for n in range(len(table.columns)) if any(row[n].text for row in cells)]
    return Table(
        tuple(table.columns[n] for n in kept),
        tuple(row if isinstance(row, Note) else tuple(row[n] for n in kept) for row in table.rows),
    )

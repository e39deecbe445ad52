"""Learned costs as a piece of a federation file, so that others can start with them.

The text has the grammar of a federation file, with nothing but costs in it. What the federation
does not offer any more is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dfm.costs.declared import as_compute_cost, as_send_cost
from dfm.costs.summary import KnownLink, KnownStep, Summary
from dfm.report.model import from_runs


def as_yaml(summary: Summary) -> str:
    """Return what is known as YAML: under `sites`, each cost where a federation file has it."""
    steps = [step for step in summary.steps if step.is_offered]
    links = [link for link in summary.links if link.is_offered]
    sites = sorted({step.key.site for step in steps} | {link.key.source for link in links})
    lines = [
        f"# Costs as measured on target {summary.target}; each belongs at the same place of the",
        "# federation file.",
        "sites:" if sites else "sites: {}",
    ]
    for site in sites:
        lines.append(f"  {site}:")
        lines += _links_of([link for link in links if link.key.source == site])
        lines += _steps_of([step for step in steps if step.key.site == site])
    return "\n".join(lines)


def _links_of(links: Sequence[KnownLink]) -> Iterator[str]:
    if links:
        yield "    send_cost:"
    for link in links:
        cost = as_send_cost(link.time.measured)
        said = _mapping(fixed_time=cost.fixed_time, bandwidth=cost.bandwidth)
        yield f"      {link.key.target}: {said}  # {from_runs(link.runs)}"


def _steps_of(steps: Sequence[KnownStep]) -> Iterator[str]:
    yield from _interface([step for step in steps if step.key.provider is None], "    ")
    providers = sorted({step.key.provider for step in steps if step.key.provider is not None})
    if providers:
        yield "    providers:"
    for provider in providers:
        yield f"      {provider}:"
        yield from _interface([step for step in steps if step.key.provider == provider], "        ")


def _interface(steps: Sequence[KnownStep], indent: str) -> Iterator[str]:
    if steps:
        yield f"{indent}interface:"
    for step in steps:
        cost = as_compute_cost(step.time.measured, step.size.measured)
        said = _mapping(
            fixed_time=cost.fixed_time,
            compute_throughput=cost.compute_throughput,
            fixed_size=cost.fixed_size,
            output_factor=cost.output_factor,
        )
        yield f'{indent}  "#/operations/{step.key.operation}":  # {from_runs(step.runs)}'
        yield f"{indent}    compute_cost: {said}"


def _mapping(**numbers: float | None) -> str:
    said = {name: _number(number) for name, number in numbers.items() if number}
    return "{ " + ", ".join(f"{name}: {text}" for name, text in said.items() if text != "0") + " }"


def _number(number: float) -> str:
    """Return a number to three figures, as any reader of YAML takes it: without an exponent.

    >>> _number(12_345_678.9), _number(0.0012345), _number(8)
    ('12300000', '0.00123', '8')
    """
    text = f"{float(f'{number:.3g}'):.12f}"
    return text.rstrip("0").rstrip(".")

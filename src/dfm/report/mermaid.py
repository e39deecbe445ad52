"""A plan as a flowchart in the language of Mermaid, which many pages draw: a subgraph per site.

Every name is written in a quoted label in which all but letters, digits and a few signs are
entity codes, so that no name means anything to Mermaid.
"""

from __future__ import annotations

from collections.abc import Iterator

from dfm.report.amounts import format_bytes
from dfm.report.boxes import box_text
from dfm.report.graph import Arrow, graph_of
from dfm.report.lettering import clean
from dfm.report.model import GUESS, PlanReport
from dfm.report.remarks import comparison, summary

_PLAIN = frozenset(" .,:_-+/()!~·×")
_NO_DIRECTIVE = str.maketrans("{}", "()")


def to_mermaid(report: PlanReport) -> str:
    """Return a flowchart of a plan: thick arrows with bytes cross between sites."""
    return "\n".join(_lines(report))


def escaped(text: str) -> str:
    """Return text for a quoted label.

    >>> escaped('a["<b>"] #1')
    'a#91;#34;#60;b#62;#34;#93; #35;1'
    """
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in clean(text))


def _lines(report: PlanReport) -> Iterator[str]:
    graph = graph_of(report)
    for said in (*summary(report), comparison(report), graph.remark):
        if said:
            yield f"%% {clean(said).translate(_NO_DIRECTIVE)}"
    yield "flowchart LR"
    for lane, site in enumerate(graph.sites):
        boxes = [(n, box) for n, box in enumerate(graph.boxes) if box.site == site]
        home = " (homesite)" if site == report.homesite else ""
        yield f'  subgraph s{lane}["{escaped(site + home)}"]'
        for number, box in boxes:
            said_in = box_text(report, box)
            measured = " · ".join(text for text, _ in said_in.measured)
            lines = (said_in.title, said_in.mark, said_in.predicted, measured)
            label = "<br/>".join(escaped(line) for line in lines if line)
            begin, end = ("([", "])") if box.is_application else ("[", "]")
            yield f'    n{number}{begin}"{label}"{end}'
        yield "  end"
    for arrow in graph.arrows:
        crosses = graph.boxes[arrow.source].site != graph.boxes[arrow.target].site
        yield f"  n{arrow.source} {_arrow(arrow, crosses=crosses)} n{arrow.target}"


def _arrow(arrow: Arrow, *, crosses: bool) -> str:
    sign = "==>" if crosses else "-->"
    if not arrow.transfers:
        return sign
    about = "~" if any(t.size_from == GUESS for t in arrow.transfers) else ""
    size = format_bytes(sum(t.bytes for t in arrow.transfers))
    allowed = ", allowed" if any(t.allowed_by for t in arrow.transfers) else ""
    return f'{sign}|"{escaped(about + size + allowed)}"|'

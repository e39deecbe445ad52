"""A plan for scripts (JSON), for pages (Mermaid) and for notebooks (HTML)."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.drawn import FEW, reports
from tests.report.samples import WARMING, WARMING_MEASURED
from tests.report.test_graph import plan_of, step

from dfm.report import PlanReport
from dfm.report.html import MOST_STEPS
from dfm.report.mermaid import escaped


def strict(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


@given(reports())
@FEW
def test_json_comes_back_as_it_went(report: PlanReport) -> None:
    said = report.to_json()

    assert json.loads(strict(said).encode("utf-8")) == said


@given(reports())
@FEW
def test_json_has_all_operations_transfers_and_links(report: PlanReport) -> None:
    said = report.to_json()

    assert [o["name"] for o in said["operations"]] == [s.name for s in report.steps]
    assert [len(o["not_at"]) for o in said["operations"]] == [len(s.rejected) for s in report.steps]
    assert len(said["transfers"]) == len(report.transfers)
    assert sum(link["bytes"]["predicted"] for link in said["links"]) == report.bytes_moved


def test_json_has_these_keys() -> None:
    said = WARMING_MEASURED.to_json()

    assert list(said) == [
        "version",
        "pipeline",
        "homesite",
        "objective",
        "method",
        "predicted",
        "best",
        "at_home",
        "operations",
        "transfers",
        "links",
        "measured",
    ]
    assert said["operations"][0] == {
        "name": "node0",
        "operation": "climate.LoadField",
        "site": "institute_a",
        "provider": None,
        "times": 1.0,
        "times_from": "declared",
        "why": "fixed by the author",
        "within": "",
        "at": "decades.py:26",
        "reads": [],
        "not_at": [
            {"site": "institute_b", "why": "the author asks for institute_a"},
            {"site": "hub", "why": "not offered there"},
            {"site": "desk", "why": "not offered there"},
        ],
        "seconds": {"predicted": 0.015, "measured": 0.0021, "off": True, "from": "declared"},
        "bytes": {"predicted": 72_520, "measured": 73_000, "off": False, "from": "declared"},
        "runs": {"predicted": 24.0, "measured": 24, "off": False},
    }
    assert said["transfers"][0]["readers"] == ["node4"]
    assert said["links"][3] == {
        "source": "institute_b",
        "target": "desk",
        "bytes": {"predicted": 160, "measured": 2250.0, "off": True},
        "seconds": {"predicted": 0.0201, "measured": 0.021, "off": False},
    }
    assert said["measured"] == {
        "calls": 24,
        "ended": None,
        "seconds": 1.31,
        "bytes": 75_600,
        "messages": 120,
    }


def test_what_is_no_number_in_json_is_null() -> None:
    said = replace(WARMING, seconds=float("inf"), bound=float("nan")).to_json()

    assert said["predicted"]["seconds"] is None
    strict(said)


@given(st.text())
def test_what_is_escaped_means_nothing_to_mermaid(text: str) -> None:
    said = escaped(text)

    assert not set('"<>[]{}|\\`;#&%$@^\n') & set(re.sub(r"#\d+;", "", said))


@given(reports())
@FEW
def test_a_flowchart_has_only_lines_of_these_forms(report: PlanReport) -> None:
    label = r'"(?:[^"<>]|<br/>)*"'
    forms = (
        r"flowchart LR|  end|%% [^{}]*",
        rf"  subgraph s\d+\[{label}\]",
        rf"    n\d+(\[{label}\]|\(\[{label}\]\))",
        rf"  n\d+ (-->|==>)(\|{label}\|)? n\d+",
    )

    for line in report.to_mermaid().splitlines():
        assert re.fullmatch("|".join(forms), line), line


def test_a_flowchart_has_a_subgraph_for_each_site_and_bytes_where_it_crosses() -> None:
    lines = WARMING.to_mermaid().splitlines()

    assert [line for line in lines if "subgraph" in line] == [
        '  subgraph s0["institute_a"]',
        '  subgraph s1["institute_b"]',
        '  subgraph s2["hub"]',
        '  subgraph s3["desk (homesite)"]',
    ]
    assert '    n0["climate.LoadField<br/>15 ms · 72.5 kB"]' in lines
    assert '  n4 ==>|"160 B"| n5' in lines
    assert "  n0 --> n2" in lines


class Balanced(HTMLParser):
    """Collects text, and refuses elements that end in another order than they began."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@given(reports())
@FEW
def test_html_is_balanced_whatever_things_are_called(report: PlanReport) -> None:
    parser = Balanced()
    parser.feed(report._repr_html_())
    parser.close()

    assert parser.open == []


@pytest.mark.parametrize("word", ["institute_a", "not offered there", "!2.25 kB", "in all"])
def test_html_has_the_picture_and_the_tables(word: str) -> None:
    said = WARMING_MEASURED._repr_html_()

    assert said.index("<svg") < said.index("<details>") < said.index("<table>")
    assert word in said[said.index("<details>") :]


def test_a_notebook_is_not_filled_with_thousands_of_rows() -> None:
    report = plan_of(*(step(n, "a") for n in range(5_000)))

    said = report._repr_html_()

    assert said.count("<tr>") < MOST_STEPS + 10
    assert "and 4,800 more operations" in said

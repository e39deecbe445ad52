"""What `dfm.api` offers, and what importing it costs."""

import subprocess
import sys

import dfm.api

OF_THE_EARLIER_SYSTEM = """
    StopToken ErrorToken Advise PlaceParam NodeId make_auto_id well_known_id NodeRef Atom
    BooleanExpression BooleanExpressionVisitor ComparisonExpression Equal GreaterThan
    GreaterThanOrEqual LessThan LessThanOrEqual And Not NotEqual Or BestOf PipelineBuildHelper
    Pipeline PreparedPipeline Block Located Statement Expression Operation Yield NodeParam
    PickledObject TryFromCache ForEach If ApiVisitor WriteToCache DISCOVERY_PLACE_NAME
    STATUS_PLACE_NAME
"""
OURS = """
    Collect Else ErrorInfo FederatedOperation Frame Join Reduce check_blocks check_flow check_ids
    check_places check_rules check_scopes operation_class
"""


def test_the_names_are_these() -> None:
    assert set(dfm.api.__all__) == {*OF_THE_EARLIER_SYSTEM.split(), *OURS.split()}


def test_every_name_can_be_had_and_stands_once_in_order() -> None:
    names = dfm.api.__all__

    assert all(hasattr(dfm.api, name) for name in names)
    assert len(names) == len(set(names))
    for kind in (str.isupper, lambda n: n[0].isupper() and not n.isupper(), str.islower):
        of_kind = [n for n in names if kind(n)]
        assert of_kind == sorted(of_kind)


def test_importing_it_loads_pydantic_and_nothing_else_that_is_heavy() -> None:
    heavy = {"numpy", "pandas", "xarray", "rich", "click", "yaml", "fsspec", "asyncio", "upath"}
    code = "import sys, dfm.api; print(*sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert heavy & set(run.stdout.split()) == set()

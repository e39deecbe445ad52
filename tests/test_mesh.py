"""`Federation` is what users hold: loaded or built, looked at, and asked for operations."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path

import pytest

import dfm.federation
from dfm import Federation
from dfm.api.operations import FederatedOperation
from dfm.errors import FederationError, UnknownName
from dfm.federation import SendCost
from dfm.federation.names import name_problem

FILES = Path(__file__).parent / "federation" / "files"


def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture
def fed() -> Federation:
    fed = Federation("arithmetic", description="Numbers\nand more")
    fed.site("desk")
    fed.site("hub").operation("math.Add")(add)
    fed.site("hub").operation("math.fast.Add", provider="gpu")(add)
    return fed


def test_it_can_be_loaded() -> None:
    fed = Federation.load(FILES / "harbor.dfm.yaml")

    assert fed.name == "harborfed"
    assert list(fed.operations) == ["sonar.Scan", "sonar.Clean", "model.Forecast"]


def test_a_loaded_federation_can_be_added_to() -> None:
    fed = Federation.load(FILES / "harbor.dfm.yaml")

    fed.site("cloud").operation("math.Add")(add)

    assert fed.spec.sites["cloud"].adapter("math.Add") is not None
    assert fed.spec.sites["cloud"].adapter("sonar.Clean") is not None
    assert fed.spec.sites["cloud"].implementation is not None
    fed.check()


def test_federation_is_found_in_both_places() -> None:
    assert dfm.federation.Federation is Federation


def test_an_operation_is_a_class(fed: Federation) -> None:
    cls = fed.operation("math.Add")

    assert issubclass(cls, FederatedOperation)
    assert cls.__api_name__ == "math.Add"
    assert "Add two numbers." in inspect.getdoc(cls)


def test_an_operation_is_the_same_class_every_time(fed: Federation) -> None:
    assert fed.operation("math.Add") is fed.operations.math.Add


def test_a_class_knows_the_federation_as_it_is_now(fed: Federation) -> None:
    before = fed.operation("math.Add")

    fed.site("far")

    assert fed.operation("math.Add") is not before


def test_an_unknown_operation_is_refused_with_the_nearest(fed: Federation) -> None:
    with pytest.raises(UnknownName, match=r"no operation 'math\.Ad'") as caught:
        fed.operation("math.Ad")

    assert "'math.Add'" in caught.value.hint


def test_an_unknown_attribute_is_refused_with_the_nearest(fed: Federation) -> None:
    with pytest.raises(UnknownName, match=r"no operation 'math\.Ad'") as caught:
        _ = fed.operations.math.Ad

    assert "'math.Add'" in caught.value.hint


def test_an_unknown_namespace_is_refused_with_the_nearest(fed: Federation) -> None:
    with pytest.raises(UnknownName, match="no operation 'mat'") as caught:
        _ = fed.operations.mat

    assert "'math', which is there" in caught.value.hint


def test_an_unknown_operation_is_told_with_the_line_that_asks_for_it(fed: Federation) -> None:
    with pytest.raises(UnknownName) as by_name:
        fed.operation("math.Ad")
    with pytest.raises(UnknownName) as by_attribute:
        _ = fed.operations.math.Ad

    lines = Path(__file__).read_text("utf-8").splitlines()
    for caught, text in ((by_name, "fed.operation("), (by_attribute, "fed.operations.math")):
        file, _, line = caught.value.at.rpartition(":")
        assert Path(file).resolve() == Path(__file__).resolve()
        assert text in lines[int(line) - 1]


def test_what_is_added_to_a_loaded_federation_leaves_its_folder() -> None:
    fed = Federation.load(FILES / "harbor.dfm.yaml")

    fed.site("cloud").operation("math.Add")(add)

    assert fed.spec.folder == str(FILES)


def test_an_unknown_attribute_is_absent_for_python(fed: Federation) -> None:
    assert not hasattr(fed.operations, "nothing")
    assert not hasattr(fed.operations, "_repr_html_")
    assert getattr(fed.operations.math, "nothing", 3) == 3


def test_operations_can_be_listed(fed: Federation) -> None:
    assert list(fed.operations) == ["math.Add", "math.fast.Add"]
    assert list(fed.operations.math.fast) == ["math.fast.Add"]
    assert dir(fed.operations) == ["math"]
    assert dir(fed.operations.math) == ["Add", "fast"]
    assert len(fed.operations) == 2
    assert "math.Add" in fed.operations
    assert "math.Sub" not in fed.operations


def test_a_namespace_can_be_copied(fed: Federation) -> None:
    assert list(copy.copy(fed.operations)) == list(fed.operations)


def test_it_can_be_read(fed: Federation) -> None:
    assert repr(fed) == "<Federation arithmetic: 2 operations at 2 sites>"
    assert repr(fed.operations) == "<operations math.Add, math.fast.Add>"
    assert repr(fed.site("hub")) == "<site hub of the federation arithmetic>"
    assert str(fed).splitlines() == [
        "arithmetic 0.1.0: Numbers",
        "  math.Add(a: integer, b?: integer) -> integer   at hub",
        "  math.fast.Add(a: integer, b?: integer) -> integer   at hub.gpu",
        "  no operations   at desk",
    ]


def test_a_session_is_refused_while_the_federation_does_not_fit_together(fed: Federation) -> None:
    fed.site("hub", send_costs={"nowhere": SendCost(1)})

    with pytest.raises(FederationError, match="nowhere"):
        fed.session(homesite="desk", target="inline")


def test_a_session_is_of_the_federation_and_homesite(fed: Federation) -> None:
    with fed.session(homesite="desk", target="inline") as session:
        assert session.homesite == "desk"
        assert session.federation is fed.spec


def test_no_parameter_is_named_like_something_an_operation_has() -> None:
    """What `dfm.api` would refuse when the class is made is refused when it is declared."""
    deprecated = {
        "construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw",
        "schema", "schema_json", "update_forward_refs", "validate",
    }  # fmt: skip
    names = [n for n in dir(FederatedOperation) if n not in deprecated]

    assert [n for n in names if name_problem("parameter", n) is None] == []
    assert all(name_problem("parameter", n) is None for n in deprecated)

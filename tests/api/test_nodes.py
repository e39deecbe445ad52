"""Ids and references: how they are made, printed, compared and refused."""

import pytest

from dfm.api import NodeId, NodeRef, make_auto_id, well_known_id
from dfm.errors import DfmError, StructureError


def test_automatic_and_well_known_ids_print_differently() -> None:
    printed = [str(make_auto_id(3)), str(well_known_id("mean")), str(well_known_id(3))]

    assert printed == ["%3", "#mean", "#wkid3"]


@pytest.mark.parametrize("number", range(5))
def test_an_automatic_id_is_never_a_well_known_one(number: int) -> None:
    auto, known = make_auto_id(number), well_known_id(number)

    assert auto != known
    assert auto.as_identifier() != known.as_identifier()


@pytest.mark.parametrize("name", ["", "1st", "two words", "a-b", "class", "node0", "node12"])
def test_a_name_that_can_not_be_an_id_is_refused_at_once(name: str) -> None:
    with pytest.raises(StructureError, match="can not name a node"):
        well_known_id(name)


def test_an_uppercase_name_is_a_good_id() -> None:
    assert well_known_id("Mean").as_identifier() == "Mean"


def test_a_refusal_says_where_the_name_was_written() -> None:
    with pytest.raises(StructureError) as refusal:
        well_known_id("class")

    assert "test_nodes.py:" in refusal.value.at


def test_a_wrong_argument_of_a_marker_is_an_error_of_ours() -> None:
    with pytest.raises(DfmError, match="takes no argument 'idnt'"):
        NodeId(idnt=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("selector", "asked", "subscribed"),
    [
        (None, None, True),
        (0, None, True),
        (0, False, True),
        ("name", None, False),
        ("name", False, False),
        ("name", True, True),
        ("not an attribute", True, True),
    ],
)
def test_a_number_subscripts_and_a_text_is_an_attribute_unless_told(
    selector: int | str | None, asked: bool | None, subscribed: bool
) -> None:
    node = make_auto_id(0)

    ref = node.to_ref(selector, asked)

    assert (ref.id, ref.sel, ref.issubs) == (node, selector, subscribed)


def test_references_print_every_selector_also_zero_and_the_empty_text() -> None:
    node = make_auto_id(0)

    printed = [str(node.to_ref()), str(node.to_ref(0)), str(node.to_ref("", issubs=True)[0])]

    assert printed == ["%0", "%0.0", "%0..0"]


@pytest.mark.parametrize("selector", ["_private", "two words", "", "__class__"])
def test_only_public_attributes_can_be_selected(selector: str) -> None:
    with pytest.raises(StructureError, match="no public attribute"):
        make_auto_id(0).to_ref(selector)


@pytest.mark.parametrize("selector", [1.5, None, True, slice(1), [1]])
def test_only_numbers_and_texts_select(selector: object) -> None:
    with pytest.raises(StructureError, match="selected by a number or a text"):
        make_auto_id(0).to_ref()[selector]  # type: ignore[index]


def test_a_part_of_a_part_can_be_selected() -> None:
    ref = make_auto_id(0).to_ref("rows")[3]["k"].fieldref("name")

    assert ref.selectors == (("rows", False), (3, True), ("k", True), ("name", False))


def test_one_level_of_selection_looks_as_it_always_did() -> None:
    data = make_auto_id(0).to_ref(1).model_dump()

    assert data == {"id": {"tag": "@dfm-node", "ident": 0}, "sel": 1, "issubs": True}


@pytest.mark.parametrize("ref", [make_auto_id(0).to_ref(), make_auto_id(0).to_ref(1)["k"]])
def test_a_reference_comes_back_from_json(ref: NodeRef) -> None:
    again = NodeRef.model_validate_json(ref.model_dump_json())

    assert again == ref
    assert hash(again) == hash(ref)


def test_a_deeper_level_without_a_first_one_is_refused() -> None:
    with pytest.raises(StructureError, match="first level"):
        NodeRef(id=make_auto_id(0), more=(("k", True),))

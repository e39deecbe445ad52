"""Arguments as JSON and back: nothing is lost, and nothing is run."""

import datetime as dt
import enum
import json
import pathlib
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.climate import Anything
from tests.ids import shown
from tests.strategies import literals

from dfm.api import Advise, BestOf, Pipeline, PlaceParam, Yield, make_auto_id
from dfm.api.literals import decode, encode
from dfm.errors import ArgumentError, DfmError, LimitExceeded, StructureError

REFS = st.builds(
    lambda n, sel, deep: make_auto_id(n).to_ref(sel)[deep] if deep else make_auto_id(n).to_ref(sel),
    st.integers(0, 9),
    st.none() | st.integers() | st.from_regex(r"[a-z]{1,4}", fullmatch=True),
    st.none() | st.integers(1),
).filter(lambda ref: ref.sel is not None or not ref.more)
PARAMS = st.builds(PlaceParam, place=st.sampled_from("pq"), multiuse=st.just(True))
MARKS = REFS | PARAMS | st.sampled_from([Advise(), BestOf()])
EXACT = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=8)
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
)
KEYS = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.tuples(st.integers())
TAGS = st.sampled_from(["@dfm-node", "@dfm-tuple", "@dfm-", "__dfm__pickled__", "@other", "tag"])
VALUES = st.recursive(
    EXACT | MARKS | st.fixed_dictionaries({"tag": TAGS, "id": TAGS | st.none()}),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS | TAGS, inner, max_size=3)
        | st.fixed_dictionaries({"id": inner})
        | st.sets(EXACT | REFS, max_size=3)
        | st.frozensets(EXACT, max_size=3)
    ),
    max_leaves=8,
)


def shape(value: Any) -> Any:
    """Return something that tells 1 from True from 1.0, at any depth."""
    match value:
        case list() | tuple():
            return type(value), [shape(v) for v in value]
        case set() | frozenset():
            return type(value), {shape(v) for v in value}
        case dict():
            return dict, [(shape(k), shape(v)) for k, v in value.items()]
    return type(value), str(value) if isinstance(value, float) else value


@given(VALUES)
def test_every_value_comes_back_as_what_it_was(value: Any) -> None:
    text = json.dumps(encode(value), allow_nan=False)

    again = decode(json.loads(text))

    assert again == value
    assert shape(again) == shape(value)


@given(VALUES)
def test_a_pipeline_with_any_literal_comes_back_equal(value: Any) -> None:
    with Pipeline(name="p") as p:
        Anything(value=value)
        Yield(value=value, place="out")

    assert Pipeline.model_validate_json(p.model_dump_json()) == p
    assert Pipeline.model_validate(p.model_dump()) == p


@given(literals())
def test_json_like_values_stay_plain(value: Any) -> None:
    if "Infinity" not in json.dumps(value):
        assert encode(value) == value


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinite_numbers_survive(value: float) -> None:
    assert decode(encode(value)) == value


def test_not_a_number_survives() -> None:
    again = decode(encode(float("nan")))

    assert isinstance(again, float)
    assert again != again


def test_equal_sets_have_equal_json() -> None:
    texts = {json.dumps(encode(set(order))) for order in (["b", "a", "c"], ["c", "b", "a"])}

    assert len(texts) == 1


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize("value", [object(), Colour.RED, len, Exception("x")], ids=shown)
def test_what_has_no_json_form_is_refused_naming_operation_and_argument(value: object) -> None:
    with Pipeline() as p:
        Anything(value=[{"k": value}])

    with pytest.raises(ArgumentError, match=r"argument 'value' of lab\.Anything can not be saved"
                       ) as refusal:  # fmt: skip
        p.model_dump_json()

    assert "PlaceParam" in refusal.value.hint
    assert "test_literals.py:" in refusal.value.at


def test_an_array_is_refused_when_saved_with_a_parameter_as_the_way_out() -> None:
    numpy = pytest.importorskip("numpy")
    with Pipeline() as p:
        Yield(value=numpy.zeros(3))

    with pytest.raises(ArgumentError, match=r"'value' of Yield.*numpy\.ndarray") as refusal:
        p.model_dump_json()

    assert "PlaceParam" in refusal.value.hint


def test_an_array_can_be_written_and_dumped_as_python_data() -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros(3)
    with Pipeline() as p:
        Yield(value=[array])

    assert p.model_dump()["dfm_body"][0]["value"][0] is array


def test_numbers_of_numpy_are_saved_as_numbers() -> None:
    numpy = pytest.importorskip("numpy")

    assert encode(numpy.float64(1.5)) == 1.5


@pytest.mark.parametrize(
    "data",
    [
        {"tag": "@dfm-nonsense"},
        {"tag": "@dfm-bytes"},
        {"tag": "@dfm-bytes", "text": "?"},
        {"tag": "@dfm-bytes", "text": 3},
        {"tag": "@dfm-datetime", "text": "yesterday"},
        {"tag": "@dfm-decimal", "text": "one"},
        {"tag": "@dfm-timedelta", "text": "9" * 30},
        {"tag": "@dfm-set", "items": [[1]]},
        {"tag": "@dfm-tuple", "items": 3},
        {"tag": "@dfm-dict", "items": [[1]]},
        {"tag": "@dfm-dict", "items": [[[1], 2]]},
        {"tag": "@dfm-node", "ident": "class"},
        {"tag": "@dfm-place-param"},
        {"id": {"tag": "@dfm-node", "ident": 0}, "sel": None, "extra": 1},
        {"tag": "__dfm__pickled__", "value": "gASVAAAAAAAAAIwCb3OUjAZzeXN0ZW2Uk5Qu"},
    ],
)
def test_damaged_or_foreign_data_is_refused(data: dict[str, Any]) -> None:
    with Pipeline() as p:
        Yield(value="here")
    text = p.model_dump_json().replace('"here"', json.dumps({"deep": [data]}))

    with pytest.raises(DfmError):
        Pipeline.model_validate_json(text)


def test_pickled_data_in_an_argument_is_never_opened() -> None:
    with pytest.raises(StructureError, match="not read from a pipeline"):
        decode([{"tag": "__dfm__pickled__", "value": ""}])


def test_values_nested_too_deeply_are_not_saved() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]

    with pytest.raises(LimitExceeded):
        encode(value)


def test_paths_and_other_common_values_survive() -> None:
    value = [pathlib.Path("a/b"), uuid.UUID(int=3), Decimal("1.10"), bytearray(b"x")]

    assert shape(decode(encode(value))) == shape(value)

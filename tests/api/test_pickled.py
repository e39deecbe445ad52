"""Pickled objects: they survive, and nothing opens them by accident."""

import base64
import json
import pickle
from typing import Any, Literal

import pytest
from tests.api.climate import Anything

from dfm.api import Operation, PickledObject, Pipeline
from dfm.errors import DfmError, StructureError


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and other.x == self.x

    __hash__ = None  # type: ignore[assignment]


class Takes(Operation):
    dfm_class_name: Literal["tests.Takes"] = "tests.Takes"
    value: PickledObject


class Alarm:
    """Notes when it is unpickled."""

    rung = 0

    def __reduce__(self) -> Any:
        return (ring, ())


def ring() -> str:
    Alarm.rung += 1
    return "rung"


@pytest.mark.parametrize(
    "value", [{"a": 1}, (1, {2, (3,)}), None, "x" * 10_000, Point(3), b"\0"], ids=type
)
def test_an_object_comes_back(value: Any) -> None:
    wrapped = PickledObject(value=value)

    again = PickledObject.model_validate_json(wrapped.model_dump_json())

    assert again.value == value
    assert PickledObject.model_validate(wrapped.model_dump()).value == value
    assert json.loads(wrapped.model_dump_json())["tag"] == "__dfm__pickled__"


@pytest.mark.parametrize("dtype", ["int32", "float64", "S3", [("a", "i4"), ("b", "f8", (2,))]])
def test_arrays_keep_type_and_shape(dtype: Any) -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros((2, 3), dtype=dtype)

    again = PickledObject.model_validate(PickledObject(value=array).model_dump()).value

    assert (again.dtype, again.shape) == (array.dtype, array.shape)


def test_anything_else_is_wrapped() -> None:
    assert PickledObject.model_validate([1, 2]).value == [1, 2]


def test_what_can_not_be_pickled_is_refused() -> None:
    with pytest.raises(StructureError, match="Value cannot be pickled"):
        PickledObject(value=lambda: None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not base64!", "Failed to decode value"),
        (3, "Failed to decode value"),
        ("aGVsbG8=", "Failed to unpickle value"),
        (base64.b64encode(b"cno.such\nthing\n.").decode(), "Failed to unpickle value"),
    ],
)
def test_damaged_pickles_are_refused(text: Any, message: str) -> None:
    with pytest.raises(StructureError, match=message):
        PickledObject.model_validate({"tag": "__dfm__pickled__", "value": text})


@pytest.mark.parametrize("tagged", [True, False])
def test_reading_a_pipeline_opens_no_pickle(tagged: bool) -> None:
    with Pipeline() as p:
        Takes(value=PickledObject(value=1))
    armed = {"value": base64.b64encode(pickle.dumps(Alarm())).decode()}
    data = p.model_dump()
    data["dfm_body"][0]["value"] = armed | ({"tag": "__dfm__pickled__"} if tagged else {})
    before = Alarm.rung

    with pytest.raises(StructureError, match="pickled data in a pipeline is not opened"):
        Pipeline.model_validate(data)
    with pytest.raises(StructureError, match="pickled data in a pipeline is not opened"):
        Pipeline.model_validate_json(json.dumps(data))

    assert Alarm.rung == before
    assert PickledObject.model_validate(armed).value == "rung"


def test_writing_a_statement_opens_no_pickle() -> None:
    armed = {"value": base64.b64encode(pickle.dumps(Alarm())).decode()}
    before = Alarm.rung

    with Pipeline(), pytest.raises(StructureError, match="is not opened"):
        Takes(value=armed)

    assert Alarm.rung == before


def test_a_reader_who_trusts_the_writer_may_open_pickles() -> None:
    with Pipeline() as p:
        Takes(value=PickledObject(value=Point(3)))

    again = Pipeline.model_validate_json(p.model_dump_json(), context={"allow_pickle": True})

    assert again.dfm_body[0].value.value == Point(3)  # type: ignore[attr-defined]


def test_a_pickled_object_is_not_saved_as_a_literal() -> None:
    with Pipeline() as p:
        Anything(value=PickledObject(value=1))

    with pytest.raises(DfmError, match="can not be saved"):
        p.model_dump_json()

"""Classes whose values travel by their fields, with and without trust."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from enum import Enum, Flag, IntEnum, StrEnum
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, field_validator
from tests.wire.exactness import same, travelled

from dfm.errors import ArgumentError, CorruptMessage, NoCodec
from dfm.wire import Codecs, register_type

T = TypeVar("T")


class Colour(Enum):
    RED = (1, 0)
    BLUE = (0, 1)
    CRIMSON = (1, 0)  # noqa: PIE796  (an alias)


class Level(IntEnum):
    LOW = 1


class Name(StrEnum):
    A = "a"


class Bits(Flag):
    ONE = 1
    TWO = 2


class Pair(NamedTuple):
    left: Any
    right: Any = None


Old = namedtuple("Old", "a b")


@dataclass
class Point:
    x: float
    tags: list[str] = field(default_factory=list)
    colour: Colour = Colour.RED

    @cached_property
    def double(self) -> float:
        return 2 * self.x


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    first: Any
    last: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.first, str) and self.first == "bad":
            raise ValueError("a bad span")


@dataclass
class Child(Point, Generic[T]):
    inner: Span | None = None


class Inner(BaseModel):
    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)
    n: int = 3
    array: Any = None


class Outer(BaseModel):
    name: str = Field(alias="theName")
    inner: Inner
    spans: list[Span] = []
    colour: Colour = Colour.RED
    ratio: float = 1
    _secret: dict[str, int] = PrivateAttr(default_factory=dict)

    @field_validator("name")
    @classmethod
    def no_bad_names(cls, name: str) -> str:
        if name == "bad":
            raise ValueError("a bad name")
        return name


class Numbers(RootModel[list[int]]):
    pass


CLASSES = [Level, Name, Bits, Pair, Old, Point, Child, Outer, Numbers]

RECORDS: list[Any] = [
    Colour.RED,
    Colour.CRIMSON,
    Level.LOW,
    Name.A,
    Bits.ONE,
    Bits.ONE | Bits.TWO,
    Bits(0),
    Pair(1, (2, Colour.BLUE)),
    Old(None, Pair(1)),
    Point(-0.0, ["\ud800"]),
    Span(first=2**70, last={1: Span(first=None)}),
    Child(1.5, inner=Span(first=1)),
    [Point(float(i)) for i in range(3)],
    {Span(first=1): {Level.LOW}},
    Inner(extra=(1, 2)),
    Outer(theName="a", inner=Inner(n=4), spans=[Span(first=1)]),
    Numbers([1, 2]),
    Numbers.model_construct([1]),
]


@pytest.mark.parametrize("value", RECORDS, ids=lambda v: repr(v)[:30])
@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
def test_a_record_comes_back_as_it_was(value: Any, trusted: bool) -> None:
    codecs = Codecs(types=() if trusted else CLASSES, trusted=trusted)

    back = travelled(value, codecs)

    assert same(back, value)
    assert getattr(back, "model_fields_set", None) == getattr(value, "model_fields_set", None)


def test_listing_a_class_lists_the_classes_of_its_fields() -> None:
    codecs = Codecs(types=[Outer])

    assert same(travelled([Colour.BLUE, Span(first=1)], codecs), [Colour.BLUE, Span(first=1)])
    with pytest.raises(NoCodec, match="not listed"):
        codecs.pack(Level.LOW)


def test_arrays_in_models_and_dataclasses_travel_beside_the_head() -> None:
    array = np.arange(10_000)
    codecs = Codecs(types=[Inner, Span])

    packed = codecs.pack([Inner(array=array), Span(first=array)])

    assert [b.nbytes for b in packed.buffers] == [array.nbytes] * 2  # type: ignore[union-attr]
    assert np.array_equal(codecs.unpack(packed)[0].array, array)


def test_cached_properties_do_not_travel() -> None:
    point = Point(2.0)
    assert point.double == 4.0

    back = travelled(point, Codecs(types=[Point]))

    assert vars(back) == {"x": 2.0, "tags": [], "colour": Colour.RED}


def test_private_attributes_of_a_model_travel_with_trust_only() -> None:
    model = Outer(theName="a", inner=Inner())
    model._secret["k"] = 1

    assert travelled(model, Codecs(trusted=True))._secret == {"k": 1}
    assert travelled(model, Codecs(types=[Outer]))._secret == {}


def test_what_a_constructor_refuses_does_not_arrive_without_trust() -> None:
    span, model = Span(first=1), Outer(theName="a", inner=Inner())
    object.__setattr__(span, "first", "bad")
    model.name = "bad"
    codecs = Codecs(types=[Span, Outer])

    for value, told in ((span, "a bad span"), (model, "a bad name")):
        packed = codecs.pack(value)
        with pytest.raises(CorruptMessage, match=told):
            codecs.unpack(packed)
        assert same(travelled(value, Codecs(trusted=True)), value)


def test_a_model_without_trust_takes_no_value_of_another_type() -> None:
    codecs = Codecs(types=[Numbers, Inner])
    packed = codecs.pack([Numbers.model_construct(range(10**12)), Inner.model_construct(n="3")])

    with pytest.raises(CorruptMessage, match="valid"):
        codecs.unpack(packed)


def test_a_class_that_is_not_listed_here_is_refused_by_name() -> None:
    packed = Codecs(types=[Span]).pack(Span(first=1))

    with pytest.raises(CorruptMessage, match=r"test_records:Span.* not listed here"):
        Codecs().unpack(packed)


def test_another_version_of_a_class_is_refused() -> None:
    theirs = Codecs(types=[Span]).pack(Span(first=1))
    ours = type("Span", (), {"__annotations__": {"y": int}, "__module__": Span.__module__})
    here = Codecs(types=[dataclass(ours)])

    with pytest.raises(CorruptMessage, match="no dataclass with the fields first, last here"):
        here.unpack(theirs)


@dataclass
class Derived:
    x: int
    y: int = field(init=False, default=0)


@dataclass
class Scaled:
    x: int
    by: InitVar[int] = 1


@dataclass
class Table(dict):  # type: ignore[type-arg]
    name: str = ""


class Loose(BaseModel):
    model_config = ConfigDict(use_enum_values=True)
    colour: Name = Name.A


@dataclass
class OwnPickle:
    x: int

    def __reduce__(self) -> Any:
        return (OwnPickle, (self.x + 1,))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Derived(1), "constructor does not take exactly its fields"),
        (Scaled(1), "constructor does not take exactly its fields"),
        (Table("a"), "is a dict besides its fields"),
        (Loose(), "use_enum_values"),
    ],
)
def test_a_record_that_can_not_be_kept_exactly_is_refused_without_trust(
    value: Any, told: str
) -> None:
    with pytest.raises(NoCodec, match=told):
        Codecs(types=[type(value)]).pack([value])

    assert travelled(value, Codecs(trusted=True)) == value


def test_an_attribute_that_is_no_field_is_not_lost() -> None:
    point = Point(1.0)
    point.note = "here"  # type: ignore[attr-defined]

    with pytest.raises(NoCodec, match="'note' besides its fields"):
        Codecs(types=[Point]).pack(point)
    assert travelled(point, Codecs(trusted=True)).note == "here"


def test_a_class_that_says_how_it_is_pickled_is_pickled() -> None:
    assert travelled(OwnPickle(1), Codecs(trusted=True)) == OwnPickle(2)
    assert travelled(OwnPickle(1), Codecs(types=[OwnPickle])) == OwnPickle(1)


def test_a_local_class_travels_by_value_with_trust() -> None:
    @dataclass
    class Local:
        x: int

    back = travelled(Local(1), Codecs(trusted=True))

    assert back.x == 1
    with pytest.raises(NoCodec, match="Local"):
        Codecs().pack(Local(1))


def test_a_local_class_can_be_listed() -> None:
    @dataclass
    class Local:
        x: int

    assert travelled(Local(1), Codecs(types=[Local])) == Local(1)


def test_register_type_lists_a_class_for_every_codecs() -> None:
    @register_type
    @dataclass(frozen=True)
    class Everywhere:
        x: int

    assert travelled(Everywhere(1)) == Everywhere(1)
    with pytest.raises(ArgumentError, match="no dataclass, enum"):
        register_type(dict)

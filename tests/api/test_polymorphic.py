"""Models that name their class in a field."""

from typing import Literal

import pytest
from pydantic import BaseModel, ValidationError

from dfm.api.pydantic import PolymorphicBaseModel
from dfm.errors import DfmError, UnknownName


class Animal(PolymorphicBaseModel):
    name: str

    @classmethod
    def _discriminator_name(cls) -> str:
        return "kind"


class Cat(Animal):
    kind: Literal["zoo.Cat"] = "zoo.Cat"
    lives: int = 9


class Bird(Animal):
    kind: Literal["zoo.Bird"] = "zoo.Bird"
    song: tuple[str, ...] = ()


class Zoo(BaseModel):
    animals: list[Animal]
    star: Animal | int | None = None


def test_a_list_of_the_base_comes_back_as_what_it_was() -> None:
    zoo = Zoo(animals=[Cat(name="tom"), Bird(name="ti", song=("a", "b"))], star=Cat(name="x"))

    again = Zoo.model_validate_json(zoo.model_dump_json())

    assert again == zoo
    assert zoo.model_dump()["animals"][1] == {"name": "ti", "kind": "zoo.Bird", "song": ("a", "b")}


def test_a_union_with_other_types_is_dumped_without_warning() -> None:
    assert Zoo(animals=[], star=3).model_dump_json() == '{"animals":[],"star":3}'


def test_without_a_discriminator_the_declared_class_is_meant() -> None:
    assert Animal.model_validate({"name": "it"}) == Animal(name="it")


def test_the_path_of_the_class_is_a_name_too() -> None:
    found = Animal.model_validate({"kind": f"{Cat.__module__}.Cat", "name": "tom"})

    assert found == Cat(name="tom")


@pytest.mark.parametrize("kind", ["zoo.Dog", "os.path.join", "x", ""])
def test_an_unknown_class_is_refused(kind: str) -> None:
    with pytest.raises(UnknownName):
        Animal.model_validate({"kind": kind, "name": "it"})


def test_a_class_of_another_branch_is_refused() -> None:
    with pytest.raises(DfmError, match="is no Cat"):
        Cat.model_validate({"kind": "zoo.Bird", "name": "it"})


def test_in_a_plain_model_the_refusal_is_pydantics() -> None:
    with pytest.raises(ValidationError, match="there is no class"):
        Zoo.model_validate({"animals": [{"kind": "zoo.Dog", "name": "it"}]})

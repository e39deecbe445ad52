"""What unquoted words and numbers mean, and which of them are too ambiguous to mean anything."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.federation.scalars import Ambiguous, kind_of, value_of
from dfm.federation.yaml_tree import Scalar


def value(text: str, *, plain: bool = True, tag: str = "") -> object:
    return value_of(Scalar(1, 1, text, plain, tag))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"),
        ("true", True), ("Yes", True), ("ON", True), ("off", False), ("No", False), ("y", "y"),
        ("oN", "oN"), ("0", 0), ("-12", -12), ("+3", 3), ("1_000", 1000), ("0x1F", 31),
        ("0b101", 5), ("0o17", 15), ("1.10", 1.1), ("1e6", 1e6), ("-.5", -0.5), ("3.", 3.0),
        (".inf", math.inf), ("-.INF", -math.inf), ("1.0.0", "1.0.0"), ("-", "-"), (".", "."),
        ("2020-01-01", "2020-01-01"), ("2001-12-14 21:59:43", "2001-12-14 21:59:43"),
        ("8080:80", "8080:80"), ("abc", "abc"), ("9" * 241, "9" * 241),
    ],
)  # fmt: skip
def test_a_plain_scalar_means(text: str, meaning: object) -> None:
    found = value(text)

    assert found == meaning
    assert type(found) is type(meaning)


def test_not_a_number_is_read() -> None:
    assert math.isnan(value(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["12:30", "1:30:00", "-1:30", "010", "007", "1:30.5", "00"])
def test_what_yaml_reads_in_another_base_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Ambiguous, match=r"YAML 1\.1 reads"):
        value(text)


@given(st.text(max_size=20))
def test_quoted_text_is_itself(text: str) -> None:
    assert value(text, plain=False) == text


@given(st.integers(min_value=-(10**100), max_value=10**100) | st.floats(allow_nan=False))
def test_a_number_as_python_writes_it_is_read(number: float) -> None:
    written = str(number).replace("inf", ".inf")

    assert value(written) == number


@pytest.mark.parametrize(
    ("text", "tag", "meaning"),
    [
        ("1.10", "str", "1.10"),
        ("3", "float", 3.0),
        ("3", "int", 3),
        ("no", "bool", False),
        ("x", "null", None),
    ],
)
def test_a_tag_says_what_a_scalar_is(text: str, tag: str, meaning: object) -> None:
    assert value(text, plain=False, tag=tag) == meaning


@pytest.mark.parametrize(("text", "tag"), [("x", "int"), ("1.5", "int"), ("x", "bool")])
def test_a_scalar_that_is_not_what_its_tag_says_is_refused(text: str, tag: str) -> None:
    with pytest.raises(Ambiguous, match=f"!!{tag}"):
        value(text, plain=False, tag=tag)


@pytest.mark.parametrize(
    ("text", "said"),
    [("1.10", "the number 1.10"), ("yes", "the truth value yes"), ("~", "nothing"), ("a", "text")],
)
def test_a_scalar_can_be_described(text: str, said: str) -> None:
    assert kind_of(Scalar(1, 1, text)) == said

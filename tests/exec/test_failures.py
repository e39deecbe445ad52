"""Errors as data: whole enough to help, small enough to send, whatever the exception does."""

from __future__ import annotations

import pytest

from dfm.errors import DfmError, NoCodec
from dfm.exec.failures import MOST_TEXT, failure_of


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001
        return caught


def test_a_failure_names_type_message_site_operation_and_node() -> None:
    failure = failure_of(ValueError("oh"), site="a", operation="ops.Op", node=3)

    (record,) = failure.errors
    assert (record.type, record.message, record.site) == ("ValueError", "oh", "a")
    assert (record.operation, record.node, record.code) == ("ops.Op", 3, "dfm-301")


def test_the_traceback_shows_the_code_that_raised() -> None:
    (record,) = failure_of(raised(ValueError("oh")), site="a").errors

    assert "raise error" in record.stack_trace


def test_an_error_of_ours_keeps_its_code_and_hint_and_needs_no_traceback() -> None:
    (record,) = failure_of(raised(NoCodec("no way", hint="another way")), site="a").errors

    assert (record.code, record.hint, record.stack_trace) == ("dfm-304", "another way", "")


def test_an_exception_that_can_not_be_printed_is_reported_all_the_same() -> None:
    (record,) = failure_of(raised(Unspeakable()), site="a").errors

    assert record.type == "Unspeakable"
    assert "can not be shown" in record.message


def test_a_huge_message_is_cut_and_says_so() -> None:
    (record,) = failure_of(raised(ValueError("x" * 10_000_000)), site="a").errors

    assert len(record.message) < MOST_TEXT + 100
    assert "characters left out" in record.message


def test_text_that_can_not_be_encoded_is_escaped() -> None:
    (record,) = failure_of(raised(ValueError("\ud800")), site="a").errors

    assert record.message == "\\ud800"


class Bare(DfmError):
    def __init__(self) -> None:
        """Say nothing of what such errors have."""


@pytest.mark.parametrize("error", [DfmError(5, hint=7), Bare()])  # type: ignore[arg-type]
def test_an_error_of_ours_that_is_not_made_as_it_should_be_is_reported(error: DfmError) -> None:
    (record,) = failure_of(raised(error), site="a").errors

    assert (type(record.message), type(record.hint)) == (str, str)
    assert record.message


def test_the_code_of_an_error_says_no_more_than_its_class() -> None:
    error = NoCodec("no way")
    error.code = "a secret"

    (record,) = failure_of(raised(error), site="a").errors

    assert record.code == "dfm-304"

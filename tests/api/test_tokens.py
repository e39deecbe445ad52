"""The tokens an application may receive instead of a value."""

import pytest

from dfm.api import ErrorInfo, ErrorToken, StopToken
from dfm.errors import StructureError


def token_of(error: Exception) -> ErrorToken:
    try:
        raise error
    except type(error) as raised:
        return ErrorToken.from_exception(raised)


def test_an_exception_becomes_its_name_text_and_traceback() -> None:
    (info,) = token_of(ValueError("too cold")).errors

    assert (info.type, info.message) == ("ValueError", "too cold")
    assert "test_tokens.py" in info.stack_trace


def test_the_traceback_is_the_exceptions_own_also_later() -> None:
    caught = None
    try:
        raise KeyError("k")
    except KeyError as error:
        caught = error

    (info,) = ErrorToken.from_exception(caught).errors

    assert "raise KeyError" in info.stack_trace


def test_merging_keeps_types_texts_and_traces() -> None:
    one, two = token_of(ValueError("a")), token_of(KeyError("b"))

    merged = ErrorToken.from_error_tokens([one, two, one])

    assert merged.errors == [*one.errors, *two.errors]


def test_merging_one_gives_that_one() -> None:
    one = token_of(ValueError("a"))

    assert ErrorToken.from_error_tokens([one]) is one


def test_merging_none_is_refused() -> None:
    with pytest.raises(StructureError):
        ErrorToken.from_error_tokens([])


def test_tokens_come_back_from_json_and_can_be_hashed() -> None:
    token = ErrorToken(errors=[ErrorInfo(type="T", message="m", stack_trace="s")])

    assert ErrorToken.model_validate_json(token.model_dump_json()) == token
    assert len({token, token, StopToken(), StopToken()}) == 2
    assert StopToken().token == "@dfm-stop-token"
    assert token.token == "@dfm-error-token"


def test_a_token_is_printed_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    token_of(ValueError("too cold")).print()

    assert "ValueError: too cold" in capsys.readouterr().out

"""`configure_session_logging`: one handler, only when asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from dfm import Federation, Pipeline, Yield
from dfm.errors import ArgumentError
from dfm.session import configure_session_logging


@pytest.fixture(autouse=True)
def logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    monkeypatch.delenv("DFM_SESSION_LOG", raising=False)
    monkeypatch.delenv("DFM_SESSION_LOG_LEVEL", raising=False)
    logger = logging.getLogger("dfm.session")
    handlers, level = list(logger.handlers), logger.level
    logger.handlers.clear()
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_nothing_is_added_unless_it_is_asked_for(logger: logging.Logger) -> None:
    assert configure_session_logging() is logger
    assert logger.handlers == []


@pytest.mark.parametrize("said", ["true", "1", "yes", "YES"])
def test_the_environment_asks_for_it(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("DFM_SESSION_LOG", said)

    configure_session_logging()

    assert len(logger.handlers) == 1
    assert logger.level == logging.INFO


def test_a_program_asks_for_it_and_twice_is_once(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_session_logging(force_enable=True)
    configure_session_logging(force_enable=True)

    logger.info("it begins")

    assert capsys.readouterr().err.count("INFO dfm.session: it begins") == 1


def test_the_level_is_that_of_the_environment(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFM_SESSION_LOG_LEVEL", "debug")

    configure_session_logging(force_enable=True)

    assert logger.level == logging.DEBUG


def test_a_level_that_is_none_is_told(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFM_SESSION_LOG_LEVEL", "DEBUGG")

    with pytest.raises(ArgumentError, match="'DEBUG', which is there"):
        configure_session_logging(force_enable=True)

    assert logger.handlers == []


def test_a_handler_that_is_there_is_left_alone(logger: logging.Logger) -> None:
    own = logging.NullHandler()
    logger.addHandler(own)

    configure_session_logging(force_enable=True)

    assert logger.handlers == [own]


def test_a_session_has_that_logger_and_debug_shows_its_plan(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    federation = Federation("harbor")
    federation.site("desk")
    session = federation.session("desk", "inline")
    with Pipeline() as pipeline:
        Yield(value=1)

    with caplog.at_level(logging.INFO, "dfm.session"):
        session.connect(debug=True)
        session.prepare(pipeline, debug=True)
        session.close(debug=True)

    assert session.logger is logger
    assert "nothing crosses between sites" in caplog.text

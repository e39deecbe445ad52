"""What the application is told of errors that came as data."""

from __future__ import annotations

from dfm.net.token import ErrorRecord
from dfm.targets.raising import run_error


def test_an_error_of_an_operation_names_the_operation() -> None:
    record = ErrorRecord("KeyError", "'x'", site="hub", operation="m.Load")

    error = run_error(record, locations={})

    assert error.message == "m.Load failed at site 'hub': KeyError: 'x'"


def test_a_bug_at_a_site_is_not_told_as_a_mistake_in_a_selection() -> None:
    record = ErrorRecord("InternalError", "nothing starts this", site="hub")

    error = run_error(record, locations={})

    assert error.message == "site 'hub' failed: InternalError: nothing starts this"

"""Where something was written is known whatever becomes of the place it was written in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.climate import LoadField

from dfm.api import Pipeline
from dfm.api.location import Location
from dfm.errors import ArgumentError


def test_a_file_below_the_working_directory_is_shown_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert str(Location(str(tmp_path / "plan.py"), 3)) == "plan.py:3"


def test_authoring_works_when_the_working_directory_has_been_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with Pipeline():
        field = LoadField(scenario="E1", first=1990)
        with pytest.raises(ArgumentError) as refusal:
            LoadField(scenario="E1", frist=1990)

    assert "test_location.py:" in field.dfm_location
    assert "test_location.py:" in refusal.value.at

"""Pipelines in files."""

import sys
from pathlib import Path

import pytest
from tests.api.climate import FEDERATION, Anything

from dfm.api import Pipeline, Yield
from dfm.errors import DeclarationError


@pytest.fixture
def pipeline() -> Pipeline:
    with Pipeline(name="kept") as p:
        Yield(value=Anything(value={"größe": (1, 2)}))
    return p


def test_a_saved_pipeline_is_loaded_equal(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "p.json"

    Pipeline.save_to_file(pipeline, file)

    assert Pipeline.load_from_file(file) == pipeline
    assert Pipeline.load_from_file(str(file), federation=FEDERATION) == pipeline


def test_folders_are_made(pipeline: Pipeline, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "p.json"

    Pipeline.save_to_file(pipeline, file)

    assert Pipeline.load_from_file(file) == pipeline


def test_files_are_indented_by_four(pipeline: Pipeline, tmp_path: Path) -> None:
    Pipeline.save_to_file(pipeline, tmp_path / "p.json")

    assert '\n    "dfm_body"' in (tmp_path / "p.json").read_text(encoding="utf-8")


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_it(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    file = tmp_path / "p.json"
    Pipeline.save_to_file(pipeline, file)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert Pipeline.load_from_file(file) == pipeline
    assert Pipeline.load_from_file(f"file://{file}") == pipeline


@pytest.mark.parametrize("scheme", ["", "file://", "memory://"])
def test_a_missing_file_is_not_found(scheme: str, tmp_path: Path) -> None:
    if scheme:
        pytest.importorskip("fsspec")

    with pytest.raises(FileNotFoundError, match=r"Pipeline file not found: .*nowhere"):
        Pipeline.load_from_file(f"{scheme}{tmp_path}/nowhere.json")


@pytest.mark.parametrize("scheme", ["file://", "memory://"])
def test_urls_are_opened_with_fsspec(scheme: str, pipeline: Pipeline, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    url = f"{scheme}{tmp_path}/deep/er/p.json"

    Pipeline.save_to_file(pipeline, url)

    assert Pipeline.load_from_file(url) == pipeline


def test_options_go_to_fsspec(pipeline: Pipeline, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    file = tmp_path / "new" / "p.json"

    Pipeline.save_to_file(pipeline, file, auto_mkdir=True)

    assert Pipeline.load_from_file(file, auto_mkdir=False) == pipeline


def test_a_protocol_nobody_knows_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(DeclarationError, match="can not be opened"):
        Pipeline.save_to_file(pipeline, "nonsense://p.json")


def test_without_fsspec_a_url_is_refused_and_a_path_is_not(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)

    Pipeline.save_to_file(pipeline, tmp_path / "p.json")

    with pytest.raises(DeclarationError, match="fsspec is not installed"):
        Pipeline.load_from_file(f"file://{tmp_path}/p.json")

"""From a file of a federation to files on disk, by function and by the earlier `ApiGen`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.codegen.harbor_package import FEDERATION

from dfm.codegen import generate_package
from dfm.errors import FederationError, UnknownName
from dfm.federation.load import load_federation
from dfm.gen.apigen import ApiGen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "configs" / "harbor.dfm.yaml"
    path.parent.mkdir()
    path.write_text(FEDERATION, "utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def test_a_package_is_written_and_its_files_are_told(file: Path, tmp_path: Path) -> None:
    found = generate_package(file, tmp_path / "src")

    fed = tmp_path / "src" / "harborfed" / "fed"
    assert {p.relative_to(fed).as_posix() for p in found} == set(contents(fed))
    assert fed / "api" / "sonar" / "__init__.py" in found


def test_what_is_written_again_is_byte_for_byte_the_same(file: Path, tmp_path: Path) -> None:
    generate_package(file, tmp_path / "a")
    generate_package(file, tmp_path / "b")
    generate_package(file, tmp_path / "b")

    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_federation_in_the_package_is_the_one_of_the_file(file: Path, tmp_path: Path) -> None:
    generate_package(file, tmp_path)

    written = tmp_path / "harborfed" / "fed" / "runtime" / "federation.dfm.yaml"
    assert load_federation(written) == load_federation(file)


def test_the_api_can_be_left_out_and_so_can_sites(file: Path, tmp_path: Path) -> None:
    found = generate_package(file, tmp_path, api=False, runtime_sites=["pier"])

    fed = tmp_path / "harborfed" / "fed"
    assert sorted({p.relative_to(fed).parts[0] for p in found}) == [
        "__init__.py",
        "py.typed",
        "runtime",
    ]
    assert not (fed / "runtime" / "office").exists()


def test_nothing_is_written_when_something_is_wrong(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        generate_package(file, tmp_path / "src", runtime_sites=["peer"])
    file.write_text(FEDERATION.replace("sonar.Clean:", "sonar.Cleen:"), "utf-8")
    with pytest.raises(FederationError):
        generate_package(file, tmp_path / "src")

    assert not (tmp_path / "src").exists()


def test_apigen_gives_the_files_it_writes(file: Path, tmp_path: Path) -> None:
    files = ApiGen.from_yaml_file(file).generate_api(outpath=tmp_path / "src")

    assert (Path("harborfed/fed/api/sonar/deep.py")) in [path for path, _ in files]
    assert all((tmp_path / "src" / path).read_text("utf-8") == text for path, text in files)


def test_apigen_gives_files_without_writing_any(file: Path, tmp_path: Path) -> None:
    files = ApiGen.from_dict(yaml.safe_load(FEDERATION)).generate_runtime(
        generate_for_sites=["pier"]
    )

    assert [path.name for path, _ in files if path.parts[3] == "pier"] == [
        "__init__.py",
        "_this_site.py",
    ]
    assert not any(path.name == "fed_info.json" or path.parts[3] == "office" for path, _ in files)
    assert list(tmp_path.iterdir()) == [file.parent]


def test_a_runtime_generated_again_replaces_the_runtime_only(file: Path, tmp_path: Path) -> None:
    generator = ApiGen.from_yaml_file(file)
    generator.generate_api(outpath=tmp_path)

    generator.generate_runtime(outpath=tmp_path, generate_for_sites=["pier"])

    fed = tmp_path / "harborfed" / "fed"
    assert (fed / "api" / "sonar" / "deep.py").exists()
    assert not (fed / "runtime" / "office").exists()
    assert json.loads((fed / "runtime" / "fed_info.json").read_text("utf-8"))["sites"]


@pytest.mark.parametrize("make", [ApiGen.from_yaml_string, ApiGen.from_json_string])
def test_apigen_reads_yaml_and_json(make: object) -> None:
    yaml_first = make is ApiGen.from_yaml_string
    text = FEDERATION if yaml_first else json.dumps(yaml.safe_load(FEDERATION))

    files = make(text).generate_api()  # type: ignore[operator]

    assert Path("harborfed/fed/schema/geo.py") in [path for path, _ in files]


def test_apigen_writes_python_only(file: Path) -> None:
    with pytest.raises(ValueError, match="no code is generated in 'java'"):
        ApiGen.from_yaml_file(file).generate_api(language="java")

"""`dfm fed gen code`: the typed package of a federation by name."""

import json
from pathlib import Path

import pytest

FEDERATION = """\
dfm: 1.0.0
info: { api-version: 0.1.0, code-package: sums }
operations:
  sums.Add:
    parameters: { left: { type: integer }, right: { type: integer } }
    required: [left, right]
    returns: integer
sites:
  desk: {}
  adder:
    interface:
      "#/operations/sums.Add": { adapter: sums.lib.add, args: from-operation }
"""


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo"
    (folder / "projects/sums/conf").mkdir(parents=True)
    (folder / "projects/sums/lib.py").write_text("mine = True\n", "utf-8")
    (folder / "projects/sums/conf/sums.dfm.yaml").write_text(FEDERATION, "utf-8")
    entry = "{federation_dir: projects/sums, config_path: conf/sums.dfm.yaml}"
    (folder / "federations.yaml").write_text(f"federations: {{adding: {entry}}}\n", "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DFM_CLI_CONFIG", raising=False)
    return folder


def runtimes(package: Path) -> set[str]:
    """The sites that have a runtime module."""
    return {path.parent.name for path in (package / "fed/runtime").glob("*/__init__.py")}


def test_the_package_is_written_above_the_federation_and_every_file_is_told(
    dfm, repo: Path
) -> None:
    ended = dfm("fed", "gen", "code", "adding")

    package = repo / "projects/sums"
    told = [Path(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert runtimes(package) == {"desk", "adder"}
    assert all(path.is_file() for path in told)
    assert package / "fed/api/sums.py" in [repo / path for path in told]
    assert (package / "lib.py").read_text("utf-8") == "mine = True\n"


def test_the_package_can_be_written_elsewhere_as_json_tells(dfm, repo: Path) -> None:
    (told,) = dfm("fed", "gen", "code", "adding", "--output-dir", "build", "--json").objects

    assert told["output_dir"] == "build"
    assert all(Path(file).is_relative_to("build") for file in told["files"])
    assert (repo / "build/sums/fed/py.typed").is_file()
    assert not (repo / "projects/sums/fed").exists()


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        (["--runtime-site", "all"], {"desk", "adder"}),
        (["--runtime-site", "desk"], {"desk"}),
        (["--runtime-site", "desk", "--runtime-site", "adder"], {"desk", "adder"}),
        (["--runtime-site", "none"], set()),
    ],
)
def test_the_runtime_is_written_for_the_sites_that_are_asked_for(
    dfm, repo: Path, chosen: list[str], written: set[str]
) -> None:
    assert dfm("fed", "gen", "code", "adding", *chosen).code == 0
    assert runtimes(repo / "projects/sums") == written


def test_without_the_api_only_runtimes_are_written(dfm, repo: Path) -> None:
    assert dfm("fed", "gen", "code", "adding", "--no-api").code == 0
    assert not (repo / "projects/sums/fed/api").exists()
    assert runtimes(repo / "projects/sums") == {"desk", "adder"}


def test_cleaning_up_removes_what_was_generated_before_and_nothing_else(dfm, repo: Path) -> None:
    dfm("fed", "gen", "code", "adding")

    dfm("fed", "gen", "code", "adding", "--cleanup", "--runtime-site", "none")

    assert runtimes(repo / "projects/sums") == set()
    assert (repo / "projects/sums/lib.py").is_file()


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (["none", "desk"], "--runtime-site none can not be combined"),
        (["all", "desk"], "--runtime-site all can not be combined"),
        (["dsk"], "'desk', which is there"),
    ],
)
def test_sites_that_make_no_sense_are_refused_and_nothing_is_written(
    dfm, repo: Path, chosen: list[str], said: str
) -> None:
    before = sorted(repo.rglob("*"))

    ended = dfm("fed", "gen", "code", "adding", *(f"--runtime-site={site}" for site in chosen))

    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert sorted(repo.rglob("*")) == before


def test_mistakes_of_the_federation_are_told_and_nothing_is_written(dfm, repo: Path) -> None:
    file = repo / "projects/sums/conf/sums.dfm.yaml"
    file.write_text(FEDERATION.replace("integer", "intejer"), "utf-8")

    ended = dfm("fed", "gen", "code", "adding", "--json")

    assert ended.code == 2
    assert f"{file}:5:" in ended.err
    assert not (repo / "projects/sums/fed").exists()


def test_a_pipeline_that_uses_the_package_can_be_submitted(dfm, repo: Path) -> None:
    (repo / "projects/sums/lib.py").write_text(
        "def add(left: int, right: int) -> int:\n    return left + right\n", "utf-8"
    )
    (repo / "uses.py").write_text(
        "from dfm import Pipeline, Yield\n"
        "from sums.fed.api.sums import Add\n"
        "def get_pipeline():\n"
        "    with Pipeline() as pipeline:\n"
        "        Yield(value=Add(left=1, right=2))\n"
        "    return pipeline\n",
        "utf-8",
    )
    dfm("fed", "gen", "code", "adding")

    ended = dfm("fed", "submit", "adding", "pipeline", "uses.py", "--target", "inline", "--json")

    assert ended.err.count("Traceback") == 0
    assert [json.loads(line)["value"] for line in ended.out.splitlines()] == [3]

"""`dfm fed config`: the list of federations."""

from pathlib import Path

import pytest

LIST = """\
# ours
federations:
  harbour:  # the first
    federation_dir: projects/harbour
    config_path: conf/harbour.dfm.yaml
"""

HARBOUR = """\
dfm: 1.0.0
info: { api-version: 0.2.0, code-package: harbour_fed }
sites: { desk: {}, pier: {} }
"""


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo"
    (folder / "projects/harbour/conf").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("DFM_CLI_CONFIG", "DFM_CLI_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def listed(repo: Path) -> Path:
    file = repo / "federations.yaml"
    file.write_text(LIST, encoding="utf-8")
    (repo / "projects/harbour/conf/harbour.dfm.yaml").write_text(HARBOUR, encoding="utf-8")
    return file


def test_all_names_are_listed(dfm, listed: Path) -> None:
    listed.write_text(LIST + "  weather: {}\n", encoding="utf-8")

    assert dfm("fed", "config", "list-all").out == "harbour, weather\n"
    assert dfm("fed", "config", "list-all", "--json").out == '["harbour", "weather"]\n'


def test_without_a_list_there_are_no_names_and_the_way_to_one_is_told(dfm) -> None:
    ended = dfm("fed", "config", "list-all")

    assert (ended.code, ended.out) == (0, "")
    assert "create-default" in ended.err


def test_a_federation_is_shown_with_what_is_in_it(dfm, listed: Path, repo: Path) -> None:
    ended = dfm("fed", "config", "show", "harbour", "--json")

    home = repo / "projects/harbour"
    assert ended.objects == [
        {
            "name": "harbour",
            "workspace_dir": str(repo / "workspace/harbour"),
            "federation_dir": str(home),
            "config_path": str(home / "conf/harbour.dfm.yaml"),
            "project_path": None,
            "module": "harbour_fed",
            "api_version": "0.2.0",
            "sites": ["desk", "pier"],
            "problem": None,
        }
    ]
    assert "sites:          desk, pier\n" in dfm("fed", "config", "show", "harbour").out


def test_showing_a_federation_makes_no_workspace(dfm, listed: Path, repo: Path) -> None:
    dfm("fed", "config", "show", "harbour")

    assert not (repo / "workspace").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["fed", "--help"], ["fed", "submit", "--help"], ["fed", "gen", "code", "--help"]],
)
def test_help_makes_nothing(dfm, repo: Path, arguments: list[str]) -> None:
    before = sorted(repo.rglob("*"))

    assert dfm(*arguments).code == 0
    assert sorted(repo.rglob("*")) == before


def test_a_broken_federation_is_shown_with_its_problem(dfm, listed: Path, repo: Path) -> None:
    (repo / "projects/harbour/conf/harbour.dfm.yaml").write_text("dfm: 2\n", encoding="utf-8")

    (shown,) = dfm("fed", "config", "show", "harbour", "--json").objects

    assert shown["module"] is None
    assert "dfm check" in shown["problem"]


def test_a_broken_federation_is_no_trouble_for_commands_about_another(dfm, listed: Path) -> None:
    broken = "  broken: {federation_dir: projects, config_path: nothing.dfm.yaml}\n  worse: 3\n"
    listed.write_text(LIST + broken, encoding="utf-8")

    assert dfm("fed", "config", "show", "harbour", "--json").objects[0]["module"] == "harbour_fed"


def test_an_unknown_federation_is_told_with_the_nearest(dfm, listed: Path) -> None:
    ended = dfm("fed", "config", "show", "harbor")

    assert ended.code == 2
    assert "federation 'harbor' is not configured" in ended.err
    assert "'harbour', which is there" in ended.err


def test_another_list_can_be_given(dfm, listed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("federations: {elsewhere: {}}\n", encoding="utf-8")

    assert dfm("fed", "-c", other, "config", "list-all").out == "elsewhere\n"
    assert dfm("fed", "-c", "nowhere.yaml", "config", "list-all").code == 2


def test_paths_are_relative_to_the_list_wherever_one_stands(
    dfm, listed: Path, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (shown,) = dfm("fed", "-c", listed, "config", "show", "harbour", "--json").objects

    assert shown["federation_dir"] == str(repo / "projects/harbour")


def test_a_new_federation_is_added_and_comments_stay(dfm, listed: Path, repo: Path) -> None:
    ended = dfm(
        *("fed", "config", "set", "weather", "--federation-dir", repo / "projects"),
        *("--config-path", "w.dfm.yaml", "--project-path", "p.yaml"),
    )

    assert ended.code == 0
    assert listed.read_text("utf-8") == LIST + (
        "  weather:\n    federation_dir: projects\n    config_path: w.dfm.yaml\n"
        "    project_path: p.yaml\n"
    )
    assert "w.dfm.yaml is not there yet" in ended.err


def test_changing_one_path_leaves_the_others_as_they_are_written(dfm, listed: Path) -> None:
    dfm("fed", "config", "set", "harbour", "--config-path", "conf/b.dfm.yaml")

    assert listed.read_text("utf-8") == LIST.replace("conf/harbour.dfm", "conf/b.dfm")


def test_a_path_from_where_one_stands_is_written_relative_to_the_federation(
    dfm, listed: Path
) -> None:
    dfm(
        "fed",
        "config",
        "set",
        "harbour",
        "--config-path",
        "projects/harbour/conf/harbour.dfm.yaml",
    )

    assert listed.read_text("utf-8") == LIST


def test_a_list_is_begun_by_the_first_federation(dfm, repo: Path) -> None:
    ended = dfm(
        *("fed", "config", "set", "a", "--federation-dir", "projects"),
        *("--config-path", "a.dfm.yaml", "--project-path", "None"),
    )

    assert ended.code == 0
    (shown,) = dfm("fed", "config", "show", "a", "--json").objects
    assert shown["config_path"] == str(repo / "projects/a.dfm.yaml")
    assert shown["project_path"] is None


def test_what_a_new_federation_lacks_is_asked_for(
    dfm, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = repo / "answers"
    answers.write_text("projects\nx.dfm.yaml\n", encoding="utf-8")

    with answers.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        ended = dfm("fed", "config", "set", "a")

    assert ended.code == 0
    (shown,) = dfm("fed", "config", "show", "a", "--json").objects
    assert shown["config_path"] == str(repo / "projects/x.dfm.yaml")


def test_when_nobody_answers_the_option_is_named_and_nothing_is_written(
    dfm, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/null").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        ended = dfm("fed", "config", "set", "a", "--federation-dir", "projects")

    assert ended.code == 2
    assert "needs --config-path" in ended.err
    assert not (repo / "federations.yaml").exists()


def test_a_project_file_can_be_taken_away(dfm, listed: Path) -> None:
    listed.write_text(LIST + "    project_path: p.yaml\n", encoding="utf-8")

    dfm("fed", "config", "set", "harbour", "--project-path", "None")

    assert listed.read_text("utf-8") == LIST


def test_a_change_after_which_an_entry_would_be_wrong_is_refused(dfm, listed: Path) -> None:
    broken = LIST + "  broken: {}\n"
    listed.write_text(broken, encoding="utf-8")

    ended = dfm("fed", "config", "set", "broken", "--federation-dir", "projects")

    assert ended.code == 2
    assert "the entry 'broken' has no config_path" in ended.err
    assert listed.read_text("utf-8") == broken


def test_a_list_in_the_workspace_gets_its_folder_when_it_is_written(dfm, repo: Path) -> None:
    (repo / ".dfm-cli.conf.yaml").write_text("federations_config_path: null\n", encoding="utf-8")

    assert dfm("fed", "config", "list-all").code == 0
    assert not (repo / "workspace").exists()
    assert dfm("fed", "config", "create-default").code == 0
    assert (repo / "workspace/fed_config.yaml").is_file()


def test_a_name_that_could_not_be_a_folder_is_refused(dfm, repo: Path) -> None:
    ended = dfm(
        *("fed", "config", "set", "../a", "--federation-dir", "projects", "--config-path", "x")
    )

    assert ended.code == 2
    assert not (repo / "federations.yaml").exists()


def test_a_federation_is_deleted_from_the_list_only(dfm, listed: Path, repo: Path) -> None:
    ended = dfm("fed", "config", "delete", "harbour")

    assert ended.code == 0
    assert dfm("fed", "config", "list-all", "--json").out == "[]\n"
    assert (repo / "projects/harbour/conf/harbour.dfm.yaml").is_file()
    assert dfm("fed", "config", "delete", "harbour").code == 2


def test_a_default_list_is_written_where_it_is_looked_for(dfm) -> None:
    assert dfm("fed", "config", "create-default").code == 0
    assert dfm("fed", "config", "list-all").out == "examplefed\n"


def test_a_default_list_can_be_written_elsewhere(dfm, repo: Path) -> None:
    (repo / "lists").mkdir()

    assert dfm("fed", "config", "create-default", "--path", "lists").code == 0
    assert dfm("fed", "config", "create-default", "--path", "other.yaml").code == 0
    for file in ("lists/federations.yaml", "other.yaml"):
        assert dfm("fed", "-c", file, "config", "list-all").out == "examplefed\n"


def test_a_default_list_can_be_written_elsewhere_beside_another_list(dfm, listed: Path) -> None:
    ended = dfm("fed", "-c", listed, "config", "create-default", "--path", "new.yaml")

    assert ended.code == 0
    assert Path("new.yaml").is_file()


def test_a_list_that_is_there_is_not_overwritten(dfm, listed: Path) -> None:
    ended = dfm("fed", "config", "create-default")

    assert ended.code == 2
    assert "there is such a file already" in ended.err
    assert listed.read_text("utf-8") == LIST

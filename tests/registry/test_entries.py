"""`federations.yaml`: what an entry means, and what editing leaves alone."""

from pathlib import Path
from textwrap import dedent

import pytest

from dfm.errors import DeclarationError
from dfm.registry import Entry, Registry


@pytest.fixture(autouse=True)
def _at_home_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DFM_CLI_CONFIG", raising=False)


def written(folder: Path, text: str, name: str = "federations.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return path


HARBOUR = """
    # ours
    federations:
      harbour:   # the first
        config_path: conf/harbour.dfm.yaml
        federation_dir: projects/harbour

      # the second
      weather: {federation_dir: 'w', config_path: w.dfm.yaml, project_path: p.yaml}
"""


def test_paths_are_relative_to_the_file_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "repo", HARBOUR)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    entry = Registry.load(file).get("harbour")

    home = tmp_path / "repo/projects/harbour"
    assert entry == Entry("harbour", home, home / "conf/harbour.dfm.yaml", None)


def test_paths_are_relative_to_the_project_that_the_file_lies_in(tmp_path: Path) -> None:
    written(tmp_path, "debug: false", ".dfm-cli.conf.yaml")
    file = written(tmp_path / "configs", HARBOUR)

    assert Registry.load(file).get("weather").federation_dir == tmp_path / "w"


def test_without_a_path_it_is_the_file_that_the_settings_name(tmp_path: Path) -> None:
    written(tmp_path, "federations_config_path: lists/ours.yaml", ".dfm-cli.conf.yaml")
    written(tmp_path, HARBOUR, "lists/ours.yaml")

    assert Registry.load().names == ("harbour", "weather")


def test_a_list_that_is_not_there_has_no_federations(tmp_path: Path) -> None:
    registry = Registry.load()

    assert registry.names == ()
    with pytest.raises(DeclarationError, match="create-default"):
        registry.get("harbour")


def test_an_unknown_name_is_told_with_the_nearest_and_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, HARBOUR)

    with pytest.raises(DeclarationError, match="'harbor' is not configured") as caught:
        Registry.load().get("harbor")

    assert caught.value.at == str(file)
    assert caught.value.hint.startswith("'harbour'")


def test_a_broken_entry_is_no_trouble_for_the_others(tmp_path: Path) -> None:
    written(tmp_path, HARBOUR + "\n      broken: 3\n")

    registry = Registry.load()

    assert registry.get("harbour").name == "harbour"
    with pytest.raises(DeclarationError, match="must be a mapping, not a number"):
        registry.get("broken")


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("federations:\n  a: 3\n", "the entry 'a' must be a mapping, not a number", ":2:3"),
        ("federations:\n  a:\n    config_path: x\n", "'a' has no federation_dir", ":2:3"),
        (
            "federations:\n  a:\n    federation_dir: [x]\n    config_path: x\n",
            "federation_dir must be a path, not a list",
            ":3:5",
        ),
        (
            "federations:\n  a:\n    federation_dir: x\n    config_path: ''\n",
            "config_path must be a path, not empty",
            ":4:5",
        ),
    ],
)
def test_what_is_wrong_in_an_entry_is_told_with_its_place(
    tmp_path: Path, text: str, said: str, at: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(DeclarationError, match=said) as caught:
        Registry.load().get("a")

    assert caught.value.at == f"{file}{at}"


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("federations: 3\n", "must be a mapping of names to entries, not a number", ":1:1"),
        ("- a\n", "holds a list and not a mapping", ":1:1"),
        ("federations: {a: {}, a: {}}\n", "duplicate key", ":1:22"),
        ("federations: [\n", "this is not YAML", ":2:1"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_place(
    tmp_path: Path, text: str, said: str, at: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(DeclarationError, match=said) as caught:
        Registry.load()

    assert caught.value.at == f"{file}{at}"


def test_bytes_that_are_not_utf_8_are_refused_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "federations.yaml"
    file.write_bytes(b"federations:\n  caf\xe9: {}\n")

    with pytest.raises(DeclarationError, match="0xe9 is not UTF-8") as caught:
        Registry.load()

    assert caught.value.at == f"{file}:2"


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "federations: " + "[" * 1200)

    with pytest.raises(DeclarationError, match=r"nested too deeply|not YAML"):
        Registry.load()


def test_a_name_that_could_leave_the_workspace_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "federations: {../x: {federation_dir: a, config_path: b}}")

    with pytest.raises(DeclarationError, match="can not be the name of a federation"):
        Registry.load().get("../x")


def test_changing_one_entry_leaves_every_other_character(tmp_path: Path) -> None:
    file = written(tmp_path, HARBOUR)
    before = file.read_text("utf-8")
    registry = Registry.load()

    registry.set("harbour", config_path="conf/new.dfm.yaml")
    registry.save()

    assert file.read_text("utf-8") == before.replace("conf/harbour.dfm", "conf/new.dfm")


@pytest.mark.parametrize(
    "text",
    [
        "---\nfederations:\n    a:\n        federation_dir: x # why\n        config_path: y\n",
        "federations:\r\n  a:\r\n    federation_dir: x\r\n    config_path: y\r\n# end\r\n",
        "other: [1, 2]\nlist:\n  - 1\n  - 2\nfederations:\n  a: {federation_dir: x}\n",
    ],
)
def test_saving_what_was_not_changed_changes_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "federations.yaml"
    file.write_bytes(text.encode())

    Registry.load().save()

    assert file.read_bytes() == text.encode()


def test_an_entry_can_be_added_and_deleted_again(tmp_path: Path) -> None:
    file = written(tmp_path, HARBOUR)
    before = file.read_text("utf-8")
    registry = Registry.load()

    registry.set("third", federation_dir="t", config_path="t.dfm.yaml")
    registry.save()
    again = Registry.load()
    assert again.get("third").config_path == tmp_path / "t/t.dfm.yaml"
    again.delete("third")
    again.save()

    assert file.read_text("utf-8") == before


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = written(tmp_path, HARBOUR, "real.yaml")
    real.chmod(0o640)
    link = tmp_path / "federations.yaml"
    link.symlink_to(real)
    registry = Registry.load()

    registry.delete("weather")
    registry.save()

    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "weather" not in real.read_text("utf-8")


def test_a_file_that_can_not_be_written_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, HARBOUR)
    before = file.read_bytes()
    registry = Registry.load()
    registry.set("third", federation_dir="t", config_path="t.dfm.yaml")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)

    with pytest.raises(DeclarationError, match="no space left"):
        registry.save()
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["federations.yaml"]


def test_a_tag_makes_no_object(tmp_path: Path) -> None:
    written(tmp_path, "federations:\n  a: !!python/object/apply:os.getcwd []\n")

    with pytest.raises(DeclarationError, match="must be a mapping, not"):
        Registry.load().get("a")


def test_a_path_that_is_no_text_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    written(tmp_path, HARBOUR)
    registry = Registry.load()

    with pytest.raises(DeclarationError, match="is not UTF-8"):
        registry.set("harbour", federation_dir="x", config_path="caf\udce9.yaml")

    assert registry.get("harbour").federation_dir == tmp_path / "projects/harbour"


def test_a_file_of_comments_only_gets_its_first_entry(tmp_path: Path) -> None:
    file = written(tmp_path, "# nothing yet\n")
    registry = Registry.load()

    registry.set("a", federation_dir="x", config_path="y")
    registry.save()

    assert Registry.load().names == ("a",)
    assert file.read_text("utf-8").startswith("# nothing yet\nfederations:\n")


def test_what_another_program_wrote_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, HARBOUR)
    first, second = Registry.load(path), Registry.load(path)
    second.set("river", federation_dir="r", config_path="r.dfm.yaml")
    second.save()

    first.delete("harbour")
    with pytest.raises(DeclarationError, match="another program has changed"):
        first.save()

    assert Registry.load(path).names == ("harbour", "weather", "river")


def test_one_who_saves_twice_meets_nobody_else(tmp_path: Path) -> None:
    registry = Registry.load(tmp_path / "new" / "federations.yaml")
    registry.set("river", federation_dir="r", config_path="r.dfm.yaml")
    registry.save()
    registry.set("lake", federation_dir="l", config_path="l.dfm.yaml")
    registry.save()

    assert Registry.load(registry.path).names == ("river", "lake")

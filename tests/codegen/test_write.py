"""Files are written all or none, and only where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfm.codegen import write
from dfm.errors import DeclarationError

FILES = {"p/fed/__init__.py": "", "p/fed/api/a.py": "x = 1\n", "p/fed/fed_info.json": "{}"}


def tree(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text("utf-8")
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_what_was_written_is_returned_and_the_package_is_made(tmp_path: Path) -> None:
    found = write(FILES, tmp_path / "new" / "src", "p")

    assert [p.relative_to(tmp_path / "new" / "src").as_posix() for p in found] == sorted(FILES)
    assert tree(tmp_path / "new" / "src") == {**FILES, "p/__init__.py": ""}


def test_what_the_user_wrote_stays(tmp_path: Path) -> None:
    own = {"p/__init__.py": "import this\n", "p/lib/adapters.py": "def f(): ...\n", "README": "!"}
    for path, text in own.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")

    write(FILES, tmp_path, "p", cleanup=True)

    assert tree(tmp_path) == {**own, **FILES}


def test_an_earlier_run_stays_unless_it_is_cleaned_up(tmp_path: Path) -> None:
    write({**FILES, "p/fed/api/old.py": "y = 2\n"}, tmp_path, "p")

    write(FILES, tmp_path, "p")
    stayed = (tmp_path / "p/fed/api/old.py").exists()
    write(FILES, tmp_path, "p", cleanup=True)

    assert stayed
    assert not (tmp_path / "p/fed/api/old.py").exists()


def test_a_module_that_becomes_a_package_leaves_nothing_behind(tmp_path: Path) -> None:
    write(FILES, tmp_path, "p")

    write({"p/fed/api/a/__init__.py": "", "p/fed/api/a/b.py": ""}, tmp_path, "p")
    packaged = sorted(tree(tmp_path / "p/fed/api"))
    write(FILES, tmp_path, "p")

    assert packaged == ["a/__init__.py", "a/b.py"]
    assert sorted(tree(tmp_path / "p/fed/api")) == ["a.py"]


@pytest.mark.parametrize("path", ["p/lib/x.py", "p/fed/../x.py", "q/fed/x.py", "/p/fed/x.py"])
def test_a_file_that_belongs_elsewhere_is_refused_before_anything_is_written(
    tmp_path: Path, path: str
) -> None:
    with pytest.raises(DeclarationError, match="is not in p/fed"):
        write({**FILES, path: ""}, tmp_path, "p")

    assert tree(tmp_path) == {}


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    write(FILES, tmp_path, "p")

    with pytest.raises(DeclarationError, match="can not be written"):
        write({"p/fed/api/a.py": "new", "p/fed/" + "n" * 300 + ".py": ""}, tmp_path, "p")

    assert tree(tmp_path) == {**FILES, "p/__init__.py": ""}
    assert [p.name for p in (tmp_path / "p").iterdir() if p.name.startswith(".")] == []


def test_a_link_in_place_of_the_package_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "fed").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    with pytest.raises(DeclarationError, match="is a link"):
        write(FILES, tmp_path, "p")

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(DeclarationError, match="can not be written"):
        write(FILES, tmp_path / "file", "p")

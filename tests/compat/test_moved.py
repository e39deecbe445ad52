"""A whole project of nv-dfm-core, moved by `dfm migrate` and nothing else, runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.compat import greeter, test_greeter, workshop
from tests.compat.projects import TARGETS, generate, run, write_project
from tests.compat.test_saved_pipelines import node, operation, reference, saved, yielded

from dfm.cli.migrate import command

pytestmark = pytest.mark.deadline(180)

LOADING = """
import json
import sys

from dfm.api import Pipeline
from greeter.fed.runtime.concierge import get_session
import greeter.fed.site.concierge.users

pipeline = Pipeline.load_from_file("saved.json")
with get_session(target=sys.argv[1]) as session:
    print(json.dumps(session.execute(session.prepare(pipeline)).result()))
"""


def as_it_was(text: str) -> str:
    """Return the text of a file as it was written for nv-dfm-core."""
    return text.replace("from dfm.", "from nv_dfm_core.").replace(
        "import dfm.", "import nv_dfm_core."
    )


def moved(folder: Path, federation: str, files: dict[str, str], package: str) -> Path:
    """Write a project of nv-dfm-core and move it; return its federation file."""
    before = {name: as_it_was(text) for name, text in files.items()}
    file = write_project(folder, as_it_was(federation), before, package)
    done = CliRunner().invoke(command, [str(folder), "--no-backup"])
    assert done.exit_code == 0, done.output
    return file


@pytest.mark.parametrize("target", TARGETS)
def test_the_greeter_runs_after_moving(target: str, tmp_path: Path) -> None:
    files = {**greeter.FILES, "program.py": test_greeter.PROGRAM}
    generate(moved(tmp_path, greeter.FEDERATION, files, greeter.PACKAGE))

    told = run((tmp_path / "program.py").read_text("utf-8"), tmp_path, target)

    test_greeter.check(told, told["seen"])


@pytest.mark.parametrize("target", TARGETS)
def test_a_saved_pipeline_runs_before_and_after_moving(target: str, tmp_path: Path) -> None:
    site_class = "greeter.fed.site.concierge.users.GreetMe"
    greeting = operation(site_class, 0, site="concierge", name="Ada", message="Yo {name}")
    text = saved(greeting, yielded(1, reference(0)))
    write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE)
    generate(tmp_path / "greeter.dfm.yaml")
    (tmp_path / "saved.json").write_text(text)

    before = run(LOADING, tmp_path, target)
    CliRunner().invoke(command, [str(tmp_path / "saved.json"), "--no-backup"])
    after = run(LOADING, tmp_path, target)

    assert before == after == {"yield": "Yo Ada"}
    assert json.loads((tmp_path / "saved.json").read_text())["dfm_body"][0]["dfm_node_id"] == node(
        0
    )
    assert "nv_dfm_core" not in (tmp_path / "saved.json").read_text()


def test_a_project_with_classes_of_its_own_has_nothing_left_to_move(tmp_path: Path) -> None:
    moved(tmp_path, workshop.FEDERATION, workshop.FILES, workshop.PACKAGE)

    checked = CliRunner().invoke(command, [str(tmp_path), "--check"])

    assert checked.exit_code == 0
    assert {name: (tmp_path / name).read_text("utf-8") for name in workshop.FILES} == workshop.FILES

"""Generated code is typed: pyright finds nothing in it, and the mistakes of those who use it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.codegen.harbor_package import harbor

import dfm

pytestmark = pytest.mark.deadline(240)

HEAD = """\
from dfm import ForEach, Pipeline, PlaceParam, Yield
from harborfed.fed.api.sonar import Clean, Scan
from harborfed.fed.api.sonar.deep import lower_case
from harborfed.fed.runtime.office import API_VERSION, get_session
from harborfed.fed.schema.geo import Window
from harborfed.fed.site.pier.radar.sonar import Scan as RadarScan
from harborfed.fed.site.pier.sonar import Scan as PierScan
"""
RIGHT = """
version: str = API_VERSION
with Pipeline() as p:
    scan = Scan(window=Window(west=1, east=2, class_="x"), max_rows=3, quality="draft", site="pier")
    at_pier = PierScan(window={"west": 1}, max_rows=PlaceParam("rows"), unit="feet", copy=True)
    by_radar = RadarScan(window=scan, max_rows=3, provider="radar", retries=2, str="x")
    with ForEach(seq=lower_case(tags=["a", scan])) as tag:
        Yield(value=Clean(scan=tag, timeout=1, dfm_timeout=2.5, dfm_after=scan))
    any_scan: Scan = at_pier
    rows = scan.max_rows
with get_session(target="inline") as session:
    session.execute(p, {"rows": 3}).result()
"""
WRONG = {
    'Window(west="far", east=2)': "west",
    'Scan(window=w, max_rows="3")': "max_rows",
    'Scan(window=w, max_rows=3, qualty="draft")': "qualty",
    'Scan(window=w, max_rows=3, quality="drafty")': "quality",
    'Scan(window=w, max_rows=3, quality=PlaceParam("q"))': "quality",
    "Scan(window=w)": "max_rows",
    'Scan(window=w, max_rows=3, unit="feet")': "unit",
    'PierScan(window=w, max_rows=3, site="cloud")': "site",
    'PierScan(window=w, max_rows=3, provider="radar")': "provider",
    'RadarScan(window=w, max_rows=3, unit="feet")': "unit",
    'Clean(scan={"a": 1})': "scan",
    'lower_case(tags="abc")': "tags",
    'lower_case(["abc"])': "positional",
    'Yield(value=Scan(window=w, max_rows=3, timeout="soon"))': "timeout",
    'get_session(logger="loud")': "logger",
}


def complaints(folder: Path, *files: str) -> list[tuple[int, str]]:
    """Return what pyright says of files in a folder: line and message, in strict mode."""
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(Path(dfm.__file__).parents[1])]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(
        [*command, *files], cwd=folder, capture_output=True, text=True, check=False
    )
    if not done.stdout.startswith("{"):
        pytest.fail(f"pyright did not start: {done.stdout}{done.stderr}")
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] > 0
    found = said["generalDiagnostics"]
    return [(d["range"]["start"]["line"], d["message"]) for d in found]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harbor(tmp_path_factory.mktemp("harbor"))


def test_nothing_is_wrong_with_generated_code_or_the_right_use_of_it(tmp_path: Path) -> None:
    harbor(tmp_path)
    (tmp_path / "use.py").write_text(HEAD + RIGHT, "utf-8")
    for part in ("api", "site", "schema"):  # what uses no code of the federation's own: strictly
        for file in (tmp_path / "harborfed" / "fed" / part).rglob("*.py"):
            strict = re.sub(r"^# pyright: .*\n", "", file.read_text("utf-8"), flags=re.MULTILINE)
            file.write_text(strict, "utf-8")

    assert complaints(tmp_path, "use.py", "harborfed/fed") == []


def test_each_wrong_use_is_found(folder: Path) -> None:
    lines = ["with Pipeline():", "    w = Window(west=1, east=2)", *(f"    {w}" for w in WRONG)]
    (folder / "wrong.py").write_text(HEAD + "\n".join(lines), "utf-8")
    first = len(HEAD.splitlines()) + 2

    found = dict(complaints(folder, "wrong.py"))

    missed = [w for n, w in enumerate(WRONG, first) if WRONG[w] not in found.get(n, "")]
    assert missed == []


def test_a_class_that_is_not_installed_is_no_mistake_of_the_package(tmp_path: Path) -> None:
    harbor(tmp_path)
    (tmp_path / "harborfed" / "lib" / "types.py").unlink()

    assert complaints(tmp_path, "harborfed/fed/api") == []

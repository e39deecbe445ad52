"""Generated packages are imported and used as they are, by programs of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.codegen.harbor_package import harbor, printed

pytestmark = pytest.mark.deadline(120)

HEAD = """\
from dfm import DfmError, Pipeline, Yield
from harborfed.fed import federation
from harborfed.fed.api import Root
from harborfed.fed.api.sonar import Clean, Scan
from harborfed.fed.api.sonar.deep import lower_case
from harborfed.fed.runtime.office import API_VERSION, get_session
from harborfed.fed.schema.geo import Window
from harborfed.fed.site.pier.radar.sonar import Scan as RadarScan
from harborfed.fed.site.pier.sonar import Scan as PierScan

def refused(write):
    try:
        with Pipeline():
            write()
    except DfmError as error:
        print(error.message)

"""
WINDOW = "window={'west': 1, 'east': 2}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harbor(tmp_path_factory.mktemp("harbor"))


@pytest.mark.parametrize("target", ["inline", "local"])
def test_operations_of_every_kind_run(folder: Path, target: str) -> None:
    program = f"""
if __name__ == "__main__":
    with get_session(target={target!r}) as session:
        with Pipeline() as p:
            Yield(value=Scan({WINDOW}, max_rows=3), place="any")
            here = PierScan(window=Window(west=1, east=2), max_rows=3, unit="", gain=0)
            Yield(value=Clean(scan=here), place="pier")
            Yield(value=RadarScan({WINDOW}, max_rows=4), place="radar")
            Yield(value=[lower_case(tags=["A"]), Root()], place="rest")
        for place, value in sorted(session.execute(p).result().items()):
            print(place, value)
"""

    said = printed(folder, HEAD + program)

    assert said.splitlines() == [
        "any {'west': 1, 'rows': 3, 'gain': 2.5, 'unit': 'metres'}",
        "pier {'west': 1.0, 'rows': 3, 'gain': 0, 'unit': '', 'clean': True}",
        "radar {'rows': 4, 'url': 'http://radar'}",
        "rest [['a'], 'root']",
    ]


def test_a_class_of_an_operation_is_the_one_of_the_federation(folder: Path) -> None:
    said = printed(folder, HEAD + "print(Scan is federation().operation('sonar.Scan'))")

    assert said == "True\n"


def test_arguments_are_checked_as_elsewhere(folder: Path) -> None:
    program = f"""
refused(lambda: Scan({WINDOW}, max_rows=0))
refused(lambda: Scan({WINDOW}))
refused(lambda: PierScan({WINDOW}, max_rows=1, quality="drafty"))
refused(lambda: PierScan(window={{'west': 1}}, max_rows=1))
"""

    said = printed(folder, HEAD + program).splitlines()

    assert "Input should be greater than or equal to 1" in said[0]
    assert said[1] == "sonar.Scan needs the argument 'max_rows'"
    assert "'drafty'" in said[2]
    assert "'east'" in said[3]


def test_a_class_of_a_site_is_for_no_other_place(folder: Path) -> None:
    program = f"""
refused(lambda: PierScan({WINDOW}, max_rows=1, site="office"))
refused(lambda: PierScan({WINDOW}, max_rows=1, provider="radar"))
refused(lambda: RadarScan({WINDOW}, max_rows=1, provider=None))
refused(lambda: RadarScan({WINDOW}, max_rows=1, unit="feet"))
with Pipeline():
    scan = RadarScan({WINDOW}, max_rows=1)
print(scan.site, scan.provider)
"""

    said = printed(folder, HEAD + program).splitlines()

    assert said == [
        "harborfed.fed.site.pier.sonar.Scan is for site='pier', not 'office'",
        "harborfed.fed.site.pier.sonar.Scan is for provider=None, not 'radar'",
        "harborfed.fed.site.pier.radar.sonar.Scan is for provider='radar', not None",
        "sonar.Scan takes no argument 'unit'",
        "pier radar",
    ]


@pytest.mark.parametrize("context", ["None", "{'federation': federation()}"])
def test_a_pipeline_comes_back_from_json_with_the_classes_it_had(
    folder: Path, context: str
) -> None:
    program = f"""
with Pipeline() as p:
    Yield(value=[Scan({WINDOW}, max_rows=1), lower_case(tags=["A"])])
    Yield(value=[PierScan({WINDOW}, max_rows=1), RadarScan({WINDOW}, max_rows=1)], place="b")
text = p.model_dump_json()
read = Pipeline.model_validate_json(text, context={context})
print(read == p, read.model_dump_json() == text)
print([type(s) for s in read.dfm_walk()] == [type(s) for s in p.dfm_walk()])
"""

    said = printed(folder, HEAD + program)

    assert said.splitlines() == ["True True", "True"]


def test_a_value_of_a_schema_is_saved_as_its_data(folder: Path) -> None:
    program = """
with Pipeline() as p:
    Scan(window=Window(west=1, east=2, class_="x"), max_rows=1)
read = Pipeline.model_validate_json(p.model_dump_json())
print(read.dfm_body[0].window == {"west": 1.0, "east": 2.0, "class": "x"})
"""

    assert printed(folder, HEAD + program) == "True\n"


def test_schemas_check_their_values(folder: Path) -> None:
    program = """
from pydantic import ValidationError
from harborfed.fed.schema.route import Leg, Mode
print(Leg(through=Window(west=1, east=2)).stops, Mode)
for given in ({"west": -200, "east": 1}, {"west": 1}):
    try:
        Window(**given)
    except ValidationError as error:
        print(error.errors()[0]["type"])
"""

    said = printed(folder, HEAD + program)

    assert said.splitlines() == [
        "None typing.Literal['sail', 'motor']",
        "greater_than_equal",
        "missing",
    ]


def test_a_site_is_an_object_with_its_providers(folder: Path) -> None:
    program = """
from dfm.exec import DfmContext
from harborfed.fed.runtime.pier import ThisSite
site = ThisSite(DfmContext("harborfed", "pier", "office"))
print(API_VERSION, [c.__name__ for c in ThisSite.__mro__][:3])
print(site.port, site.radar.base_url, site.radar.site is site)
"""

    said = printed(folder, HEAD + program)

    assert said.splitlines() == [
        "3.2.1 ['ThisSite', 'PierSite', 'Site']",
        "/dev/ttyS0 http://radar True",
    ]


def test_an_application_needs_no_code_of_the_sites(tmp_path: Path) -> None:
    harbor(tmp_path)
    (tmp_path / "harborfed" / "lib" / "sites.py").write_text("raise ImportError('no')", "utf-8")
    program = "from harborfed.fed.runtime.pier import get_session\nprint(get_session())"

    said = printed(tmp_path, program)

    assert said.startswith("<Session"), said

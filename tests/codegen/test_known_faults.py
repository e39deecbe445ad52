"""What generated code did wrong elsewhere, and does right here, by the numbers of a list of faults.

Others of that list have tests where they belong: A1, A7, A9, A11, A15, A19 and A24 in this folder,
A2 to A6, A8, A26 and A28 in `tests/compat`, A31 in `tests/discovery`, the rest in
`tests/federation/test_known_faults.py`.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.codegen.harbor_package import FEDERATION, harbor, printed

from dfm.codegen import generate
from dfm.federation.load import parse_federation
from dfm.gen.apigen import ApiGen


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harbor(tmp_path_factory.mktemp("harbor"))


def test_a16_a_schema_by_another_name_is_that_schema(folder: Path) -> None:
    program = "from harborfed.fed.schema.geo import Box, Window\nprint(Box is Window)\n"

    assert printed(folder, program) == "True\n"


def test_a18_a_member_that_may_be_missing_may_be_none(folder: Path) -> None:
    program = """
from harborfed.fed.schema.geo import Window
from harborfed.fed.schema.route import Leg
print(Leg(through=Window(west=1, east=2), stops=None).stops)
"""

    assert printed(folder, program) == "None\n"


def test_a20_the_callers_logger_stays_as_it_is(tmp_path: Path) -> None:
    logger = logging.getLogger("harbor")
    logger.setLevel(logging.ERROR)

    generator = ApiGen(parse_federation(FEDERATION), FEDERATION, logger=logger)
    generator.generate_api(outpath=tmp_path)

    assert logger.level == logging.ERROR


def test_a21_what_is_there_is_looked_for_in_the_output_and_not_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "harborfed").mkdir(parents=True)
    (tmp_path / "here" / "harborfed" / "__init__.py").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path / "here")

    ApiGen(parse_federation(FEDERATION), FEDERATION).generate_api(outpath=tmp_path / "there")

    assert (tmp_path / "there" / "harborfed" / "__init__.py").exists()


def test_a29_nobody_else_claims_the_files_of_a_user() -> None:
    files = generate(parse_federation(FEDERATION), FEDERATION)

    assert not [path for path, text in files.items() if "copyright" in text.lower()]

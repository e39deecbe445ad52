"""The greeter, by a session that is given nothing but the name of the federation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat import greeter, test_greeter
from tests.compat.projects import TARGETS, generate, run, write_project

pytestmark = pytest.mark.deadline(180)

BY_NAME = """session = Session(
        federation_name="greeter",
        homesite="concierge",
        target=target,
        logger=logging.getLogger("greeter"),
        callback_dispatcher=DirectDispatcher(),
    )"""

GENERATED = (
    test_greeter.PROGRAM.replace(
        "from greeter.fed.api", "from dfm.session import DirectDispatcher, Session\n\n"
        "from greeter.fed.api"
    )
    .replace("import API_VERSION, get_session", "import API_VERSION")
    .replace('session = get_session(target=target, logger=logging.getLogger("greeter"))', BY_NAME)
)  # fmt: skip

FROM_THE_FILE = """\
import json
import sys

from dfm import Federation
from dfm.api import Pipeline, Yield
from dfm.session import ManualDispatcher, Session


def main(target):
    session = Session("greeter", "concierge", target, None, ManualDispatcher())
    GreetMe = Federation.of(session.federation).operations.users.GreetMe
    with Pipeline() as pipeline:
        Yield(value=GreetMe(site="server", name="Ada"), place="server")
    values = []
    with session:
        job = session.execute(
            session.prepare(pipeline),
            place_callbacks={"server": lambda *arguments: values.append(arguments[-1])},
        )
        job.wait_until_finished(timeout=60)
        waiting = list(values)
        job.callback_runner.process_pending()
    return [waiting, values]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
"""


@pytest.mark.parametrize("target", TARGETS)
def test_the_generated_package_is_found_by_the_name(target: str, tmp_path: Path) -> None:
    file = write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE)
    generate(file)
    file.unlink()

    told = run(GENERATED, tmp_path, target)

    test_greeter.check(told, told["seen"])


@pytest.mark.parametrize("place", [".", "configs", "greeter"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_federation_file_is_found_by_the_name(target: str, place: str, tmp_path: Path) -> None:
    file = write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE)
    (tmp_path / place).mkdir(exist_ok=True)
    file.rename(tmp_path / place / "other.dfm.yaml")

    told = run(FROM_THE_FILE, tmp_path, target)

    assert told == [[], ["The server greets Ada."]]

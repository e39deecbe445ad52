"""The greeter: the same operation at three sites, with an argument that one of them exposes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat import greeter
from tests.compat.projects import TARGETS, generate, run, write_project

pytestmark = pytest.mark.deadline(180)

# As an application has it, but for the last line.
PROGRAM = """\
import json
import logging
import sys

from dfm.api import ErrorToken, Pipeline, PlaceParam, StopToken, Yield

from greeter.fed.api.users import GreetMe
from greeter.fed.runtime.concierge import API_VERSION, get_session
from greeter.fed.site.concierge.users import GreetMe as GreetMeAtConcierge


def main(target):
    seen = []

    def callback(from_site, from_node, frame, to_place, data):
        if isinstance(data, ErrorToken):
            data.print()
        elif isinstance(data, StopToken):
            seen.append([to_place, "stop", str(frame.is_stop_frame())])
        else:
            seen.append([to_place, data, from_site])

    session = get_session(target=target, logger=logging.getLogger("greeter"))
    session.connect()
    with Pipeline(name="greetings") as pipeline:
        name = PlaceParam(place="name", multiuse=True)
        Yield(value=GreetMe(site="server", name=name), place="server")
        Yield(value=GreetMe(site="reception", name=name), place="reception")
        Yield(value=GreetMe(site="concierge", name=name), place="configured")
        Yield(value=GreetMeAtConcierge(name=name, message="Yo {name}"), place="chosen")
    prepared = session.prepare(pipeline)
    job = session.execute(
        prepared, input_params={"name": "Ada"}, default_callback=callback
    )
    done = job.wait_until_finished(timeout=60)
    status = job.get_status().name
    session.close()
    return {"seen": seen, "done": done, "status": status, "version": API_VERSION,
            "sites": sorted(prepared.get_participating_sites())}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
"""

NOT_GENERATED = PROGRAM.replace(
    """from greeter.fed.api.users import GreetMe
from greeter.fed.runtime.concierge import API_VERSION, get_session
from greeter.fed.site.concierge.users import GreetMe as GreetMeAtConcierge
""",
    """from dfm import Federation
from dfm.api.generated import operation_at

federation = Federation.load("greeter.dfm.yaml")
GreetMe = federation.operations.users.GreetMe
GreetMeAtConcierge = operation_at(GreetMe, "concierge")
API_VERSION = federation.spec.api_version
""",
).replace("get_session(", "federation.session(homesite='concierge', ")

GREETINGS = {
    "server": "The server greets Ada.",
    "reception": "Welcome to the greeter, dear Ada, on 2024-06-01.",
    "configured": "Hello, Ada!",
    "chosen": "Yo Ada",
}


def check(told: dict[str, object], seen: list[list[str]]) -> None:
    assert {place: value for place, value, _ in seen if value != "stop"} == GREETINGS
    assert [event for event in seen if event[1] == "stop"] == [
        ["_dfm_status_", "stop", "False"],
        ["_dfm_status_", "stop", "True"],
    ]
    assert told["done"] is True
    assert told["status"] == "FINISHED"
    assert told["version"] == "1.0.0"
    assert told["sites"] == ["concierge", "reception", "server"]


@pytest.mark.parametrize("target", TARGETS)
def test_the_generated_package_greets_from_all_three_sites(target: str, tmp_path: Path) -> None:
    generate(write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE))

    told = run(PROGRAM, tmp_path, target)

    check(told, told["seen"])


@pytest.mark.parametrize("target", TARGETS)
def test_the_federation_file_alone_greets_from_all_three_sites(target: str, tmp_path: Path) -> None:
    write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE)

    told = run(NOT_GENERATED, tmp_path, target)

    check(told, told["seen"])

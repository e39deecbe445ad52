"""The workshop: sites, providers, vaults and adapters of owners' own, with every binding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.compat import workshop
from tests.compat.projects import TARGETS, generate, run, write_project

pytestmark = pytest.mark.deadline(180)

GENERATED = """\
from workshop.fed.runtime.office import get_session
from workshop.fed.site.shed.tools import Drill, Polish, Saw
from workshop.fed.site.shed.paintshop import tools as paintshop
from workshop.fed.site.yard.tools import Paint as PaintAtYard

DrillInShop = paintshop.Drill
PaintInShop = paintshop.Paint
"""

NOT_GENERATED = """\
from functools import partial

from dfm import Federation
from dfm.api.generated import operation_at

FEDERATION = Federation.load("workshop.dfm.yaml")
Drill = operation_at(FEDERATION.operation("tools.Drill"), "shed")
Saw = operation_at(FEDERATION.operation("tools.Saw"), "shed")
Polish = operation_at(FEDERATION.operation("tools.Polish"), "shed")
DrillInShop = operation_at(FEDERATION.operation("tools.Drill"), "shed", "paintshop")
PaintInShop = operation_at(FEDERATION.operation("tools.Paint"), "shed", "paintshop")
PaintAtYard = operation_at(FEDERATION.operation("tools.Paint"), "yard")
get_session = partial(FEDERATION.session, "office")
"""

PROGRAM = """
import json
import sys

from dfm.api import DISCOVERY_PLACE_NAME, Advise, Pipeline, Yield


def results(session):
    with Pipeline() as pipeline:
        Yield(place="drill", value=Drill(depth=1))
        Yield(place="exposed", value=Drill(depth=1, zero=4, off=True, loud=0))
        Yield(place="saw", value=Saw(wood="pine"))
        Yield(place="polish", value=Polish())
        Yield(place="paint", value=PaintInShop(colour="red"))
        Yield(place="shop", value=DrillInShop(depth=2))
        Yield(place="yard", value=PaintAtYard(colour="blue"))
        Yield(place="keyless", value=PaintAtYard(colour="blue", key=""))
    return session.execute(session.prepare(pipeline)).result()


def advice(session):
    found = {}

    def on_advice(from_site, from_node, frame, to_place, data):
        found.update({node.ident: str(advice) for node, *_, advice in data})

    with Pipeline(mode="discovery") as pipeline:
        Saw(wood=Advise(), mode=Advise())
        Drill(depth=Advise())
        Saw(wood="stone", mode=Advise())
    job = session.execute(
        session.prepare(pipeline), place_callbacks={DISCOVERY_PLACE_NAME: on_advice}
    )
    job.wait_until_finished(timeout=60)
    return [found[node] for node in sorted(found)]


if __name__ == "__main__":
    with get_session(target=sys.argv[1]) as session:
        print(json.dumps({"results": results(session), "advice": advice(session)}))
"""


@pytest.fixture(
    scope="module",
    params=[(way, target) for way in ("generated", "not generated") for target in TARGETS],
    ids="-".join,
)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the program once for each way and target; return what it tells."""
    way, target = request.param
    folder: Path = tmp_path_factory.mktemp("workshop")
    file = write_project(folder, workshop.FEDERATION, workshop.FILES, workshop.PACKAGE)
    if way == "generated":
        generate(file)
    names = GENERATED if way == "generated" else NOT_GENERATED
    return run(names + PROGRAM, folder, target, DFM_SECRET_PAINT_KEY="12345678")


def test_operations_of_a_provider_run(told: Any) -> None:
    """A2: what was generated for a provider could never run."""
    assert told["results"]["shop"] == {
        "depth": 2,
        "speed": 7,
        "shop": "paintshop of workshop",
    }


def test_constants_are_passed_as_they_are_falsy_ones_too(told: Any) -> None:
    """A3: those that are false in Python were lost, and true, false and null became names."""
    given = told["results"]["drill"]

    constants = ("zero", "off", "yes", "empty", "nothing", "none_of", "inner", "loud")
    assert [given[name] for name in constants] == [
        0,
        False,
        True,
        "",
        None,
        [],
        {"deep": [True, None, 0.0]},
        5,
    ]


def test_a_providers_attributes_and_properties_reach_adapters(told: Any) -> None:
    """A4: from-provider named what was never made."""
    assert told["results"]["saw"]["station"] == "paintshop of workshop"
    assert told["results"]["paint"] == {
        "colour": "red",
        "url": "http://paint.local",
        "layers": 0,
        "same": True,
    }


def test_what_an_author_gives_for_an_exposed_argument_wins_falsy_or_not(told: Any) -> None:
    """A5: a falsy value was taken for none."""
    given = told["results"]["exposed"]

    assert [given[name] for name in ("zero", "off", "loud")] == [4, True, 0]
    assert told["results"]["keyless"]["key"] == 0


def test_one_class_with_two_settings_is_two_adapters(told: Any) -> None:
    """A6: the settings that were written last were those of both."""
    assert told["results"]["saw"]["blade"] == "fine"
    assert told["results"]["polish"]["blade"] == "coarse"


def test_adapters_that_are_not_async_give_advice(told: Any) -> None:
    """A8: asking one for advice ended its site."""
    assert told["advice"] == [
        "wood:\n  'oak'\n    mode: 'oak-wise'\n  'pine'\n    mode: 'pine-wise'",
        "depth: one of 1, 2, 3",
        "wood: 'stone': error: 'stone' is not good; try one of 'oak', 'pine'",
    ]


def test_a_default_of_a_parameter_reaches_the_adapter(told: Any) -> None:
    """A9: it was lost."""
    assert told["results"]["drill"]["speed"] == 7
    assert told["results"]["shop"]["speed"] == 7


def test_a_plain_text_is_a_constant(told: Any) -> None:
    """A26: it was read and then forgotten."""
    assert told["results"]["drill"]["unit"] == "plain text"


def test_a_site_class_of_the_owners_own_is_made_with_its_settings(told: Any) -> None:
    saw = told["results"]["saw"]

    assert saw["port"] == "/dev/ttyS0 debug=False ['book']"
    assert (saw["federation"], saw["version"]) == ("workshop", "2.1.0")
    assert told["results"]["yard"]["site"] == "yard"


def test_secrets_come_from_the_vault_of_the_owners_own_or_the_environment(told: Any) -> None:
    assert told["results"]["saw"]["token"] == len("s3cret")
    assert told["results"]["yard"]["key"] == len("12345678")


def test_a_parameter_that_is_not_given_is_none(told: Any) -> None:
    assert told["results"]["saw"]["mode"] is None


def test_adapters_write_to_the_storage_of_their_site(told: Any) -> None:
    assert told["results"]["saw"]["cached"] == "pine fine"


def test_adapters_are_given_their_settings_their_site_and_no_provider(told: Any) -> None:
    assert told["results"]["drill"]["retries"] == 3
    assert told["results"]["drill"]["provider"] is True

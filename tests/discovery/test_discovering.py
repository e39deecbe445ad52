"""Asking a federation from a session, on every target: what an application gets, and when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.discovery.archives import archives

from dfm import (
    Advise,
    BestOf,
    Federation,
    ForEach,
    Frame,
    If,
    JobStatus,
    Pipeline,
    PlaceParam,
    Session,
    StopToken,
    Yield,
    well_known_id,
)
from dfm.api import DISCOVERY_PLACE_NAME, STATUS_PLACE_NAME, GreaterThan, NodeId
from dfm.api.discovery import BranchFieldAdvice, ErrorFieldAdvice, SingleFieldAdvice
from dfm.errors import (
    ArgumentError,
    CorruptMessage,
    SessionClosed,
    SiteLost,
    UnknownName,
    WaitTimeout,
)
from dfm.net.model import Yield as NetYield
from dfm.session.tokens import Arrival, tokens_of
from dfm.wire import Codecs
from dfm.wire.messages import TokenPackage

LIMIT = 20.0


@pytest.fixture(params=["inline", "local"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with archives().session(homesite="home", target=request.param) as session:
        yield session


@pytest.fixture
def ops(session: Session) -> Any:
    return Federation.of(session.federation).operations.archive


def asking() -> Pipeline:
    """A pipeline to ask with."""
    return Pipeline(name="ask", mode="discovery")


def test_all_who_could_run_an_operation_advise_on_it(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        load = ops.Load(provider=BestOf())

    answers = session.discover(pipeline, timeout=LIMIT)[load]

    assert [(who, list(advice or ())) for who, advice in answers.items()] == [
        (("oslo", None), ["A1B", "20C3M"]),
        (("oslo", "mirror"), ["E1"]),
        (("bergen", None), ["A1B"]),
        (("bergen", "mirror"), ["E1"]),
    ]


def test_the_tree_can_be_walked_from_choice_to_choice(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        load = ops.Load(site="oslo")

    tree = session.discover(pipeline, timeout=LIMIT)[load]["oslo", None]

    assert isinstance(tree, BranchFieldAdvice)
    days = tree.select("20C3M")
    assert days == SingleFieldAdvice(
        "day",
        {"startdate": "1860", "enddate": "1999"},
        SingleFieldAdvice("variables", ["tas", "pr"]),
    )
    with pytest.raises(ArgumentError, match="'20C3' is not among"):
        tree.select("20C3")


def test_what_the_author_gave_is_validated_and_narrows_the_rest(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        good = ops.Load(site="oslo", scenario="20C3M", variables=["tas"])
        bad = ops.Load(site="oslo", scenario="20C3M", day="2050-01-01", variables=["tos"])

    found = session.discover(pipeline, timeout=LIMIT)

    years = {"startdate": "1860", "enddate": "1999"}
    assert found[good]["oslo", None] == SingleFieldAdvice("day", years)
    assert found[bad]["oslo", None] == SingleFieldAdvice(
        "day", "2050-01-01", ErrorFieldAdvice("2050-01-01 is after 1999")
    )
    assert not found.has_good_options()


def test_a_pipeline_that_is_to_be_executed_can_be_asked_about(session: Session, ops: Any) -> None:
    with Pipeline(name="run") as pipeline:
        load = ops.Load(site="bergen", scenario=PlaceParam("scenario"), day="2001-01-01")
        with If(cond=GreaterThan(left=load["n"], right=0)), ForEach(seq=load) as item:
            inside = ops.Plain(x=item)
        Yield(value=load)

    found = session.discover(pipeline, timeout=LIMIT)

    assert list(found[load]["bergen", None] or ()) == ["A1B"]
    assert found[inside] == {("oslo", None): None, ("bergen", None): None}
    assert pipeline.mode == "execute"


def test_sites_can_be_left_out(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        load = ops.Load(site=Advise(), scenario=Advise(), day=Advise())

    found = session.discover(pipeline, restrict_to_sites=["bergen"], timeout=LIMIT)

    assert list(found[load]) == [("bergen", None)]
    assert session.started_sites == ("bergen",)


def test_what_was_found_is_a_mapping_by_statement(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        load = ops.Load(site="oslo", dfm_node_id=well_known_id("load"))
        plain = ops.Plain()

    found = session.discover(pipeline, timeout=LIMIT)

    assert list(found) == [NodeId(ident="load"), NodeId(ident=0)]
    assert len(found) == 2
    assert found[load] is found["load"] is found[well_known_id("load")]
    assert found[plain] is found[0] is found[plain.dfm_node_id]
    assert dict(found.items()) == {n: found[n] for n in found}
    assert 7 not in found
    with pytest.raises(KeyError) as raised:
        found["loud"]
    assert isinstance(raised.value, UnknownName)
    assert "'load'" in raised.value.hint


def test_what_was_found_is_told_in_words(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        ops.Load(site="oslo", scenario="A1B")
        ops.Plain(site="bergen")

    found = session.discover(pipeline, timeout=LIMIT)

    first, *lines = str(found).splitlines()
    assert first.startswith("archive.Load %0 (")
    assert lines[:3] == [
        "  at oslo",
        "    day: dates from 2000 to 2099",
        "    variables: some of 'tas', 'pr'",
    ]
    assert lines[3].startswith("archive.Plain %1 (")
    assert lines[4:] == ["  at bergen: nothing to advise"]
    assert repr(found).startswith("<advice on 2 operations>\n  archive.Load %0 (")


# -- errors ---------------------------------------------------------------------------------------


def test_what_advisors_do_wrong_is_in_the_tree_and_not_an_error_of_the_job(
    session: Session, ops: Any
) -> None:
    with asking() as pipeline:
        node = ops.Odd()

    tree = session.discover(pipeline, timeout=LIMIT)[node]["oslo", None]

    assert tree is not None
    assert list(tree) == [4]
    assert tree.collect_error_messages() == {
        "x": {
            "Odd.on_x() raised LookupError: the index is gone",
            "Odd.on_x() returned str, which is no advice; try Okay()",
            "closed",
        }
    }


def test_an_adapter_that_can_not_be_made_is_an_error_in_its_tree(
    session: Session, ops: Any
) -> None:
    with asking() as pipeline:
        node, other = ops.Unmade(), ops.Load(site="oslo")

    found = session.discover(pipeline, timeout=LIMIT)

    tree = found[node]["oslo", None]
    assert isinstance(tree, ErrorFieldAdvice)
    assert "ImportError: no driver" in tree.msg
    assert list(found[other]["oslo", None] or ()) == ["A1B", "20C3M"]


def test_an_advisor_that_never_answers_is_given_up(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        node = ops.Never(y=1)

    tree = session.discover(pipeline, timeout=LIMIT)[node]["oslo", None]

    assert tree is not None
    assert tree.collect_error_messages() == {"x": {"Never.late() took more than 0.02 s"}}


def test_waiting_for_advice_ends_when_the_time_is_up(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        ops.Never(x=Advise())
    with asking() as slow:
        ops.Never(y=Advise(), site="oslo")
    session.discover(pipeline, timeout=LIMIT)

    with pytest.raises(WaitTimeout, match="not every site has answered after 0 s"):
        session.discover(slow, timeout=0)


def test_an_advisor_that_takes_its_process_with_it_is_told_as_such(ops: Any) -> None:
    federation = archives()
    with asking() as pipeline:
        federation.operations.archive.Dies()

    with (
        federation.session(homesite="home", target="local") as session,
        pytest.raises(SiteLost, match=r"archive\.Dies"),
    ):
        session.discover(pipeline, timeout=LIMIT)


def test_a_session_that_is_not_connected_asks_nobody() -> None:
    federation = archives()
    session = federation.session(homesite="home", target="inline")
    with asking() as pipeline:
        federation.operations.archive.Plain()

    with pytest.raises(SessionClosed):
        session.discover(pipeline)
    session.close()


def test_what_is_no_pipeline_is_refused(session: Session) -> None:
    with pytest.raises(ArgumentError, match="a pipeline is expected"):
        session.discover("pipeline")  # type: ignore[arg-type]


# -- executing a pipeline that asks ---------------------------------------------------------------


def test_each_site_gives_one_token_for_each_call_and_each_call_has_its_end(
    session: Session, ops: Any
) -> None:
    tokens: list[tuple[str, Any, Frame, Any]] = []
    ends: list[tuple[Frame, type]] = []
    with asking() as pipeline:
        load = ops.Load(provider=BestOf())
        plain = ops.Plain(site="oslo")
    load_id, plain_id = load.dfm_node_id, plain.dfm_node_id

    def told(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        assert node is None
        asked = {(n, provider) for n, provider, _ in data}
        tokens.append((site, place, frame, asked))

    def ended(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        ends.append((frame, type(data)))

    job = session.execute(
        pipeline,
        [{}, {}],
        place_callbacks={DISCOVERY_PLACE_NAME: told, STATUS_PLACE_NAME: ended},
    )

    assert job.wait_until_finished(LIMIT)
    of_site = {
        "oslo": {(load_id, None), (load_id, "mirror"), (plain_id, None)},
        "bergen": {(load_id, None), (load_id, "mirror")},
    }
    assert sorted(tokens, key=lambda t: (t[2].frame, t[0])) == [
        (site, DISCOVERY_PLACE_NAME, Frame([call]), of_site[site])
        for call in (0, 1)
        for site in ("bergen", "oslo")
    ]
    assert sorted(ends[:2], key=lambda end: end[0].frame) == [
        (Frame([0]), StopToken), (Frame([1]), StopToken),
    ]  # fmt: skip
    assert ends[2:] == [(Frame.stop_frame(), StopToken)]
    assert job.get_status() is JobStatus.FINISHED


def test_what_was_yielded_is_not_when_advice_is_wanted(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        Yield(place="out", value=ops.Plain(site="oslo", x=PlaceParam("x")))

    job = session.execute(pipeline)

    assert job.result(LIMIT) == {DISCOVERY_PLACE_NAME: [(NodeId(ident=0), None, None)]}


def test_the_tokens_are_kept_as_they_came(session: Session, ops: Any) -> None:
    with asking() as pipeline:
        ops.Plain()

    found = session.discover(pipeline, timeout=LIMIT)

    assert [(t.from_site, t.value) for t in found.tokens] == [
        (site, [(NodeId(ident=0), None, None)]) for site in ("oslo", "bergen")
    ]


@pytest.mark.parametrize(
    "value",
    [7, [7], [(0, None)], [("no id", None, None)], [(0, 7, None)], [(0, None, "advice")]],
)
def test_what_comes_instead_of_advice_is_refused(value: Any) -> None:
    codecs = Codecs()
    hand_over = NetYield("advice_oslo", DISCOVERY_PLACE_NAME, None)
    packed = codecs.pack(value)
    package = TokenPackage("advice_oslo", (0,), head=packed.head, buffers=packed.buffers)

    with pytest.raises(CorruptMessage, match="this is no"):
        list(tokens_of(Arrival("oslo", package), {"advice_oslo": ("oslo", hand_over)}, codecs))


def test_what_a_site_needs_to_answer_loads_nothing_heavy() -> None:
    code = "import sys, dfm.exec.discovery.asking; print('pydantic' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "False\n"

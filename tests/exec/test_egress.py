"""What a policy does not let leave a site does not leave it, whatever a net says."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.exec.governed import CLOSED, MEANS, Told, Wire, egress, handmade, lab, tapped, told

from dfm.errors import CallDenied, EgressDenied, InternalError, OperationFailed
from dfm.exec.cache import Cache
from dfm.federation.policies import CallRule, EgressRule, Policy
from dfm.net import parse_net
from dfm.net.template import Ref
from dfm.net.token import ErrorRecord, Failure
from dfm.net.transitions import Send
from dfm.types import Type
from dfm.wire import Codecs
from dfm.wire.messages import Kind

SECRET = 4711
"""What the clinic must keep. A number that nothing else is."""


def policy(*rules: EgressRule, releases: tuple[str, ...] = ()) -> Policy:
    return Policy(leaves=rules, releases=releases, at="lab.dfm.yaml:4:5")


def run(
    policies: Mapping[str, Policy], *nets: str, given: Any = (), cache: str | None = None
) -> tuple[Told, Wire]:
    with tapped(lab(policies, cache)) as (session, wire):
        return told(session, handmade(*nets), given), wire


def kinds(wire: Wire, source: str) -> list[int]:
    return [p.kind for m, p in wire.tokens() if m.source == source]


# -- values ------------------------------------------------------------------------------------


def test_a_value_that_no_rule_lets_go_does_not_leave() -> None:
    net = """clinic
        params $
        secret = m.Add(a=4700, b=10) after $
        yield y "out" = secret of 1
        yield z "other" = 7
    """

    result, wire = run({"clinic": CLOSED}, net)

    assert isinstance(result.error, EgressDenied)
    assert result.error.message == (
        "what is made of m.Add at site 'clinic' may not be sent from 'clinic' to 'desk':"
        " no rule lets m.Add leave (lab.dfm.yaml:4:5)"
    )
    assert (result.error.site, result.error.operation) == ("clinic", "m.Add")
    assert "`dfm can-i`" in result.error.hint
    assert result.values["other"] == [7]
    assert wire.values("clinic") == [7]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_secret_does_not_leave_by_the_name_of_something_that_may(is_first: bool) -> None:
    clinic = """clinic
        params $
        secret = m.Add(a=4700, b=10) after $
        total = m.Total(vs=[1]) after $
        yield secret "total" = total
    """
    prepared = handmade(clinic)
    net = prepared.nets["clinic"]
    *before, yielded = net.transitions
    last = (Send("secret", ""), yielded) if is_first else (yielded, Send("secret", ""))
    forged = replace(net, transitions=(*before, *last))

    with tapped(lab({"clinic": MEANS})) as (session, wire):
        result = told(session, replace(prepared, nets={"clinic": forged}))

    assert "is to no other site" in str(result.error)
    assert ("total" in result.values, wire.values("clinic")) == (False, [])


def test_a_judge_refuses_a_net_in_which_two_things_leave_by_one_name() -> None:
    net = parse_net('net "p" at clinic\nparams $\nx = let $\nyield x "x" = x\n')
    forged = replace(net, transitions=(*net.transitions, Send("x", "")))

    with pytest.raises(InternalError, match="would send 'x' to the application twice"):
        egress(forged, {"clinic": CLOSED})


def test_a_rule_lets_values_go_where_it_says_and_no_further() -> None:
    rule = EgressRule("sums", ("m.Add",), to=("hub",), at="lab.dfm.yaml:6:9")
    clinic = "clinic\nparams $\nsecret = m.Add(a=4700, b=10) after $\nsend secret to hub\n"
    hub = 'hub\nparams $\nreceive secret from clinic\nyield y "out" = secret\n'

    result, wire = run({"clinic": policy(rule)}, clinic, hub)

    assert isinstance(result.error, EgressDenied)
    assert "from 'hub' to 'desk': 'sums' lets it go to hub only (lab.dfm.yaml:6:9)" in str(
        result.error
    )
    assert (wire.values("clinic"), wire.values("hub")) == ([SECRET], [])


def test_what_another_site_makes_of_a_value_may_leave_no_more_than_the_value() -> None:
    rule = EgressRule("sums", ("m.Add",), to=("hub",))
    clinic = "clinic\nparams $\nsecret = m.Add(a=4700, b=10) after $\nsend secret to hub\n"
    hub = """hub
        params $
        receive secret from clinic
        pair = m.Pair(a=secret)
        yield y "out" = pair
        total = m.Total(of=secret)
        yield z "total" = total
    """

    result, wire = run({"clinic": policy(rule, releases=("m.Total",))}, clinic, hub)

    assert isinstance(result.error, EgressDenied)
    assert result.values["total"] == [SECRET]
    assert wire.values("hub") == [SECRET]


def test_what_goes_back_to_the_site_it_comes_from_needs_no_rule() -> None:
    rule = EgressRule("sums", ("m.Add",), to=("hub",))
    clinic = """clinic
        params $
        receive pair from hub
        secret = m.Add(a=4700, b=10) after $
        send secret to hub
        total = m.Total(of=pair)
        yield y "out" = total
    """
    hub = """hub
        params $
        receive secret from clinic
        pair = m.Pair(a=secret, b=0)
        send pair to clinic
    """

    with tapped(lab({"clinic": policy(rule)}), "clinic") as (session, _):
        result = told(session, handmade(clinic, hub, homesite="clinic"))

    assert result == Told({"out": [SECRET], "_dfm_status_": result.values["_dfm_status_"]}, None)


def test_a_value_larger_than_the_rule_says_stays() -> None:
    rule = EgressRule("small", ("m.List", "m.Pair"), at_most=10)
    net = """clinic
        params $
        few = m.List(to=3) after $
        yield small "small" = few
        yield large "large" = [few, few, few, few, few, few]
    """

    result, wire = run({"clinic": policy(rule)}, net)

    assert "'small' is for at most 10 bytes, this has" in str(result.error)
    assert wire.values("clinic") == [[0, 1, 2]]


def test_a_value_of_a_declared_type_may_leave_by_a_rule_for_types() -> None:
    whole = Type.of("integer")
    spec = lab({"clinic": policy(EgressRule("numbers", types=(whole,)))})
    add = replace(spec.operations["m.Add"], returns=whole)
    spec = replace(spec, operations={**spec.operations, "m.Add": add})
    net = """clinic
        params $
        sum = m.Add(a=1, b=1) after $
        copy = let sum
        yield one "sum" = copy
        yield two "list" = [sum]
    """

    with tapped(spec) as (session, wire):
        result = told(session, handmade(net))

    assert "'numbers' is for integer, this is" in str(result.error)
    assert wire.values("clinic") == [3]


# -- ways around -------------------------------------------------------------------------------

ADD = "secret = m.Add(a=4700, b=10) after $"

AROUND = {
    "lets": """
        a = let secret
        b = let [a, 1]
        c = let b[0]
        yield y "out" = c
        """,
    "another operation": """
        a = m.Pair(a=secret)
        b = m.Total(of=a[0])
        yield y "out" = b
        """,
    "a join": """
        if 1 > 2 then yes else no
        never = let 1 when yes
        joined = join never, secret
        yield y "out" = joined
        """,
    "the items of a loop": """
        many = let [secret, secret]
        loop item of many counting n
            copy = let [item]
            yield y "out" = copy
        end
        """,
    "the loop before": """
        two = let [1, 2]
        loop item of two counting n
            before = previous each else secret
            each = m.Add(a=item, b=0)
            yield y "out" = before
        end
        """,
    "what a loop gives last": """
        none = let []
        loop item of none counting n
            each = let item
        gives left = last each else secret
        end
        yield y "out" = left
        """,
    "a list of a loop": """
        many = let [secret]
        loop item of many counting n
            each = let item
        gives all = list each
        end
        yield y "out" = all
        """,
    "a cache": """
        a = store "key" = secret
        yield y "out" = a
        """,
    "a stream": """
        many = m.Count(to=secret)
        again = let many
        yield y "out" = again
        """,
}


@pytest.mark.parametrize("way", AROUND)
def test_a_value_by_another_name_is_the_same_value(way: str, tmp_path: Path) -> None:
    net = f"clinic\nparams $\n{ADD}\n{AROUND[way]}"

    result, wire = run({"clinic": CLOSED}, net, cache=str(tmp_path))

    assert isinstance(result.error, EgressDenied)
    assert wire.values("clinic") == []
    assert set(kinds(wire, "clinic")) == {Kind.FAILURE}


ANSWERS = {
    "a value if it is so": """
        if secret > 4000 then yes else no
        yield y "out" = 1 when yes
        """,
    "a value if it is not so": """
        if secret < 4000 then yes else no
        yield y "out" = 1 when yes
        """,
    "one value or another": """
        if secret > 4000 then yes else no
        a = let 1 when yes
        b = let 0 when no
        answer = join a, b
        yield y "out" = answer
        """,
    "an operation that releases": """
        if secret > 4000 then yes else no
        total = m.Total(of=1) when yes
        yield y "out" = total
        """,
    "the gate": """
        if secret > 4000 then yes else no
        yield y "out" = yes
        """,
    "a value for each": """
        many = m.List(to=secret)
        loop item of many counting n
            one = let 1 after item
            yield y "out" = one
        end
        """,
    "how many there are": """
        many = let [secret, secret]
        loop item of many counting n
            each = let 1 after item
        gives all = list each
        end
        yield y "out" = all
        """,
    "whether a loop is reached": """
        if secret > 4000 then yes else no
        two = let [1, 2]
        loop item of two counting n when yes
            yield y "out" = item
        end
        """,
}


@pytest.mark.parametrize("way", ANSWERS)
def test_an_answer_about_a_value_may_not_leave_if_the_value_may_not(way: str) -> None:
    policies = {"clinic": MEANS}
    net = f"clinic\nparams $\n{ADD}\n{ANSWERS[way]}"

    result, wire = run(policies, net)

    assert isinstance(result.error, EgressDenied)
    assert wire.values("clinic") == []


def test_whether_a_branch_is_taken_can_not_be_told_from_what_is_refused() -> None:
    def refused(condition: str) -> list[Any]:
        net = f"""clinic
            params $
            {ADD}
            if {condition} then yes else no
            yield y "out" = 1 when yes
            many = let [1, 2]
            loop item of many counting n
                yield z "out" = item when yes
            end
        """
        _, wire = run({"clinic": CLOSED}, net)
        return sorted((p.place, p.frame, wire.unpacked(p)) for _, p in wire.tokens())

    assert refused("secret > 4000") == refused("secret > 5000")


# -- between sites -----------------------------------------------------------------------------

TO_HUB = policy(EgressRule("all to hub", to=("hub",)))


def test_it_does_not_matter_which_site_a_net_says_that_a_value_comes_from() -> None:
    clinic = f"clinic\nparams $\n{ADD}\nsend secret to hub\n"
    hub = 'hub\nparams $\nreceive secret from desk\nyield y "out" = secret\n'

    result, wire = run({"clinic": TO_HUB}, clinic, hub)

    assert isinstance(result.error, EgressDenied)
    assert wire.values("hub") == []


@pytest.mark.parametrize("late", ["secret = let 1", "secret = m.Pair(a=1) after $"])
def test_a_value_does_not_pass_for_one_that_is_made_where_it_comes_to(late: str) -> None:
    clinic = f"clinic\nparams $\n{ADD}\nsend secret to hub\n"
    hub = f'hub\nparams $\n{late}\nyield y "out" = secret\n'

    _, wire = run({"clinic": TO_HUB}, clinic, hub)

    assert SECRET not in wire.values("hub")


def test_a_value_does_not_pass_for_a_parameter() -> None:
    clinic = f"clinic\nparams $\n{ADD}\n`$x` = let secret\nsend `$x` to hub\n"
    hub = 'hub\nparams $, $x\nyield y "out" = $x\n'

    with tapped(lab({"clinic": TO_HUB})) as (session, wire):
        told(session, handmade(clinic, hub), {"x": 1})

    assert SECRET not in wire.values("hub")


def test_the_length_of_a_sequence_is_not_told_to_the_sites_that_follow_a_loop() -> None:
    clinic = f"""clinic
        params $
        {ADD}
        many = let [secret, secret, secret]
        ten = let [1, 2]
        loop item of many counting n with hub
            here = signal item
            send here to hub
            yield z "each" = item
        end
        send n to hub
        """
    hub = """hub
        params $
        receive n from clinic
        loop item from clinic counting n
            receive here from clinic
            one = let 1 after here
            yield y "out" = one
        gives all = list one
        end
        yield all "all" = all
        """

    result, wire = run({"clinic": CLOSED}, clinic, hub)

    assert isinstance(result.error, EgressDenied)
    assert wire.values("clinic") == []
    assert not [p for m, p in wire.tokens() if m.target == "hub" and p.place == "here"]


def test_the_length_of_a_sequence_goes_to_followers_that_may_know_it_and_no_further() -> None:
    clinic = f"""clinic
        params $
        {ADD}
        many = let [secret, secret, secret]
        loop item of many counting n with hub
            send item to hub
        end
        send n to desk
        send n to hub
        """
    hub = """hub
        params $
        receive n from clinic
        loop item from clinic counting n
            receive item from clinic
            copy = let item
        gives all = list copy
        end
        total = m.Total(of=all)
        """
    desk = "desk\nparams $\nreceive n from clinic\npair = m.Pair(a=n)\n"

    result, wire = run({"clinic": TO_HUB}, clinic, hub, desk)

    assert isinstance(result.error, EgressDenied)
    assert "from 'clinic' to 'desk'" in result.error.message
    sent = [(m.target, p.kind) for m, p in wire.tokens() if p.place == "n"]
    assert sorted(sent) == [("desk", Kind.FAILURE), ("hub", Kind.VALUE)]


def test_the_length_of_a_sequence_is_not_told_by_what_a_follower_does_in_each_iteration() -> None:
    clinic = f"""clinic
        params $
        {ADD}
        many = let [secret, secret, secret]
        loop item of many counting n with hub
            send item to hub
        end
        send n to hub
        """
    hub = """hub
        params $
        receive n from clinic
        loop item from clinic counting n
            receive item from clinic
            one = m.Pair(a=1) after item
        gives all = list one
        end
        yield y "out" = all
        """

    result, wire = run({"clinic": TO_HUB}, clinic, hub)

    assert isinstance(result.error, EgressDenied)
    assert "from 'hub' to 'desk'" in result.error.message
    assert wire.values("hub") == []


# -- caches ------------------------------------------------------------------------------------

KEEPS = f"clinic\nparams $\n{ADD}\na = store {{key}} = {{value}}\n" + 'yield y "out" = 1\n'
LOOKS = """clinic
    params $
    lookup {key} hit found miss none
    a = store {key} = 0 for found when none
    all = join found, a
    yield y "out" = all
    """


def after(keeps: str, looks: str, cache: Path, *, before: Policy = CLOSED) -> tuple[Told, Wire]:
    """Keep something with one policy, and look for it with another."""
    run({"clinic": before}, keeps, cache=str(cache))
    return run({"clinic": CLOSED}, looks, cache=str(cache))


def test_a_value_from_a_cache_is_what_it_was_when_it_was_kept(tmp_path: Path) -> None:
    keeps = KEEPS.format(key='"key"', value="secret")
    looks = LOOKS.format(key='"key"')

    result, wire = after(keeps, looks, tmp_path)

    assert isinstance(result.error, EgressDenied)
    assert wire.values("clinic") == []


def test_a_value_without_secrets_comes_from_a_cache_and_may_leave(tmp_path: Path) -> None:
    keeps = KEEPS.format(key='"key"', value="[8, 15]")

    _, wire = after(keeps, LOOKS.format(key='"key"'), tmp_path)

    assert wire.values("clinic") == [[8, 15]]


@pytest.mark.parametrize("before", [None, Policy()])
def test_what_was_kept_before_there_was_a_policy_is_not_found(
    before: Policy | None, tmp_path: Path
) -> None:
    keeps = KEEPS.format(key='"key"', value="secret")
    run({} if before is None else {"clinic": before}, keeps, cache=str(tmp_path))

    _, wire = run({"clinic": CLOSED}, LOOKS.format(key='"key"'), cache=str(tmp_path))

    assert wire.values("clinic") == [0]


def test_nobody_finds_out_by_trying_under_which_key_something_was_kept(tmp_path: Path) -> None:
    keeps = KEEPS.format(key="secret", value="1")

    _, wire = after(keeps, LOOKS.format(key=SECRET), tmp_path)

    assert wire.values("clinic") == [0]


def test_a_cache_that_fails_is_an_error_of_the_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(cache: Cache, key: str) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Cache, "get", broken)

    result, _ = run({"clinic": CLOSED}, LOOKS.format(key='"key"'))

    assert isinstance(result.error, OperationFailed)
    assert result.error.message.endswith("OSError: the disk is gone")
    assert result.error.operation == "TryFromCache"


REMEMBERED = {
    "call": {
        "federation": "tests", "api-version": "1.0.0", "site": "clinic", "operation": "m.Add",
        "provider": None, "adapter": "tests.operations.add", "arguments": {},
    },
    "arguments": {"a": 4700, "b": 10},
}  # fmt: skip
"""What a site remembers a call of m.Add by."""


@pytest.mark.parametrize("policies", [{}, {"clinic": CLOSED}], ids=["no policy", "closed"])
def test_what_an_operation_returned_can_not_be_looked_up_as_a_value(
    policies: Mapping[str, Policy], tmp_path: Path
) -> None:
    remembers = 'clinic\nparams $\nsecret = m.Add(a=4700, b=10) after $ cached\nyield y "out" = 1\n'
    run(policies, remembers, cache=str(tmp_path))
    _, wire = run(policies, LOOKS.format(key=json.dumps(REMEMBERED)), cache=str(tmp_path))

    cache = Cache(lambda: tmp_path / "clinic" / "dfm-clinic", logging.getLogger("dfm.site"))
    assert cache.get(Cache.key_of(REMEMBERED, Codecs())) is not None  # else this would show nothing
    assert wire.values("clinic") == [0]


def test_what_an_operation_returns_can_not_be_stored_as_a_value(tmp_path: Path) -> None:
    keeps = KEEPS.format(key=json.dumps(REMEMBERED), value="666")
    asks = 'clinic\nparams $\nsum = m.Add(a=4700, b=10) after $ cached\nyield y "out" = sum\n'

    run({}, keeps, cache=str(tmp_path))
    _, wire = run({}, asks, cache=str(tmp_path))

    assert wire.values("clinic") == [SECRET]


def test_a_sealed_value_reads_nothing_but_what_it_says(tmp_path: Path) -> None:
    sealed = base64.b64encode(Codecs(trusted=True).seal([Ref("secret")])).decode()
    keeps = f"""clinic
        params $
        {ADD}
        a = store secret = sealed("{sealed}", "list")
        yield y "out" = a
        """

    result, wire = run({"clinic": CLOSED}, keeps, cache=str(tmp_path))

    assert result.error is not None
    assert wire.values("clinic") == []


# -- errors ------------------------------------------------------------------------------------


def test_an_error_that_tells_of_a_value_leaves_without_its_details() -> None:
    net = f"""clinic
        params $
        {ADD}
        broken = m.Fail(say=secret)
        again = m.Total(of=broken)
        yield y "out" = again
        """

    result, wire = run({"clinic": MEANS}, net)

    assert isinstance(result.error, OperationFailed)
    assert "ValueError: the details stay at site 'clinic', by the policy" in str(result.error)
    assert (result.error.operation, result.error.stack_trace) == ("m.Fail", "")
    assert str(SECRET).encode() not in wire.all_bytes("clinic")


def test_an_error_tells_all_where_its_value_may_go() -> None:
    net = f"clinic\nparams $\n{ADD}\nbroken = m.Fail(say=secret)\n"
    rule = EgressRule("all", to=("hub",))

    with tapped(lab({"clinic": policy(rule)}), "hub") as (session, _):
        result = told(session, handmade(net, homesite="hub"))

    assert f"ValueError: no {SECRET}" in str(result.error)


def test_an_error_of_another_site_keeps_to_what_its_value_is_made_of() -> None:
    clinic = f"clinic\nparams $\n{ADD}\nsend secret to hub\n"
    hub = "hub\nparams $\nreceive secret from clinic\nbroken = m.Fail(say=secret)\n"
    sent = f"{hub}send broken to desk\n"
    desk = 'desk\nparams $\nreceive broken from hub\nyield y "out" = broken\n'

    result, wire = run({"clinic": TO_HUB}, clinic, sent, desk)

    assert "the details stay at site 'hub', by the policy of 'clinic'" in str(result.error)
    assert str(SECRET).encode() not in wire.all_bytes("hub")


def test_an_error_of_a_selection_keeps_to_all_that_is_there() -> None:
    net = f'clinic\nparams $\n{ADD}\nnames = m.Record(x=secret)\npart = let names["z"]\n'

    result, wire = run({"clinic": CLOSED}, net)

    assert "the details stay" in str(result.error)
    assert str(SECRET).encode() not in wire.all_bytes("clinic")


@pytest.mark.parametrize("said", [{"message": "\N{SNOWMAN}" * 10}, {"hint": "x" * 30}])
def test_an_error_with_more_text_than_a_rule_lets_go_leaves_without_its_details(
    said: dict[str, str],
) -> None:
    net = f"clinic\nparams $\n{ADD}\nbroken = m.Fail(say=secret)\n"
    judge = egress(net, {"clinic": policy(EgressRule("small", at_most=20))})
    record = ErrorRecord("E", said.get("message", ""), site="clinic", hint=said.get("hint", ""))

    (left,) = judge.told("desk", Failure((record,))).errors

    assert left.message.startswith("the details stay at site 'clinic'")
    assert left.hint == ""


# -- calls -------------------------------------------------------------------------------------

CALLERS = Policy(
    callers=(CallRule("sums", ("m.Add",), by=("desk",), at="lab.dfm.yaml:6:9"),), at="lab:4:5"
)
CALL = f'clinic\nparams $\n{ADD}\nyield y "out" = secret\n'


@pytest.mark.parametrize(
    ("net", "homesite", "why"),
    [
        (CALL, "hub", "'hub' may not call m.Add at site 'clinic': 'sums' is not for 'hub' (lab."),
        (
            CALL.replace("m.Add", "m.Pair"),
            "desk",
            "'desk' may not call m.Pair at site 'clinic': no rule lets it be called (lab:4:5)",
        ),
        (
            "clinic\nparams $\nq = ask m.Pair(a=1)\n",
            "desk",
            "'desk' may not call m.Pair at site 'clinic'",
        ),
        (
            "clinic\nparams $\nmany = let []\nloop i of many counting n\nx = m.Pair(a=i)\nend\n",
            "desk",
            "'desk' may not call m.Pair at site 'clinic'",
        ),
    ],
)
def test_a_site_refuses_calls_that_its_owner_does_not_allow(
    net: str, homesite: str, why: str
) -> None:
    with tapped(lab({"clinic": CALLERS}), homesite) as (session, _):
        result = told(session, handmade(net, homesite=homesite))

    assert isinstance(result.error, CallDenied)
    assert why in str(result.error)


def test_a_site_runs_the_calls_that_its_owner_allows() -> None:
    result, _ = run({"clinic": CALLERS}, CALL)

    assert (result.error, result.values["out"]) == (None, [SECRET])


def test_a_pipeline_is_not_run_for_another_site_than_it_was_prepared_for() -> None:
    with tapped(lab({"clinic": TO_HUB}), "desk") as (session, wire):
        result = told(session, handmade(CALL, homesite="hub"))

    assert isinstance(result.error, CallDenied)
    assert "prepared for an application at 'hub' was started by one at 'desk'" in str(result.error)
    assert wire.values("clinic") == []


def test_advice_is_given_to_be_told() -> None:
    net = 'clinic\nparams $\nq = ask m.Pair(a=1)\nyield y "out" = q\n'

    result, _ = run({"clinic": CLOSED}, net)

    assert result.error is None

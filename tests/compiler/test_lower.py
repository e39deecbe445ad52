"""Each site is told what it is to do, and nothing more."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

from tests.compiler.plans import Join, Make, Use, compiled, written

from dfm.api import Pipeline, PlaceParam, Yield
from dfm.net import Ref, Sealed
from dfm.wire import Codecs


def nets(pipeline: Pipeline) -> str:
    return "\n".join(map(str, compiled(pipeline).nets.values()))


def test_two_sites_that_exchange_values() -> None:
    with written() as p:
        here, there = Make(v=1, site="a"), Make(v=PlaceParam("x"), site="b")
        Yield(value=Join(x=here, y=there["k"], site="a"), place="here")
        Yield(value=Join(x=here, y=there, site="b"), place="there")

    assert nets(p) == dedent("""\
        net "p" at a
        params $
        receive node1_k from b
        node0 = m.Make(v=1) after $
        send node0 to b
        node2 = m.Join(x=node0, y=node1_k)
        yield yield0 "here" = node2 of 2

        net "p" at b
        params $, $x
        receive node0 from a
        node1 = m.Make(v=$x)
        node1_k = let node1["k"]
        send node1_k to a
        node4 = m.Join(x=node0, y=node1)
        yield yield1 "there" = node4 of 4
        """)


def test_nets_stand_in_the_order_of_the_federation() -> None:
    with written() as p:
        for site in ("home", "c", "a"):
            Make(site=site)

    assert compiled(p).get_participating_sites() == ["a", "c", "home"]


def test_sites_without_work_take_no_part() -> None:
    with written() as p:
        Yield(value=Make(site="b"))

    assert compiled(p).get_participating_sites() == ["b"]


def test_a_site_is_told_the_parameters_that_it_reads() -> None:
    with written() as p:
        Make(v=[PlaceParam("x")], site="a")
        Make(v=(PlaceParam("y"),), site="b")
        Yield(value=PlaceParam("z"))

    assert {site: net.params for site, net in compiled(p).nets.items()} == {
        "home": ("$", "$z"),
        "a": ("$", "$x"),
        "b": ("$", "$y"),
    }


def test_what_waits_for_nothing_else_waits_for_the_start() -> None:
    with written() as p:
        first = Make(v=PlaceParam("x"))
        second = Make(dfm_after=first)
        Make(v=second)
        Make(v=1)

    calls = compiled(p).nets["home"].transitions

    assert [call.inputs for call in calls] == [("$x",), ("node0",), ("node1",), ("$",)]


def test_what_is_more_than_json_is_sealed_whole_with_its_references() -> None:
    with written() as p:
        made = Make()
        Use(v=[1, (made[0], PlaceParam("x")), b"bytes"], w={"plain": [made]})

    call = compiled(p).nets["home"].transitions[1]

    (_, sealed), (_, plain) = call.arguments  # type: ignore[union-attr]
    assert isinstance(sealed, Sealed)
    assert sealed.shows == "list of 3"
    assert [str(ref.place) for ref in sealed.references] == ["node0", "$x"]
    assert Codecs().unseal(sealed.data) == [1, sealed.references, b"bytes"]
    assert plain == {"plain": [Ref("node0")]}


def test_sealed_literals_are_renamed_inside_when_their_values_cross() -> None:
    with written() as p:
        made = Make(site="a")
        Use(v=(made["k"],), site="b")

    call = compiled(p).nets["b"].transitions[0]

    [(_, sealed)] = call.arguments  # type: ignore[union-attr]
    assert Codecs().unseal(sealed.data) == sealed.references == (Ref("node0_k"),)


def test_what_is_sealed_shows_what_it_is() -> None:
    literals = [b"ab", b"x" * 99, 1 << 5000, (1, 2), {"k": b""}, {1, 2}, Decimal(1)]
    with written() as p:
        for literal in literals:
            Make(v=literal)

    shown = [c.arguments[0][1].shows for c in compiled(p).nets["home"].transitions]  # type: ignore[union-attr]

    assert shown == [
        "bytes b'ab'",
        "bytes b'" + "x" * 20 + "'...",
        "int",
        "tuple of 2",
        "dict of 1",
        "set of 2",
        "decimal.Decimal",
    ]


def test_a_literal_is_a_snapshot() -> None:
    literal = [1, {"k": [2]}]
    with written() as p:
        Make(v=literal)
    literal.append(3)
    literal[1]["k"].append(4)  # type: ignore[index]

    assert 'v=[1, {"k": [2]}]' in nets(p)

"""The text form says a net exactly, and refuses what is no net at the right place."""

from __future__ import annotations

import math
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from tests.strategies import literals, nets

from dfm.errors import InternalError, LimitExceeded, StructureError
from dfm.net import (
    Attribute,
    Call,
    Item,
    NetIR,
    Receive,
    Ref,
    Sealed,
    Select,
    Send,
    Signal,
    Yield,
    format_net,
    parse_net,
)
from dfm.net.text import MAX_DEPTH, has_text_form

WARMING = NetIR(
    "warming",
    "institute_a",
    ("$", "$first"),
    (Receive("node7", "hub"),),
    (
        Call(
            "node0",
            "climate.LoadField",
            None,
            (("scenario", "A1B"), ("first", Ref("$first"))),
            (),
            0,
        ),
        Call(
            "node1",
            "climate.Mean",
            "radar",
            (("field", Ref("node0", (Item(0), Attribute("values")))),),
            ("$",),
            1,
        ),
        Select("node1_0", Ref("node1", (Item(0),))),
        Signal("node1_done", "node1"),
        Send("node1_0", "hub"),
        Yield("yield0", "mean", Ref("node1"), 1),
    ),
)

WARMING_TEXT = dedent("""\
    net "warming" at institute_a
    params $, $first
    receive node7 from hub
    node0 = climate.LoadField(scenario="A1B", first=$first)
    node1 = radar/climate.Mean(field=node0[0].values) after $
    node1_0 = select node1[0]
    node1_done = signal node1
    send node1_0 to hub
    yield yield0 "mean" = node1 of 1
    """)


HEAD = 'net "w" at hub\nparams $\n'


def net_of(*transitions: Any) -> NetIR:
    return NetIR("p", "s", ("$",), (), transitions)


def test_a_net_reads_like_a_program() -> None:
    assert format_net(WARMING) == WARMING_TEXT


def test_the_example_is_read_back() -> None:
    assert parse_net(WARMING_TEXT) == WARMING


@given(nets())
def test_reading_what_was_written_gives_the_same_net(net: NetIR) -> None:
    assert parse_net(format_net(net)) == net


@given(nets())
def test_the_text_can_be_encoded(net: NetIR) -> None:
    assert format_net(net).encode().decode() == format_net(net)


def test_indentation_blank_lines_and_the_last_line_end_do_not_matter() -> None:
    text = "\n\n" + WARMING_TEXT.replace("\n", "\n\n   ").rstrip()

    assert parse_net(text) == WARMING


def test_numbers_that_json_does_not_have_are_kept() -> None:
    net = net_of(
        Yield("y", "out", [math.inf, -math.inf, -0.0, 1e300, 10**40]), Yield("z", "o", math.nan)
    )

    first, second = parse_net(format_net(net)).yields

    assert str(first.value) == str([math.inf, -math.inf, -0.0, 1e300, 10**40])
    assert math.isnan(second.value)


def test_true_and_one_are_told_apart() -> None:
    texts = {format_net(net_of(Yield("y", "out", value))) for value in (True, 1, 1.0, "1")}

    assert len(texts) == 4


def test_a_call_says_of_which_node_it_is_only_when_its_place_does_not() -> None:
    calls = [
        Call("node3", "m.A", node=3),
        Call("best", "m.A", node="best"),
        Call("x", "m.A", node=3),
    ]

    lines = format_net(net_of(*calls)).splitlines()[2:]

    assert lines == ["node3 = m.A()", "best = m.A()", "x = m.A() of 3"]


def test_names_that_mean_something_else_stand_in_backquotes() -> None:
    call = Call("select", "weather.Load Wind", "old/radar", (("null", Ref("a`b")),), node=None)

    line = format_net(net_of(call)).splitlines()[2]

    assert line == r"`select` = `old/radar`/weather.`Load Wind`(`null`=`a\u0060b`) of null"
    assert parse_net(format_net(net_of(call))).transitions == (call,)


def test_a_sealed_literal_shows_what_it_is_and_what_it_reads() -> None:
    call = Call(
        "node0", "m.A", None, (("x", Sealed(b"\0\1", (Ref("node1"),), "tuple of 2")),), (), 0
    )

    line = format_net(net_of(call)).splitlines()[2]

    assert line == 'node0 = m.A(x=sealed("AAE=", node1, "tuple of 2"))'


def test_fingerprints_differ_exactly_when_nets_do() -> None:
    other = replace(WARMING, site="hub")

    assert parse_net(WARMING_TEXT).fingerprint == WARMING.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "net:1:1", "expected 'net', found the end of the text"),
        ("net warming at hub", "net:1:5", "expected a string, found 'warming'"),
        ('net "w" at hub params $', "net:1:16", "expected the end of the line, found 'params'"),
        (HEAD + "x = m.A(a=?)", "net:3:11", "can not be read, found '?'"),
        (HEAD + "x = m.A(a=[1,])", "net:3:14", "expected a name, found ']'"),
        (HEAD + "x = m.A(a=1", "net:3:12", "expected ',', found the end of the text"),
        (HEAD + "x = m.A(a=1\n)", "net:3:12", "expected ',', found the end of the line"),
        (HEAD + "select = m.A()", "net:3:1", "expected a name, found 'select'"),
        (HEAD + "x = m.A() of 1.5", "net:3:14", "expected a string or a whole number"),
        (HEAD + "x = select y[z]", "net:3:14", "expected a string or a number, found 'z'"),
        (HEAD + "x = select y._z", "net:3:14", "is no public attribute name"),
        (HEAD + 'x = m.A(a="\\q")', "net:3:11", "invalid \\escape"),
        (HEAD + 'x = m.A(a=sealed("é", ""))', "net:3:18", "expected base64"),
        (HEAD + f"x = m.A(a={'9' * 5000})", "net:3:11", "exceeds the limit"),
    ],
    ids=lambda text: text[-20:],
)
def test_what_is_no_net_is_refused_with_line_and_column(text: str, where: str, what: str) -> None:
    with pytest.raises(StructureError) as refusal:
        parse_net(text)

    assert refusal.value.at == where
    assert what in refusal.value.message


def test_a_literal_may_be_nested_only_so_deep() -> None:
    deep, deeper = ("[" * n + "]" * n for n in (MAX_DEPTH, MAX_DEPTH + 1))
    text = HEAD + 'yield y "out" = {}'

    assert parse_net(text.format(deep)).yields
    with pytest.raises(LimitExceeded, match=r"100 levels deep"):
        parse_net(text.format(deeper))


@pytest.mark.parametrize(
    "value", [(1,), {1: 2}, b"x", 1 << 5000, {"a": {1, 2}}, object()], ids=type
)
def test_what_has_no_text_form_is_never_written(value: object) -> None:
    assert not has_text_form(value)
    with pytest.raises(InternalError, match="no place in the text form"):
        format_net(net_of(Yield("y", "out", value)))


@given(literals())
def test_json_has_a_text_form(value: object) -> None:
    assert has_text_form(value)

"""What nets mean: the reference interpreter, law by law."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from dfm.errors import ArgumentError
from dfm.net import ABSENT, Call, ErrorRecord, Failure, NetIR, Yielded, parse_net, simulate, verify


def adapt(site: str, call: Call, given: dict[str, Any]) -> Any:
    """A few operations, the same at every site."""
    match call.operation:
        case "m.Number":
            return given["v"]
        case "m.Add":
            return given["a"] + given["b"]
        case "m.Where":
            return site
        case "m.Given":
            return given
        case "m.Fail":
            raise ValueError(given.get("say", "no"))
        case "m.Refuse":
            raise ArgumentError("not that", hint="this")
        case "m.Absent":
            return ABSENT
        case "m.Count":
            return count(given["to"], given.get("then"))
        case "m.CountLater":
            return count_later(given["to"], given.get("then"))
        case "m.List":
            return list(given["of"])
        case "m.ListLater":
            return asyncio.run(list_later(given["of"]))
    raise AssertionError(call.operation)


def count(to: int, then: str | None) -> Iterator[int]:
    yield from range(to)
    if then:
        raise ValueError(then)


async def count_later(to: int, then: str | None) -> AsyncIterator[int]:
    for number in count(to, then):
        yield number


async def list_later(source: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in source]


def deliveries(*texts: str, calls: Any = ({},), **options: Any) -> list[Yielded]:
    nets = {net.site: net for net in map(parse_net, texts)}
    verify(nets)
    return simulate(nets, calls, adapt, **options)


def values(lines: str, **options: Any) -> dict[str, list[Any]]:
    """What a net at one site delivers, by application place."""
    found: dict[str, list[Any]] = {}
    for each in deliveries('net "p" at here\nparams $\n' + lines, **options):
        found.setdefault(each.place, []).append(each.token)
    return found


def failure(message: str, operation: str = "m.Fail", node: Any = 0, **more: Any) -> Failure:
    kind = more.pop("type", "ValueError")
    return Failure(
        (ErrorRecord(kind, message, site="here", operation=operation, node=node, **more),)
    )


def test_values_flow_along_places_whatever_the_order_of_the_lines() -> None:
    lines = 'yield y "sum" = node1\nnode1 = m.Add(a=node0, b=1)\nnode0 = m.Number(v=41) after $'

    assert values(lines) == {"sum": [42]}


def test_values_cross_to_the_site_they_are_sent_to() -> None:
    found = deliveries(
        'net "p" at a\nparams $\nnode0 = m.Where() after $\nsend node0 to b',
        'net "p" at b\nparams $\nreceive node0 from a\nnode1 = m.Where() after $\n'
        'yield y "places" = [node0, node1]',
    )

    assert [y.token for y in found] == [["a", "b"]]


def test_each_call_has_its_own_frame_and_parameters() -> None:
    net = 'net "p" at a\nparams $, $x\nnode0 = m.Add(a=$x, b=1)\nyield y "out" = node0'

    found = deliveries(net, calls=[{"x": 1}, {"x": 2}])

    assert found == [Yielded("y", "out", (0,), 2), Yielded("y", "out", (1,), 3)]


def test_a_part_of_a_value_can_be_selected_first() -> None:
    lines = 'node0 = m.Number(v={"k": [7, 8]}) after $\nx = let node0["k"][1]\nyield y "out" = x'

    assert values(lines) == {"out": [8]}


def test_a_signal_says_that_a_value_is_there_and_not_what_it_is() -> None:
    lines = 'node0 = m.Number(v=7) after $\nx = signal node0\nyield y "out" = x'

    assert values(lines) == {"out": [None]}


def test_templates_are_filled_at_any_depth() -> None:
    lines = 'node0 = m.Number(v=[7]) after $\nyield y "out" = {"a": [node0[0], {"b": node0}]}'

    assert values(lines) == {"out": [{"a": [7, {"b": [7]}]}]}


def test_a_yield_of_a_literal_waits_for_the_call() -> None:
    assert values('yield y "out" = [1, null]') == {"out": [[1, None]]}


def test_sealed_literals_are_opened_at_the_site() -> None:
    from dfm.net import Ref

    lines = 'node0 = m.Number(v=7) after $\nyield y "out" = sealed("eA==", node0, "")'

    found = values(lines, unseal={b"x": (1, Ref("node0"))}.__getitem__)

    assert found == {"out": [(1, 7)]}


def test_sealed_literals_fail_where_nothing_can_open_them() -> None:
    [token] = values('yield y "out" = sealed("eA==", "")')["out"]

    assert "sealed literal" in token.errors[0].message


# -- errors and absence ------------------------------------------------------------------------


def test_an_error_passes_through_all_that_depends_on_it_and_nothing_else() -> None:
    lines = """
        node0 = m.Fail(say="ouch") after $
        node1 = m.Add(a=node0, b=1)
        node2 = m.Number(v=2) after $
        part = let node1[0]
        signal1 = signal part
        node3 = m.Number(v=3) after signal1
        yield y1 "bad" = [node3]
        yield y2 "good" = node2
        yield y3 "bad" = 1 after node0
    """

    found = values(lines)

    assert found == {"bad": [failure("ouch"), failure("ouch")], "good": [2]}


def test_errors_meet_in_the_order_of_the_inputs_each_once() -> None:
    lines = """
        node0 = m.Fail(say="first") after $
        node1 = m.Fail(say="second") after $
        node2 = m.Add(a=node1, b=node0)
        node3 = m.Add(a=node0, b=node2) after node1
        yield y "out" = node3
    """

    [token] = values(lines)["out"]

    assert [e.message for e in token.errors] == ["first", "second"]


def test_an_error_crosses_to_other_sites() -> None:
    found = deliveries(
        'net "p" at here\nparams $\nnode0 = m.Fail() after $\nsend node0 to b',
        'net "p" at b\nparams $\nreceive node0 from here\nyield y "out" = node0',
    )

    assert found == [Yielded("y", "out", (0,), failure("no"))]


def test_an_error_of_ours_keeps_its_code_and_its_hint() -> None:
    [token] = values('node0 = m.Refuse() after $\nyield y "out" = node0')["out"]

    assert token == failure(
        "not that", "m.Refuse", type="ArgumentError", code="dfm-103", hint="this"
    )


@pytest.mark.parametrize(
    ("selector", "message", "hint"),
    [
        ('["missing"]', "dict ({'k': 1}) has no part ['missing']", "one of 'k'"),
        (".missing", "dict ({'k': 1}) has no attribute 'missing'", ""),
        ('["k"][0]', "int (1) has no part [0]", ""),
    ],
)
def test_a_part_that_is_not_there_is_the_error_of_whoever_selects_it(
    selector: str, message: str, hint: str
) -> None:
    lines = f"""
        node0 = m.Number(v={{"k": 1}}) after $
        node1 = m.Number(v=node0{selector})
        yield y "out" = node1
    """.replace("[0][0]", '["k"][0]')

    [token] = values(lines)["out"]

    assert [(e.message, e.hint, e.operation, e.node) for e in token.errors] == [
        (message, hint, "", 1)
    ]


@pytest.mark.parametrize(
    ("line", "node"),
    [('x = let node0[3]\nyield y "out" = x', 0), ('yield y "out" = node0[3] of 7', 7)],
)
def test_what_can_not_be_selected_on_its_own_is_of_no_operation(line: str, node: int) -> None:
    [token] = values(f"node0 = m.Number(v=[]) after $\n{line}")["out"]

    assert token == failure(
        "list ([]) has no part [3]", "", node, type="SelectionFailed", code="dfm-315"
    )


def test_an_absence_passes_through_and_delivers_nothing() -> None:
    lines = """
        node0 = m.Absent() after $
        node1 = m.Add(a=node0, b=1)
        part = let node1[0]
        node2 = m.Number(v=part)
        yield y1 "out" = node2
        yield y2 "out" = "here"
    """

    assert values(lines) == {"out": ["here"]}


def test_an_error_is_stronger_than_an_absence() -> None:
    lines = """
        node0 = m.Absent() after $
        node1 = m.Fail() after $
        yield y "out" = [node0, node1]
    """

    assert values(lines) == {"out": [failure("no", node=1)]}


# -- streams -----------------------------------------------------------------------------------

COUNTS = pytest.mark.parametrize("count", ["m.Count", "m.CountLater"])


@COUNTS
def test_a_stream_is_delivered_item_by_item(count: str) -> None:
    net = f'net "p" at a\nparams $\nnode0 = {count}(to=3) after $\nyield y "out" = node0'

    found = deliveries(net, calls=[{}, {}])

    frames = [(call, item) for call in range(2) for item in range(3)]
    assert found == [Yielded("y", "out", frame, frame[1]) for frame in frames]


@COUNTS
def test_an_empty_stream_delivers_nothing(count: str) -> None:
    assert values(f'node0 = {count}(to=0) after $\nyield y "out" = node0') == {}


@COUNTS
def test_an_error_in_a_stream_comes_after_its_items(count: str) -> None:
    lines = f'node0 = {count}(to=2, then="ouch") after $\nyield y "out" = node0'

    found = deliveries('net "p" at here\nparams $\n' + lines)

    assert [y.frame for y in found] == [(0, 0), (0, 1), (0,)]
    assert [y.token for y in found] == [0, 1, failure("ouch", count)]


@COUNTS
@pytest.mark.parametrize("consume", ["m.List", "m.ListLater"])
def test_every_consumer_reads_all_of_a_stream(count: str, consume: str) -> None:
    lines = f"""
        node0 = {count}(to=3) after $
        node1 = {consume}(of=node0)
        node2 = {consume}(of=node0)
        yield y1 "lists" = [node1, node2]
        yield y2 "items" = node0
    """

    assert values(lines) == {"lists": [[[0, 1, 2]] * 2], "items": [0, 1, 2]}


def test_a_stream_crosses_to_other_sites() -> None:
    found = deliveries(
        'net "p" at a\nparams $\nnode0 = m.Count(to=3) after $\nsend node0 to b',
        'net "p" at b\nparams $\nreceive node0 from a\nnode1 = m.List(of=node0)\n'
        'yield y "out" = node1',
    )

    assert [y.token for y in found] == [[0, 1, 2]]


@pytest.mark.parametrize("consume", ["m.List", "m.ListLater"])
def test_whoever_reads_a_broken_stream_fails_as_the_stream_did(consume: str) -> None:
    lines = f"""
        node0 = m.Count(to=3, then="ouch") after $
        node1 = {consume}(of=node0)
        yield y "out" = node1
    """

    assert values(lines) == {"out": [failure("ouch", "m.Count")]}


def test_what_only_waits_for_a_stream_waits_for_a_good_end() -> None:
    lines = """
        node0 = m.Count(to=3, then="ouch") after $
        x = signal node0
        node1 = m.Number(v=1) after node0
        yield y1 "call" = node1
        yield y2 "signal" = x
        yield y3 "yield" = 1 after node0
    """

    ouch = [failure("ouch", "m.Count")]
    assert values(lines) == {"call": ouch, "signal": ouch, "yield": ouch}


@pytest.mark.parametrize("literal", ["[0, 1]", '"ab"', '{"a": 1}'])
def test_lists_strings_and_objects_are_no_streams(literal: str) -> None:
    found = values(f'node0 = m.Number(v={literal}) after $\nyield y "out" = node0')

    assert len(found["out"]) == 1


def test_deliveries_are_ordered_by_call_then_yield_then_item() -> None:
    net = """
        net "p" at a
        params $, $n
        yield late "b" = node1
        yield early "a" = node0
        node0 = m.Count(to=$n)
        node1 = m.List(of=node0)
    """

    found = deliveries(net, calls=[{"n": 2}, {"n": 1}])

    assert [(y.name, y.frame) for y in found] == [
        ("late", (0,)), ("early", (0, 0)), ("early", (0, 1)), ("late", (1,)), ("early", (1, 0)),
    ]  # fmt: skip


def test_arguments_keep_their_names_and_order() -> None:
    found = values('node0 = m.Given(b=1, a=null) after $\nyield y "out" = node0')

    assert list(found["out"][0].items()) == [("b", 1), ("a", None)]


def test_no_net_delivers_nothing() -> None:
    nothing: dict[str, NetIR] = {}

    assert simulate(nothing, [{}], adapt) == []

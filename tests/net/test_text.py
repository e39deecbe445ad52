"""The text form says a net exactly, and refuses what is no net at the right place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from tests.strategies import conditions, literals, nets

import dfm.net.text
from dfm.errors import InternalError, LimitExceeded, StructureError
from dfm.net import (
    And,
    Ask,
    Attribute,
    Branch,
    Call,
    Compare,
    Ended,
    Gather,
    Item,
    Join,
    Last,
    Let,
    Lookup,
    Loop,
    NetIR,
    Not,
    Options,
    Or,
    Previous,
    Receive,
    Ref,
    Sealed,
    Send,
    Signal,
    Store,
    Yield,
    format_net,
    parse_net,
)
from dfm.net.text import MAX_DEPTH, format_condition, has_text_form

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
        Let("node1_0", Ref("node1", (Item(0),))),
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
    node1_0 = let node1[0]
    node1_done = signal node1
    send node1_0 to hub
    yield yield0 "mean" = node1 of 1
    """)

INNER = Loop(
    "node5",
    "node5_count",
    "archive",
    receives=(Receive("node6", "archive"),),
    body=(Yield("yield0", "out", Ref("node6"), 8, said="yield0_said"),),
    node=5,
)

DEMO = NetIR(
    "demo",
    "hub",
    ("$", "$x"),
    (Receive("node9", "desk"),),
    (
        Call(
            "node0",
            "m.Count",
            arguments=(("to", Ref("$x")),),
            node=0,
            when="node3",
            options=Options(True, 3, ("TimeoutError", "m.Busy"), 0.5, 2.0),
        ),
        Ask("node1", "m.Load", "radar", (("day", "x"),), 1),
        Let("node2", [Ref("node0"), {"a": Ref("node1", (Attribute("b"),))}], ("node9",)),
        Branch(
            "node3",
            "node3_else",
            And((Compare(">", Ref("node9"), 3), Not(Ref("$x")))),
            ("node9",),
            "node9",
            3,
        ),
        Lookup("node4_hit", "node4_miss", ["k", Ref("node0")], node=4),
        Store("node6", "k", Ref("node0"), "node4_hit", (), "node4_miss", 6),
        Join("node7", ("node4_hit", "node6")),
        Loop(
            "node8",
            "node8_count",
            "hub",
            Ref("node7", (Item(1),)),
            ("archive", "desk"),
            16,
            "time",
            (Receive("node10", "desk"),),
            (Previous("before", "node10", "node0"), INNER),
            (
                Gather("all", "before"),
                Last("last", "before", "node0"),
                Ended("over", ("node10", "before")),
                Ended("done"),
            ),
            ("node1",),
            "node3",
            8,
        ),
    ),
)

DEMO_TEXT = dedent("""\
    net "demo" at hub
    params $, $x
    receive node9 from desk
    node0 = m.Count(to=$x) when node3 retries 3 on TimeoutError, m.Busy backoff 0.5 timeout 2.0 cached
    node1 = ask radar/m.Load(day="x")
    node2 = let [node0, {"a": node1.b}] after node9
    if node9 > 3 and not $x then node3 else node3_else after node9 when node9
    lookup ["k", node0] hit node4_hit miss node4_miss
    node6 = store "k" = node0 for node4_hit when node4_miss
    node7 = join node4_hit, node6
    loop node8 of node7[1] along "time" counting node8_count at most 16 with archive, desk after node1 when node3
        receive node10 from desk
        before = previous node10 else node0
        loop node5 from archive counting node5_count
            receive node6 from archive
            yield yield0 "out" = node6 said yield0_said of 8
        end
    gives all = list before
    gives last = last before else node0
    gives over = end node10, before
    gives done = end
    end
    """)  # noqa: E501  (two lines show all that a line can say)


HEAD = 'net "w" at hub\nparams $\n'
LOOP = "loop i of a counting c\n"


def net_of(*transitions: Any) -> NetIR:
    return NetIR("p", "s", ("$",), (), transitions)


EXAMPLES = pytest.mark.parametrize(
    ("net", "text"), [(WARMING, WARMING_TEXT), (DEMO, DEMO_TEXT)], ids=["line", "loops"]
)


@EXAMPLES
def test_a_net_reads_like_a_program(net: NetIR, text: str) -> None:
    assert format_net(net) == text


@EXAMPLES
def test_the_examples_are_read_back(net: NetIR, text: str) -> None:
    assert parse_net(text) == net


def test_the_example_in_the_documentation_is_a_net() -> None:
    text = dedent((dfm.net.text.__doc__ or "").split("\n\n")[1]) + "\n"

    assert str(parse_net(text)) == text


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
    call = Call("let", "weather.Load Wind", "old/radar", (("null", Ref("a`b")),), node=None)

    line = format_net(net_of(call)).splitlines()[2]

    assert line == r"`let` = `old/radar`/weather.`Load Wind`(null=`a\u0060b`) of null"
    assert parse_net(format_net(net_of(call))).transitions == (call,)


def test_a_line_says_of_which_node_it_is_only_when_its_place_does_not() -> None:
    lines = [
        Lookup("node4_hit", "node4_miss", "k", node=4),
        Lookup("hit", "miss", "k", node=4),
        Branch("node4", "x", True, node=None),
        Store("node5", "k", 1, node="node5"),
    ]

    written = format_net(net_of(*lines)).splitlines()[2:]

    assert written == [
        'lookup "k" hit node4_hit miss node4_miss',
        'lookup "k" hit hit miss miss of 4',
        "if true then node4 else x of null",
        'node5 = store "k" = 1 of "node5"',
    ]


def test_words_of_the_grammar_may_be_names_where_they_mean_nothing_else() -> None:
    call = Call(
        "when", "m.Range", None, (("end", Ref("after", (Attribute("end"),))),), ("else",), 1
    )

    line = format_net(net_of(call)).splitlines()[2]

    assert line == "when = m.Range(end=after.end) after else of 1"
    assert parse_net(format_net(net_of(call))).transitions == (call,)


def test_a_loop_says_who_leads_it_unless_it_is_the_site_of_the_net() -> None:
    here = Loop("i", "c", "s", Ref("a"), node="i")
    there = replace(here, leader="t")

    lines = format_net(net_of(here, there)).splitlines()[2:]

    assert lines == ["loop i of a counting c", "end", "loop i from t of a counting c", "end"]


A, B, C = Ref("a"), Ref("b"), Ref("c")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (A, "a"),
        (And((A, Or((B, C)))), "a and (b or c)"),
        (Or((A, And((B, C)))), "a or b and c"),
        (And((A, And((B, C)))), "a and (b and c)"),
        (Or((Or((A, B)), C)), "(a or b) or c"),
        (Not(Compare("<", A, B)), "not a < b"),
        (Compare("<", Not(A), B), "(not a) < b"),
        (Compare("==", Compare("<", A, B), True), "(a < b) == true"),
        (Not(And((A, B))), "not (a and b)"),
        (Not(Not(A)), "not not a"),
        (And((Not(A), Compare(">=", B, -1))), "not a and b >= -1"),
        (And(()), "and()"),
        (Or((A,)), "or(a)"),
        (And((And((A,)), And((And((A, B)),)))), "and(a) and and(a and b)"),
        (Not(Or(())), "not or()"),
        (Compare("!=", And(()), [1, A]), "and() != [1, a]"),
    ],
)
def test_a_condition_has_the_parentheses_that_it_needs(condition: Any, text: str) -> None:
    assert format_condition(condition) == text
    assert parse_net(HEAD + f"if {text} then x else y").transitions == (
        Branch("x", "y", condition, node="x"),
    )


@given(conditions())
def test_a_condition_is_read_back(condition: Any) -> None:
    net = net_of(Branch("x", "y", condition))

    assert parse_net(format_net(net)) == net


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
        (HEAD + "let = m.A()", "net:3:1", "expected a name, found 'let'"),
        (HEAD + "x = m.A() of 1.5", "net:3:14", "expected a string or a whole number"),
        (HEAD + "x = let y[z]", "net:3:11", "expected a string or a number, found 'z'"),
        (HEAD + "x = let y._z", "net:3:11", "is no public attribute name"),
        (HEAD + 'x = m.A(a="\\q")', "net:3:11", "invalid \\escape"),
        (HEAD + 'x = m.A(a=sealed("é", ""))', "net:3:18", "expected base64"),
        (HEAD + f"x = m.A(a={'9' * 5000})", "net:3:11", "exceeds the limit"),
        (HEAD + "if a < b < c then d else e", "net:3:10", "expected 'then', found '<'"),
        (HEAD + "if (a and b then d else e", "net:3:13", "expected ')', found 'then'"),
        (HEAD + "if a and then d else e", "net:3:15", "expected 'then', found 'd'"),
        (HEAD + "lookup 1 hit a", "net:3:15", "expected 'miss', found the end of the text"),
        (HEAD + "x = m.A() retries -1", "net:3:19", "expected a whole number, found '-1'"),
        (HEAD + "x = m.A() retries 1.0", "net:3:19", "expected a whole number, found '1.0'"),
        (HEAD + "x = m.A() timeout 1e999", "net:3:19", "expected a number of seconds"),
        (HEAD + "x = m.A() backoff NaN", "net:3:19", "expected a number of seconds"),
        (HEAD + "loop i of a", "net:3:12", "expected 'counting', found the end of the text"),
        (HEAD + LOOP + "x = let i", "net:4:10", "expected the end of the loop 'i'"),
        (HEAD + LOOP + "gives x = first i", "net:4:11", "expected 'end', found 'first'"),
        (HEAD + LOOP + "gives x = list i\ny = let i", "net:5:1", "expected 'end', found 'y'"),
        (HEAD + "end", "net:3:1", "expected a name, found 'end'"),
        (HEAD + "x = let 1\nreceive y from z", "net:4:1", "expected a name, found 'receive'"),
    ],
    ids=lambda text: text[-20:],
)
def test_what_is_no_net_is_refused_with_line_and_column(text: str, where: str, what: str) -> None:
    with pytest.raises(StructureError) as refusal:
        parse_net(text)

    assert refusal.value.at == where
    assert what in refusal.value.message


LEAF = Ref("a")


def nested(make: Callable[[Any], Any], times: int, leaf: Any = LEAF) -> Any:
    for _ in range(times):
        leaf = make(leaf)
    return leaf


NESTINGS = pytest.mark.parametrize(
    "nest",
    [
        lambda n: Yield("y", "out", nested(lambda inner: [inner], n)),
        lambda n: Yield("y", "out", nested(lambda inner: {"k": inner}, n)),
        lambda n: Branch("x", "y", nested(Not, n)),
        lambda n: Branch("x", "y", nested(lambda inner: And((inner,)), n)),
        lambda n: Branch("x", "y", nested(lambda inner: Compare("<", inner, 1), n + 1)),
        lambda n: Branch("x", "y", nested(lambda inner: Or((LEAF, inner)), n + 1)),
        lambda n: nested(lambda inner: Loop("i", "c", "s", LEAF, body=(inner,)), n, Let("x", 1)),
    ],
    ids=["list", "object", "not", "and of one", "comparison", "or", "loop"],
)


@NESTINGS
def test_a_net_may_be_nested_only_so_deep(nest: Callable[[int], Any]) -> None:
    net = net_of(nest(MAX_DEPTH))

    assert parse_net(format_net(net)) == net
    with pytest.raises(LimitExceeded, match=r"100 levels deep"):
        format_net(net_of(nest(MAX_DEPTH + 1)))


@pytest.mark.parametrize(
    "text",
    [
        'yield y "out" = ' + "[" * 10_000,
        'yield y "out" = ' + '{"k": ' * 10_000,
        "if " + "(" * 10_000,
        "if " + "not " * 10_000 + "a then x else y",
        "if " + "and(" * 10_000,
        "loop i of a counting c\n" * 10_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_nested_too_deep_is_refused_and_exhausts_nothing(text: str) -> None:
    with pytest.raises(LimitExceeded, match=r"100 levels deep") as refusal:
        parse_net(HEAD + text)

    assert refusal.value.at.startswith("net:")


def test_what_is_long_and_not_deep_is_read() -> None:
    condition = Or(tuple(And((LEAF, Not(LEAF))) for _ in range(5000)))

    net = net_of(Branch("x", "y", condition), Let("z", [[]] * 5000))

    assert parse_net(format_net(net)) == net


def test_a_literal_that_is_too_deep_has_no_text_form() -> None:
    fits, too_deep = (nested(lambda inner: [inner], n) for n in (MAX_DEPTH, MAX_DEPTH + 1))

    assert has_text_form(fits)
    assert not has_text_form(too_deep)


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

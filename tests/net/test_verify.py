"""Nets that break a law are refused, and the refusal names what is wrong."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest
from tests.net.law_nets import FOLLOWED, HUB, LED, TOUR, nets_of, refusal_of

from dfm.errors import InternalError
from dfm.net import Call, NetIR, Ref, parse_net, verify, verify_net
from dfm.net.transitions import Send

EXCHANGE = nets_of(
    """
    net "swap" at a
    params $
    receive y0 from b
    x0 = m.Make() after $
    send x0 to b
    x1 = m.Use(v=y0)
    yield yield0 "x" = x1
    """,
    """
    net "swap" at b
    params $
    receive x0 from a
    y0 = m.Make() after $
    send y0 to a
    y1 = m.Use(v=x0)
    yield yield1 "y" = y1
    """,
)


def test_two_sites_may_exchange_values() -> None:
    verify(EXCHANGE)


def test_no_nets_at_all_are_fine() -> None:
    verify({})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("x = m.A() after $\nx = m.A() after $", "place 'x' at 'a' is filled twice"),
        ("x = m.A() after $\nx = let $", "place 'x' at 'a' is filled twice"),
        ("$ = m.A() after $", "place '$' at 'a' is filled twice"),
        ("x = m.A(v=y)", "place 'y' is read at 'a' and nothing fills it"),
        ("x = m.A(v=[$y])", "place '$y' is read at 'a' and nothing fills it"),
        ('x = m.A(v=sealed("", y, ""))', "place 'y' is read at 'a' and nothing fills it"),
        ("x = m.A(v=1)", "nothing starts 'x = m.A(v=1)' at 'a'"),
        ("send $ to b", "'a' sends '$' to 'b', which does not receive it from there"),
        ("send $ to a", "'send $ to a' at 'a' is to no other site"),
        ('yield y "p" = 1\nyield y "p" = 2', "there are two yields 'y'"),
        ("x = m.A(v=x)", "these places wait for each other: x@a -> x@a"),
        ("x = signal y\ny = let x[0]", "these places wait for each other: x@a -> y@a -> x@a"),
    ],
)
def test_a_broken_law_is_named(lines: str, message: str) -> None:
    nets = nets_of('net "p" at a\nparams $\n' + lines, 'net "p" at b\nparams $')

    error = refusal_of(nets)

    assert error.message == message


@pytest.mark.parametrize("to", ["", "a"])
def test_a_site_sees_by_itself_that_something_is_sent_to_no_other_site(to: str) -> None:
    [net] = nets_of('net "p" at a\nparams $\nx = m.A() after $').values()
    forged = replace(net, transitions=(*net.transitions, Send("x", to)))

    with pytest.raises(InternalError, match="is to no other site"):
        verify_net(forged)


def test_what_is_received_must_be_sent() -> None:
    error = refusal_of(
        nets_of('net "p" at a\nparams $\nreceive x from b', 'net "p" at b\nparams $')
    )

    assert error.message == "'a' receives 'x' from 'b', which does not send it"


def test_a_place_is_not_received_from_two_sites() -> None:
    sender = 'net "p" at {}\nparams $\nx = m.A() after $\nsend x to a'
    receiver = 'net "p" at a\nparams $\nreceive x from b\nreceive x from c'

    error = refusal_of(nets_of(receiver, sender.format("b"), sender.format("c")))

    assert error.message == "place 'x' at 'a' is filled twice"


def test_a_value_is_not_sent_twice() -> None:
    sender = 'net "p" at b\nparams $\nx = m.A() after $\nsend x to a\nsend x to a'

    error = refusal_of(nets_of('net "p" at a\nparams $\nreceive x from b', sender))

    assert error.message == "'b' sends 'x' twice"


def test_a_circle_around_several_sites_is_named_in_the_direction_of_the_tokens() -> None:
    error = refusal_of(
        nets_of(
            'net "p" at a\nparams $\nreceive y from b\nx = m.A(v=y)\nsend x to b\nz = m.A(v=x)',
            'net "p" at b\nparams $\nreceive x from a\ny = m.A(v=x)\nsend y to a',
        )
    )

    assert error.message == "these places wait for each other: y@a -> x@a -> x@b -> y@b -> y@a"


def test_a_net_is_filed_under_its_site() -> None:
    error = refusal_of({"b": parse_net('net "p" at a\nparams $')})

    assert error.message == "the net of 'a' is filed under 'b'"


def test_parameters_have_a_dollar() -> None:
    error = refusal_of(nets_of('net "p" at a\nparams $, x'))

    assert error.message == "the parameter 'x' does not begin with a dollar"


def test_the_refusal_shows_the_net() -> None:
    text = dedent("""\
        net "p" at a
        params $
        x = m.A(v=y)
        """)

    error = refusal_of(nets_of(text))

    assert error.__notes__ == [text]


def test_a_long_chain_over_two_sites_is_accepted() -> None:
    def call(number: int) -> Call:
        return Call(f"x{number}", "m.A", arguments=(("v", Ref(f"x{number - 1}")),))

    first = Call("x0", "m.A", after=("$",))
    chain = NetIR("p", "a", transitions=(*map(call, range(5000, 0, -1)), first))

    verify({"a": chain})


@pytest.mark.parametrize("site", ["hub", "desk"])
def test_a_site_can_check_its_own_net_by_itself(site: str) -> None:
    verify_net(TOUR[site])


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (HUB, "receive node9 from desk", "node9 = let node15"),
        (HUB, "counting node4_count", "counting count"),
        (LED, "x = let i", "x = let y"),
        (FOLLOWED, "receive c from a", "receive c from d"),
        (FOLLOWED, "        receive x from a\n", ""),
    ],
)
def test_one_site_refuses_what_it_can_see_by_itself(text: str, old: str, new: str) -> None:
    assert old in text
    broken = parse_net(text.replace(old, new))

    with pytest.raises(InternalError):
        verify_net(broken)


def test_one_site_takes_on_trust_what_others_send() -> None:
    verify_net(parse_net(FOLLOWED.replace("receive x from a", "receive x from elsewhere")))

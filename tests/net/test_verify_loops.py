"""The laws of loops: within one, around one, and between the sites that have a part of one."""

from __future__ import annotations

import pytest
from tests.net.law_nets import FOLLOWED, LED, ONE_LOOP, TOUR, nets_of, refusal_of

from dfm.net import Let, Loop, NetIR, Ref, Transition, simulate, verify
from dfm.net.text import MAX_DEPTH


def test_loops_branches_and_caches_over_two_sites_keep_the_laws() -> None:
    verify(TOUR)


def test_a_loop_and_its_follower_keep_the_laws() -> None:
    verify(nets_of(LED, FOLLOWED))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x = let i", "place 'x' at 'a' is filled twice"),
        ("s = let i", "place 's' at 'a' is filled twice"),
        ("i = let x", "place 'i' at 'a' is filled twice"),
        ("loop i of x counting d\nend", "place 'i' at 'a' is filled twice"),
        ("loop j of x counting c\nend", "place 'c' at 'a' is filled twice"),
        (
            "v = let q",
            "place 'q' is read at 'a' in the loop 'i' and nothing fills it, there or around it",
        ),
        (
            "v = let i when q",
            "place 'q' is read at 'a' in the loop 'i' and nothing fills it, there or around it",
        ),
        (
            "loop j of x counting d\nv = let j\nend\nw = let v",
            "place 'v' is read at 'a' in the loop 'i' and nothing fills it, there or around it",
        ),
        ("v = let s", "'v = let s' at 'a' in the loop 'i' waits for nothing in it"),
        ("v = let 1", "'v = let 1' at 'a' in the loop 'i' waits for nothing in it"),
        ('yield y "p" = s', "'yield y \"p\" = s' at 'a' in the loop 'i' waits for nothing in it"),
        ("send s to b", "'send s to b' at 'a' in the loop 'i' waits for nothing in it"),
        (
            "loop j of s counting d\nv = let j\nend",
            "'loop j of s counting d' at 'a' in the loop 'i' waits for nothing in it",
        ),
        (
            "send x to b",
            "'a' sends 'x' to 'b', which does not receive it from there in the loop 'i'",
        ),
        (
            "v = previous s else s",
            "place 's' is read at 'a' in the loop 'i', and is not made there",
        ),
        (
            "v = previous x else i",
            "place 'i' is to begin with at 'a' in the loop 'i', and is none from outside",
        ),
        (
            "lookup i hit h miss m",
            "'lookup i hit h miss m' at 'a' in the loop 'i' is named by no store",
        ),
        (
            "v = store 1 = i for h",
            "'v = store 1 = i for h' at 'a' in the loop 'i' names no lookup of its scope",
        ),
        (
            "loop j of x counting d at most 0\nend",
            "'loop j of x counting d at most 0' at 'a' in the loop 'i' lets no iteration begin",
        ),
        (
            "v = let x after w\nw = signal v",
            "these places wait for each other: v@a -> w@a -> v@a",
        ),
        (
            "v = let i after c",
            "these places wait for each other: the end of the loop 'i' -> c@a -> v@a"
            " -> the end of the loop 'i'",
        ),
    ],
)
def test_a_law_broken_in_a_loop_is_named(line: str, message: str) -> None:
    nets = nets_of(ONE_LOOP.format(line, ""), 'net "p" at b\nparams $')

    assert refusal_of(nets).message == message


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ("gives s = list x", "place 's' at 'a' is filled twice"),
        ("gives v = list s", "place 's' is read at 'a' in the loop 'i', and is not made there"),
        ("gives v = end x, s", "place 's' is read at 'a' in the loop 'i', and is not made there"),
        (
            "gives v = last s else s",
            "place 's' is read at 'a' in the loop 'i', and is not made there",
        ),
        (
            "gives v = last x else i",
            "place 'i' is read at 'a' and nothing fills it",
        ),
        (
            "gives v = last x else v",
            "these places wait for each other: v@a -> v@a",
        ),
    ],
)
def test_a_loop_gives_what_is_made_in_it(gives: str, message: str) -> None:
    assert refusal_of(nets_of(ONE_LOOP.format("", gives))).message == message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("v = previous s else s", "'v = previous s else s' at 'a' stands in no loop"),
        ("v = let x", "place 'x' is read at 'a' and nothing fills it"),
        ("v = let i", "place 'i' is read at 'a' and nothing fills it"),
        (
            "loop j of v counting d\nend\nv = let d",
            "these places wait for each other: the beginning of the loop 'j'"
            " -> the end of the loop 'j' -> d@a -> v@a -> the beginning of the loop 'j'",
        ),
        (
            "loop j of s counting d\nw = let j after v\ngives v = list w\nend",
            "these places wait for each other: w@a -> the end of the loop 'j' -> d@a -> v@a -> w@a",
        ),
        (
            "lookup 1 hit h miss m\nloop j of s counting d\nw = store 1 = j for h when m\nend",
            "'lookup 1 hit h miss m' at 'a' is named by no store",
        ),
    ],
)
def test_a_law_broken_around_a_loop_is_named(lines: str, message: str) -> None:
    error = refusal_of(
        nets_of(ONE_LOOP.format("", "").replace("s = let [1, 2]", "s = let [1]\n" + lines))
    )

    assert error.message == message


def test_a_loop_does_not_wait_for_itself_by_looking_back() -> None:
    verify(nets_of(ONE_LOOP.format("v = previous w else s\nw = let [x, v]", "")))


def test_what_looks_back_at_itself_is_what_it_began_with() -> None:
    net = ONE_LOOP.format('v = previous v else s\nyield y "p" = [v, i]', "")

    verify(nets_of(net))

    found = simulate(nets_of(net), [{}], lambda site, call, given: None)
    assert [y.token for y in found] == [[[1, 2], 1], [[1, 2], 2]]


@pytest.mark.parametrize(
    ("site", "old", "new", "message"),
    [
        ("b", "receive x from a", "receive x from a\nreceive z from a",
         "'b' receives 'z' from 'a', which does not send it in the loop 'i'"),
        ("a", "send x to b", "send x to b\nsend x to b", "'a' sends 'x' twice"),
        ("a", "send x to b", "",
         "'b' receives 'x' from 'a', which does not send it in the loop 'i'"),
        ("a", "end\n", "end\nsend s to b\n",
         "'a' sends 's' to 'b', which does not receive it from there"),
        ("a", "    send c to b", "", "'b' receives 'c' from 'a', which does not send it"),
        ("a", "with b", "",
         "'loop i from a counting c' at 'b' follows 'a', which does not name it"),
        ("a", "with b", "with b, d",
         "'loop i of s counting c with b, d' at 'a' names 'd', which has no part in it"),
        ("a", "with b", "with b, b",
         "'loop i of s counting c with b, b' at 'a' has the same site twice"),
        ("a", "with b", "with b, a",
         "'loop i of s counting c with b, a' at 'a' has the same site twice"),
        ("a", "loop i of s counting c with b", "loop i from b of s counting c",
         "'loop i from b of s counting c' at 'a'"
         " has its sequence at a site that does not lead it"),
        ("b", "loop i from a", "loop i from b",
         "'loop i from b counting c' at 'b' has its sequence at a site that does not lead it"),
        ("b", "loop i from a counting c", "loop i of $ counting d",
         "'loop i of $ counting d' at 'b' has two leaders"),
        ("a", LED[LED.index("    loop"):], "    c = let 1\n    send c to b",
         "'loop i from a counting c' at 'b' has no leader"),
        ("b", "    receive c from a\n", "",
         "place 'c' is read at 'b' and nothing fills it"),
        ("b", "    receive c from a\n", "    c = let 1\n",
         "'loop i from a counting c' at 'b'"
         " does not receive 'c' from its leader in the scope around it"),
        ("b", "counting c", "counting c when $",
         "'loop i from a counting c when $' at 'b'"
         " follows, and says what is for its leader to say"),
        ("b", FOLLOWED[FOLLOWED.index("        receive x"):FOLLOWED.index("    end")],
         "        v = previous v else $\n",
         "'loop i from a counting c' at 'b' receives nothing in it that tells of iterations"),
    ],
)  # fmt: skip
def test_sites_that_do_not_agree_on_a_loop_are_refused(
    site: str, old: str, new: str, message: str
) -> None:
    texts = {"a": LED, "b": FOLLOWED}
    assert old in texts[site]

    error = refusal_of(nets_of(*(texts | {site: texts[site].replace(old, new)}).values()))

    assert error.message == message


def test_a_leader_and_its_followers_count_the_same() -> None:
    led = LED.replace("        x = let i", "        x = let i after $").replace("send c", "send s")
    followed = FOLLOWED.replace("receive c", "receive s").replace("counting c", "counting s")

    error = refusal_of(nets_of(led, followed))

    assert error.message == "'loop i from a counting s' at 'b' counts what its leader calls 'c'"


def test_a_follower_with_another_window_is_refused() -> None:
    error = refusal_of(nets_of(LED, FOLLOWED.replace("counting c", "counting c at most 3")))

    assert error.message == (
        "'loop i from a counting c at most 3' at 'b' has another window than at its leader, 128"
    )


def test_a_loop_lies_in_the_same_loop_everywhere() -> None:
    leader = """
        net "p" at a
        params $
        s = let [1, 2]
        loop o of s counting oc with b
            send o to b
        end
        send oc to b
        loop i of s counting c with b
            send i to b
        end
        send c to b
        """
    follower = """
        net "p" at b
        params $
        receive oc from a
        loop o from a counting oc
            receive o from a
            receive c from a
            loop i from a counting c
                receive i from a
                v = let i
            end
        end
        """

    error = refusal_of(nets_of(leader, follower))

    assert error.message == (
        "'loop i from a counting c' at 'b' in the loop 'o' lies in no loop at its leader"
    )


def test_a_circle_through_a_loop_at_another_site_is_found() -> None:
    led = LED.replace("x = let i", "x = let [i, z]").replace(
        "params $", "params $\nreceive z from b"
    )
    followed = FOLLOWED.replace("    end", "    gives z = end\n    end\n    send z to a")

    message = refusal_of(nets_of(led, followed)).message

    assert message == (
        "these places wait for each other: "
        "z@a -> x@a -> the end of the loop 'i' -> c@a -> c@b -> z@b -> z@a"
    )


def test_loops_may_be_nested_deeply() -> None:
    body: tuple[Transition, ...] = (Let("x", Ref("i0")),)
    for n in range(MAX_DEPTH):
        body = (Loop(f"i{n}", f"c{n}", "a", Ref(f"i{n + 1}"), body=body, node=f"i{n}"),)
    source = Let(f"i{MAX_DEPTH}", [])

    verify({"a": NetIR("p", "a", transitions=(source, *body))})

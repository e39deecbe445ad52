"""Between two sites crosses what is read at the other one, once, and no more."""

from __future__ import annotations

from tests.compiler.plans import Join, Make, Use, plan_after, written

from dfm.api import Pipeline, PlaceParam, Yield, well_known_id


def cut(pipeline: Pipeline) -> list[str]:
    return str(plan_after("cut_crossings", pipeline)).splitlines()


def test_at_one_site_nothing_crosses() -> None:
    with written() as p:
        made = Make(site="a")
        Yield(value=Use(v=made[0], site="a", dfm_after=made))

    assert cut(p) == [
        "node0 = m.Make() @ a",
        "node1 = m.Use(v=node0[0]) after node0 @ a",
        "yield yield0 'yield' = node1 @ a",
    ]


def test_a_value_read_twice_at_one_site_is_sent_once() -> None:
    with written() as p:
        made = Make(site="a")
        Join(x=made, y=made[0], site="b")
        Use(v={"k": (made,)}, site="b")

    assert cut(p)[1:] == [
        "node1 = m.Join(x=node0, y=node0[0]) @ b",
        'node2 = m.Use(v={"k": (node0)}) @ b',
        "node0: a -> b",
    ]


def test_a_value_read_at_two_sites_is_sent_to_each() -> None:
    with written() as p:
        made = Make(site="a")
        Use(v=made, site="c")
        Use(v=made, site="b")

    assert cut(p)[-2:] == ["node0: a -> c", "node0: a -> b"]


def test_only_the_parts_that_are_read_are_sent() -> None:
    with written() as p:
        made = Make(site="a")
        Join(x=made["k"], y=[made.fieldref("values"), made["k"]], site="b")

    assert cut(p) == [
        "node0 = m.Make() @ a",
        "node1 = m.Join(x=node0_k, y=[node0_values, node0_k]) @ b",
        'node0_k = let node0["k"] @ a',
        "node0_values = let node0.values @ a",
        "node0_k: a -> b",
        "node0_values: a -> b",
    ]


def test_a_part_of_a_part_that_is_sent_is_taken_at_the_reader() -> None:
    with written() as p:
        made = Make(site="a")
        Join(x=made["k"][0]["deep"], y=made["k"][0], z=made["k"][1], site="b")

    assert cut(p)[1:] == [
        'node1 = m.Join(x=node0_k_0["deep"], y=node0_k_0, z=node0_k_1) @ b',
        'node0_k_0 = let node0["k"][0] @ a',
        'node0_k_1 = let node0["k"][1] @ a',
        "node0_k_0: a -> b",
        "node0_k_1: a -> b",
    ]


def test_a_part_for_two_sites_is_made_once() -> None:
    with written() as p:
        made = Make(site="a")
        Use(v=made[0], site="b")
        Use(v=made[0], site="c")

    assert cut(p)[3:] == [
        "node0_0 = let node0[0] @ a",
        "node0_0: a -> b",
        "node0_0: a -> c",
    ]


def test_the_name_of_a_part_is_nobody_elses() -> None:
    with written() as p:
        made = Make(site="a")
        Make(site="b", dfm_node_id=well_known_id("node0_0"))
        Join(x=made[0], y=made["0"], z=made["- very long, and no word -"], site="b")

    assert cut(p)[2:6] == [
        "node1 = m.Join(x=node0_0_2, y=node0_0_3, z=node0___very_long__and_no_) @ b",
        "node0_0_2 = let node0[0] @ a",
        'node0_0_3 = let node0["0"] @ a',
        'node0___very_long__and_no_ = let node0["- very long, and no word -"] @ a',
    ]


def test_order_across_sites_is_a_signal_and_no_value() -> None:
    with written() as p:
        made = Make(site="a")
        Make(site="b", dfm_after=made)
        Make(site="b", dfm_after=[made, made])
        Yield(value=1, dfm_after=made)

    assert cut(p) == [
        "node0 = m.Make() @ a",
        "node1 = m.Make() after node0_done @ b",
        "node2 = m.Make() after node0_done @ b",
        "yield yield0 'yield' = 1 after node0_done @ home",
        "node0_done = signal node0 @ a",
        "node0_done: a -> b",
        "node0_done: a -> home",
    ]


def test_order_needs_no_signal_where_the_value_is_sent_anyway() -> None:
    with written() as p:
        made = Make(site="a")
        Use(v=made, site="b")
        Make(site="b", dfm_after=made)

    assert cut(p)[2:] == ["node2 = m.Make() after node0 @ b", "node0: a -> b"]


def test_order_does_not_depend_on_whether_a_part_can_be_taken() -> None:
    with written() as p:
        made = Make(site="a")
        Use(v=made[0], site="b")
        Make(site="b", dfm_after=made)

    assert cut(p)[2] == "node2 = m.Make() after node0_done @ b"


def test_parameters_do_not_cross() -> None:
    with written() as p:
        Make(v=PlaceParam("x", multiuse=True), site="a")
        Make(v=PlaceParam("x", multiuse=True), site="b")

    assert plan_after("cut_crossings", p).crossings == ()


def test_yields_of_values_of_several_sites_bring_them_together() -> None:
    with written() as p:
        first, second = Make(site="a"), Make(site="b")
        Yield(value={"one": first[0], "two": (second, 3)})

    assert cut(p)[2:] == [
        """yield yield0 'yield' = {"one": node0_0, "two": (node1, 3)} @ home""",
        "node0_0 = let node0[0] @ a",
        "node0_0: a -> home",
        "node1: b -> home",
    ]


def test_values_can_go_to_and_fro() -> None:
    with written() as p:
        value = Make(site="a")
        for site in ("b", "a", "b"):
            value = Use(v=value, site=site)

    assert cut(p)[4:] == ["node0: a -> b", "node1: b -> a", "node2: a -> b"]

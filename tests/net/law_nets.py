"""Nets that keep the laws, for tests that break one of them."""

from __future__ import annotations

import pytest

from dfm.errors import InternalError
from dfm.net import NetIR, parse_net, verify


def nets_of(*texts: str) -> dict[str, NetIR]:
    nets = [parse_net(text) for text in texts]
    return {net.site: net for net in nets}


def refusal_of(nets: dict[str, NetIR]) -> InternalError:
    with pytest.raises(InternalError) as refusal:
        verify(nets)
    return refusal.value


HUB = """
    net "tour" at hub
    params $, $xs
    receive node9 from desk
    node0 = m.Make(of=$xs)
    node0_initial = let 0
    lookup ["k", $xs] hit node1_hit miss node1_miss
    node2 = m.Make(of=3) when node1_miss
    node3 = store ["k", $xs] = node2 for node1_hit when node1_miss
    node1 = join node1_hit, node3
    send node0 to desk
    loop node4 of node0[1] counting node4_count at most 2 with desk after node1
        receive node6 from desk
        node5 = m.Make(of=[node4, node1])
        send node5 to desk
        if node4 > 1 and not node6 then node7 else node7_else
        node8 = m.Make(of=node6) when node7
        node8_1 = let node4 when node7_else
        node8_2 = join node8, node8_1
        node8_each = join node8_2, before
        before = previous node8_each else node0_initial
        loop node10 of node5 counting node10_count with desk
            node11 = m.Make(of=[node10, node4, node0])
            send node11 to desk
            yield yield0 "out" = node11 when node7 said said
            turn = previous said else $
        gives node12 = list node11
        gives node10_over = end node11, said
        end
        send node10_count to desk
        yield yield1 "out" = [node12, node8_2] after node10_over
    gives node13 = list node8_2
    gives node14 = last node8_each else node0_initial
    end
    send node4_count to desk
    node15 = m.Make(of=[node13, node14, node9])
    yield yield2 "all" = node15
    """

DESK = """
    net "tour" at desk
    params $
    receive node0 from hub
    receive node4_count from hub
    node9 = m.Make(of=node0)
    send node9 to hub
    loop node4 from hub counting node4_count at most 2
        receive node5 from hub
        receive node10_count from hub
        node6 = m.Make(of=node5)
        send node6 to hub
        loop node10 from hub counting node10_count
            receive node11 from hub
            node16 = m.Make(of=[node11, node0])
            yield yield3 "far" = node16
        gives node10_far = end node16
        end
        yield yield4 "far" = 1 after node10_far
    gives node4_over = end node6
    end
    yield yield5 "over" = 1 after node4_over
    """

TOUR = nets_of(HUB, DESK)


LED = """
    net "p" at a
    params $
    s = let [1, 2]
    loop i of s counting c with b
        x = let i
        send x to b
    end
    send c to b
    """

FOLLOWED = """
    net "p" at b
    params $
    receive c from a
    loop i from a counting c
        receive x from a
        yield y "out" = x
    end
    """


ONE_LOOP = """
    net "p" at a
    params $
    s = let [1, 2]
    loop i of s counting c
        x = let i
        {}
    {}
    end
    """

"""What links can do: the section `link-classes`, and what a site says of its own links."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from dfm.federation.checks import cost_refusals
from dfm.federation.models import SendCost
from dfm.federation.names import site_name
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.shape import Shape, entries, fields, is_null, kind, name, number
from dfm.federation.yaml_tree import Node, Scalar

_CLASS = Shape("a link class", ("fixed_time", "bandwidth"))
_SEND_COST = Shape("a send_cost", ("fixed_time", "bandwidth"))

Classes = MappingType[str, SendCost]


def read_link_classes(r: Reading, node: Node | None) -> dict[str, SendCost]:
    """Return what the links of each class can do, by its name."""
    classes: dict[str, SendCost] = {}
    for key, value in entries(r, node, "link-classes", ("link-classes",), merged=False):
        r.declare(("link-classes", key.text), key)
        classes[key.text] = _cost(r, value, _CLASS)
    return classes


def read_link_class(r: Reading, node: Node | None, site: Path) -> str | None:
    """Return the name of the class of a site's links, if it says one."""
    if node is None or is_null(node):
        return None
    r.declare((*site, "link-class"), node)
    return name(r, node, "link-class") or None


def read_send_costs(
    r: Reading, node: Node | None, site: Path, classes: Classes
) -> dict[str, SendCost]:
    """Return what sending from a site costs, by target."""
    costs: dict[str, SendCost] = {}
    for key, value in entries(r, node, "send_cost", (*site, "send_cost"), merged=False):
        target = site_name(key.text)
        r.declare((*site, "send_cost", target), key)
        if target in costs:
            r.report(key, f"the send_cost to {shown(target)} is here twice", "one of the two")
        costs[target] = _send_cost(r, value, classes)
    return costs


def _send_cost(r: Reading, node: Node, classes: Classes) -> SendCost:
    """Return a cost that is written out, or the one of the class that is named in its place."""
    if not isinstance(node, Scalar) or kind(node) != "text":
        return _cost(r, node, _SEND_COST)
    if node.text not in classes and ("link-classes",) not in r.unclear:
        hint = r.nearest(node.text, classes) or "fixed_time and bandwidth, or a link class"
        r.report(node, f"there is no link class {shown(node.text)}", hint)
    cost = classes.get(node.text, SendCost())
    return SendCost() if any(cost_refusals(cost)) else cost  # it is refused where it is written


def _cost(r: Reading, node: Node, shape: Shape) -> SendCost:
    found = fields(r, node, shape)
    time, bandwidth = (number(r, found.get(key), key) for key in shape.keys)
    return SendCost(float(time or 0.0), float(bandwidth) if bandwidth else None)

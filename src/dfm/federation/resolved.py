"""A federation as one text, in which all references have been followed.

It says what the files say together, so that it can be sent along, as in a generated package.
Comments are not in it. References to schemas are names, and stay.
"""

from __future__ import annotations

import os
from typing import Any

from dfm.federation.fetch import WebRules
from dfm.federation.load import load_with_tree
from dfm.federation.models import FederationSpec
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence

_TAG = "tag:yaml.org,2002:"


def load_resolved(
    path: str | os.PathLike[str], *, allow_urls: bool = False, allow_private_urls: bool = False
) -> tuple[FederationSpec, str]:
    """Return a federation, and the one YAML text that loads to the same but for the places.

    Raises:
        FederationError: with every mistake in the files.
        LimitExceeded: the files are too large.
    """
    web = WebRules(allow_urls or allow_private_urls, allow_private_urls)
    spec, root = load_with_tree(path, web)
    return spec, written(root)


def resolved_yaml(
    path: str | os.PathLike[str], *, allow_urls: bool = False, allow_private_urls: bool = False
) -> str:
    """Return the text alone; see `load_resolved`."""
    return load_resolved(path, allow_urls=allow_urls, allow_private_urls=allow_private_urls)[1]


def written(root: Node) -> str:
    """Return the text of a tree; each scalar means what it meant."""
    import yaml

    def node_of(node: Node) -> Any:
        match node:
            case Mapping():
                pairs = [(node_of(key), node_of(value)) for key, value in node.entries.values()]
                return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=False)
            case Sequence():
                items = [node_of(item) for item in node.items]
                return yaml.SequenceNode(f"{_TAG}seq", items, flow_style=False)
        return _scalar_node(node)

    def _scalar_node(node: Scalar) -> Any:
        if node.tag:
            return yaml.ScalarNode(f"{_TAG}{node.tag}", node.text)
        if not node.plain:
            return yaml.ScalarNode(f"{_TAG}str", node.text, style='"')
        tag = resolver.resolve(yaml.ScalarNode, node.text, (True, False))  # type: ignore[no-untyped-call]
        return yaml.ScalarNode(tag, node.text)

    resolver = yaml.resolver.Resolver()
    text = yaml.serialize(node_of(root), Dumper=yaml.SafeDumper, allow_unicode=True)
    return str(text)

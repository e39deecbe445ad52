"""A federation as one text, in which all references have been followed.

It says what the files say together, so that it can be sent along, as in a generated package.
Comments are not in it. References to schemas are names, and stay.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dfm.errors import FederationError
from dfm.federation.fetch import WebRules
from dfm.federation.load import read_tree
from dfm.federation.reading import Reading
from dfm.federation.source import read_text
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence

_TAG = "tag:yaml.org,2002:"


def resolved_yaml(
    path: str | os.PathLike[str], *, allow_urls: bool = False, allow_private_urls: bool = False
) -> str:
    """Return a federation as one YAML text, which loads to the same but for the places.

    Raises:
        FederationError: a file can not be read, or a reference can not be followed.
        LimitExceeded: the files are too large.
    """
    file = Path(path)
    reading = Reading(str(file))
    web = WebRules(allow_urls or allow_private_urls, allow_private_urls)
    root = read_tree(read_text(file), reading, file.parent, web)
    if reading.problems:
        raise FederationError(reading.problems)
    return written(root)


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

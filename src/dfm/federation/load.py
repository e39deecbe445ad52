"""Read a federation from a `*.dfm.yaml` file.

    bytes -> text (source) -> tree with positions (yaml_tree) -> values (read_*) -> checks

Every step reports what is wrong and goes on where it can, so that one run shows every
mistake. Nothing is imported, constructed or connected to: a federation file is data.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping as MappingType
from dataclasses import replace
from pathlib import Path

from dfm.errors import FederationError
from dfm.federation.checks import mistakes
from dfm.federation.documents import Document, Documents
from dfm.federation.fetch import WebRules
from dfm.federation.models import FederationSpec
from dfm.federation.names import VERSION, name_problem
from dfm.federation.read_links import read_link_classes
from dfm.federation.read_operations import read_operations
from dfm.federation.read_provision import read_provision
from dfm.federation.read_sites import read_sites
from dfm.federation.read_types import read_schemas
from dfm.federation.reading import Reading, shown
from dfm.federation.references import follow
from dfm.federation.shape import Shape, fields, kind, name, text
from dfm.federation.source import check_size, decode, read_text
from dfm.federation.yaml_tree import Mapping, Node, Scalar, compose

FORMAT_VERSION = "1.0.0"

_ROOT = Shape(
    "a federation",
    ("dfm", "info", "provision", "schemas", "operations", "link-classes", "sites"),
    required=("dfm", "info"),
)
_INFO = Shape(
    "info",
    ("api-version", "code-package", "description"),
    required=("api-version", "code-package"),
    open=True,
)


def load_federation(
    path: str | os.PathLike[str], *, allow_urls: bool = False, allow_private_urls: bool = False
) -> FederationSpec:
    """Return the federation that a file describes, and the files that it refers to.

    References may be web addresses if `allow_urls`; of a private network or this machine only if
    `allow_private_urls` as well.

    Raises FederationError with every mistake in the files, LimitExceeded when they are too large.
    """
    return load_with_tree(path, WebRules(allow_urls or allow_private_urls, allow_private_urls))[0]


def load_with_tree(path: str | os.PathLike[str], web: WebRules) -> tuple[FederationSpec, Node]:
    """Return a federation and the tree that it was read from, with its references followed.

    Raises FederationError and LimitExceeded, as `load_federation` does.
    """
    file = Path(path)
    reading = Reading(str(file))
    root = _tree(read_text(file), reading, file.parent, web)
    return replace(_read(reading, root), folder=os.path.abspath(file.parent)), root


def parse_federation(content: str | bytes, file: str = "<text>") -> FederationSpec:
    """Return the federation that the contents of a file describe.

    Raises FederationError with every mistake in it, LimitExceeded when it is too large.
    """
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    check_size(raw, file)
    reading = Reading(file)
    return _read(reading, _tree(decode(raw, file), reading, None, WebRules()))


def _tree(content: str, reading: Reading, folder: Path | None, web: WebRules) -> Node:
    """Return the tree of a federation's text, with its references followed.

    Files that it names are in `folder`, or below.
    """
    root = compose(content, reading)
    if root is None:
        reading.fail(1, 1, "the file is empty", "beginning it with `dfm: 1.0.0`")
    if not isinstance(root, Mapping):
        return root
    main = Document(reading.file, folder or Path(), root)
    return follow(reading, Documents(reading, main, folder, web), root)


def _read(reading: Reading, root: Node) -> FederationSpec:
    spec = _federation(reading, root)
    for mistake in mistakes(spec, reading.unclear):
        hint = mistake.hint or (
            reading.nearest(mistake.name, mistake.offered) if mistake.name else ""
        )
        reading.report(reading.declared(mistake.path), mistake.message, hint)
    for path in () if reading.problems else sorted(reading.unclear):  # nothing is left out unsaid
        reading.report(reading.declared(path), f"{'.'.join(path)} can not be made out")
    if reading.problems:
        raise FederationError(reading.problems)
    return spec


def _federation(r: Reading, root: Node) -> FederationSpec:
    found = fields(r, root, _ROOT)
    if "dfm" in found:
        _check_format(r, found["dfm"])
    provision = read_provision(r, found.get("provision"))
    package, version, description = _info(r, found)
    schemas = read_schemas(r, found.get("schemas"))
    operations = read_operations(r, found.get("operations"), schemas)
    link_classes = read_link_classes(r, found.get("link-classes"))
    sites = read_sites(r, found.get("sites"), operations, schemas, link_classes)
    return FederationSpec(
        package, version, description, operations, sites, link_classes, provision, schemas
    )


def _check_format(r: Reading, node: Node) -> None:
    written = node.text if isinstance(node, Scalar) else ""
    if written != FORMAT_VERSION:
        said = f"dfm, the version of the file format, must be {FORMAT_VERSION}"
        r.report(
            node,
            f"{said}, not {shown(written) if written else kind(node)}",
            f"dfm: {FORMAT_VERSION}",
        )


def _info(r: Reading, root: MappingType[str, Node]) -> tuple[str, str, str]:
    if "info" not in root:
        return "", "0.0.0", ""
    found = fields(r, root["info"], _INFO)
    package = ""
    if "code-package" in found:
        package = name(r, found["code-package"], "code-package")
        if package and (problem := name_problem("federation", package)) is not None:
            r.report(found["code-package"], problem.message, problem.hint)
    version = _version(r, found["api-version"]) if "api-version" in found else "0.0.0"
    return package, version, text(r, found.get("description"), "description")


def _version(r: Reading, node: Node) -> str:
    written = node.text if isinstance(node, Scalar) else ""
    if VERSION.fullmatch(written):
        return written
    found = shown(written) if kind(node) == "text" else kind(node)
    parts = [*re.findall(r"[0-9]+", written[:40]), "0", "0", "0"][:3]
    said = f"api-version must be three numbers with dots, not {found}"
    r.report(node, said, f"api-version: {'.'.join(parts)}")
    return "0.0.0"

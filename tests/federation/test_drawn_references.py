"""References drawn at random mean what they mean to a reader who puts everything in its place.

The files do not lead round in circles: each refers to itself only backwards, and to later ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dfm.federation.load import load_federation, parse_federation
from dfm.federation.resolved import resolved_yaml

FILES = ("main.yaml", "a.yaml", "parts/b.yaml")
NAMES = ("s.A", "s.B", "s.C")
HEAD = {"dfm": "1.0.0", "info": {"api-version": "1.0.0", "code-package": "lab"}}
OFFERS = {f"#/operations/o.{name}": {"adapter": "m.F"} for name in "XYZ"}

Files = dict[str, Any]


class Drawing:
    """Draws files that refer to each other."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def files(self) -> Files:
        return {file: self._file(number) for number, file in enumerate(FILES)}

    def _file(self, number: int) -> dict[str, Any]:
        schemas = {
            name: self._schema(number, before=NAMES[:count]) for count, name in enumerate(NAMES)
        }
        if number < 2 and self._random.random() < 0.5:
            del schemas["s.B"], schemas["s.C"]
            schemas["$ref"] = [f"{self._later(number)}#/schemas"]
        operations = {f"o.{name}": self._operation(number) for name in "XYZ"}
        sections = {
            "schemas": schemas,
            "operations": operations,
            "sites": {"lab": self._lab(number)},
        }
        return {**HEAD, **sections} if number == 0 else sections

    def _later(self, number: int) -> str:
        here = "" if number < 2 else "../"
        return here + self._random.choice(FILES[number + 1 :])

    def _schema(self, number: int, before: tuple[str, ...], depth: int = 0) -> dict[str, Any]:
        kind = self._random.random()
        if kind < 0.25 and before:
            return {"$ref": f"#/schemas/{self._random.choice(before)}"}
        if kind < 0.5 and number < 2:
            return {"$ref": f"{self._later(number)}#/schemas/{self._random.choice(NAMES)}"}
        if kind < 0.7 or depth > 2:
            return {"type": self._random.choice(["string", "integer", "boolean"])}
        inner = self._schema(number, before, depth + 1)
        if kind < 0.8:
            return {"type": "array", "items": inner}
        return {"type": "object", "properties": {"p": inner, "$ref": {"type": "string"}}}

    def _operation(self, number: int) -> dict[str, Any]:
        if number < 2 and self._random.random() < 0.4:
            return {"$ref": f"{self._later(number)}#/operations/o.{self._random.choice('XYZ')}"}
        if number < 2 and self._random.random() < 0.4:
            merged = [f"{self._later(number)}#/operations/o.X/parameters"]
            parameters = {"q": self._schema(number, NAMES), "$ref": merged}
        else:
            parameters = {"x": self._schema(number, NAMES), "y": self._schema(number, NAMES)}
        return {"parameters": parameters, "returns": self._schema(number, NAMES)}

    def _lab(self, number: int) -> dict[str, Any]:
        if number < 2 and self._random.random() < 0.5:
            return {"$ref": f"{self._later(number)}#/sites/lab"}
        rule = {"rule": "r", "types": [{"type": "array", "items": self._schema(number, NAMES)}]}
        return {"interface": OFFERS, "policy": {"leaves": [rule]}}


class Reader:
    """Puts everything in its place, by the shortest way that can be thought of."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def main(self) -> Any:
        return self._put(self._files[FILES[0]], FILES[0], names=False)

    def _put(self, value: Any, file: str, *, names: bool) -> Any:
        if isinstance(value, list):
            return [self._put(item, file, names=False) for item in value]
        if not isinstance(value, dict):
            return value
        said = None if names else value.get("$ref")
        if isinstance(said, str):
            return self._target(said, file)
        merged: dict[str, Any] = {}
        for one in said or ():
            merged = {**self._target(one, file), **merged}
        own = {
            key: self._put(inner, file, names=key == "properties")
            for key, inner in value.items()
            if names or key != "$ref"
        }
        return {**merged, **own}

    def _target(self, said: str, file: str) -> Any:
        name, _, pointer = said.partition("#/")
        there = str(Path(file).parent / name) if name else file
        found = self._files[there]
        for step in pointer.split("/"):
            found = self._step(found, step, there)
        if isinstance(found, tuple):
            return found[0]
        return self._put(found, there, names=False)

    def _step(self, found: Any, step: str, file: str) -> Any:
        if isinstance(found, tuple):  # in its place already
            return (found[0][step],)
        if isinstance(found.get("$ref"), str) or step not in found:
            return (self._put(found, file, names=False)[step],)
        return found[step]


@pytest.mark.parametrize("seed", range(120))
def test_references_mean_what_is_there(seed: int, tmp_path: Path) -> None:
    files = Drawing(seed).files()
    (tmp_path / "parts").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))

    spec = load_federation(tmp_path / FILES[0])

    assert spec == parse_federation(json.dumps(Reader(files).main()))
    assert spec == parse_federation(resolved_yaml(tmp_path / FILES[0]))


def test_what_is_drawn_has_references_of_both_kinds() -> None:
    text = json.dumps([Drawing(seed).files() for seed in range(120)])

    for said in ('{"$ref": "#/schemas', '{"$ref": "parts/b.yaml#', '"$ref": ["a.yaml#/schemas"]'):
        assert said in text

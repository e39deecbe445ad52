"""Running the command line in this process, and a federation to run it on."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from dfm.cli.main import main


@dataclass(frozen=True)
class Ended:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Ended]


@pytest.fixture
def dfm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Command]:
    """Run `dfm ARGUMENTS` here; what it imports from the test's folder is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*arguments: str | Path) -> Ended:
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    yield run
    for name, module in list(sys.modules.items()):
        if Path(getattr(module, "__file__", None) or "/").is_relative_to(tmp_path):
            del sys.modules[name]


SUMS = """
    from dfm import Federation, Pipeline, PlaceParam, Yield

    federation = Federation("sums")
    adder, desk = federation.site("adder"), federation.site("desk")

    @adder.operation("sums.Add")
    def add(left: int, right: int) -> int:
        return left + right

    @adder.operation("sums.Divide")
    def divide(left: int, right: int) -> float:
        return left / right

    @adder.operation("sums.Pack")
    def pack(size: int) -> bytes:
        return bytes(size)

    def get_pipeline(given):
        with Pipeline(name="sums") as pipeline:
            total = given.operations.sums.Add(left=40, right=PlaceParam(place="right"))
            Yield(place="total", value=total)
        return pipeline

    def get_pipeline_parameters():
        return {"right": 2}
"""


@pytest.fixture
def sums(tmp_path: Path) -> Callable[[str], Path]:
    """Write a pipeline file: the federation `sums`, and more source after it."""

    def write(more: str = "", name: str = "sums_pipeline.py") -> Path:
        file = tmp_path / name
        file.write_text(dedent(SUMS) + "\n" + dedent(more), encoding="utf-8")
        return file

    return write

"""`ApiGen`, the generator as an object, for programs written for nv-dfm-core.

    ApiGen.from_yaml_file("harbor.dfm.yaml").generate_api(outpath=Path("src"))

It gives the files of `dfm.codegen`, as pairs of a path and a text.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dfm.codegen import generate, write
from dfm.errors import ArgumentError
from dfm.federation.load import parse_federation
from dfm.federation.models import FederationSpec

__all__ = ["ApiGen"]

Files = list[tuple[Path, str]]


class ApiGen:
    """A federation, and the text of its package."""

    def __init__(
        self, spec: FederationSpec, text: str, logger: logging.Logger | None = None
    ) -> None:
        self._spec = spec
        self._text = text
        self._logger = logger or logging.getLogger("dfm.codegen")

    @staticmethod
    def from_yaml_file(file: str | Path) -> ApiGen:
        """Return the generator of a file; its references are relative to it."""
        from dfm.federation.resolved import load_resolved

        return ApiGen(*load_resolved(file))

    @staticmethod
    def from_json_file(file: str | Path) -> ApiGen:
        """Return the generator of a file of JSON; its references are relative to it."""
        return ApiGen.from_yaml_file(file)

    @staticmethod
    def from_yaml_string(text: str) -> ApiGen:
        """Return the generator of a federation without references to files."""
        return ApiGen(parse_federation(text), text)

    @staticmethod
    def from_json_string(text: str) -> ApiGen:
        """Return the generator of a federation in JSON, without references to files."""
        return ApiGen.from_yaml_string(text)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> ApiGen:
        """Return the generator of a federation as data, without references to files."""
        return ApiGen.from_yaml_string(json.dumps(data))

    def generate_api(
        self,
        language: str = "python",
        outpath: Path | None = None,
        delete_generated_packages_first: bool = True,
    ) -> Files:
        """Return the files of `fed`, and write them if there is a folder for them.

        Raises ArgumentError, which is a ValueError, for a language other than Python.
        """
        _check(language)
        return self._given(
            generate(self._spec, self._text), outpath, delete_generated_packages_first
        )

    def generate_runtime(
        self,
        language: str = "python",
        outpath: Path | None = None,
        delete_generated_packages_first: bool = True,
        generate_for_sites: Sequence[str] | None = None,
    ) -> Files:
        """Return the files of `fed/runtime`, and write them if there is a folder for them.

        What else is in `fed` stays. Raises ArgumentError for a language other than Python.
        """
        _check(language)
        files = generate(self._spec, self._text, api=False, runtime_sites=generate_for_sites)
        if outpath is not None and delete_generated_packages_first:
            kept = _written(Path(outpath), self._spec.name)
            files = {**kept, **files}
        found = self._given(files, outpath, delete_generated_packages_first)
        return [
            (path, text)
            for path, text in found
            if path.parts[2:3] == ("runtime",) and path.name != "fed_info.json"
        ]

    def _given(self, files: dict[str, str], outpath: Path | None, cleanup: bool) -> Files:
        if outpath is not None:
            write(files, Path(outpath), self._spec.name, cleanup=cleanup)
            self._logger.info("wrote %s", Path(outpath, self._spec.name, "fed"))
        return [(Path(path), text) for path, text in files.items()]


def _check(language: str) -> None:
    if language != "python":
        raise ArgumentError(f"no code is generated in {language!r}", hint="'python'")


def _written(folder: Path, package: str) -> dict[str, str]:
    """Return the files of `fed` that are there, but for those of `fed/runtime`."""
    place = folder / package / "fed"
    found = (p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in found
        if path.relative_to(place).parts[0] != "runtime"
    }

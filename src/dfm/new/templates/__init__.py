"""The templates there are: what each is, what it needs, and what to run first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec

PLACEHOLDER = "@NAME@"
SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of project. `needs` are the modules that its `extra` brings."""

    name: str
    summary: str
    run: str = "pipeline.py"
    extra: str = ""
    needs: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Return the modules that it needs and that are not installed."""
        return tuple(module for module in self.needs if find_spec(module) is None)

    def files(self, name: str) -> Mapping[str, str]:
        """Return the text of each file of a project of that name."""
        return {
            entry.name.removesuffix(SUFFIX).replace("NAME", name): entry.read_text("utf-8").replace(
                PLACEHOLDER, name
            )
            for entry in sorted(files(__name__).joinpath(self.name).iterdir(), key=str)
            if entry.name.endswith(SUFFIX)
        }


TEMPLATES: Mapping[str, Template] = {
    template.name: template
    for template in (
        Template("minimal", "a federation file, its adapters and a pipeline"),
        Template("python", "federation, operations and pipeline in one Python file"),
        Template(
            "weather",
            "two forecasts as arrays, made up on the spot",
            extra="array",
            needs=("numpy", "xarray"),
        ),
        Template(
            "warming",
            "two climate projections of the Met Office",
            run="decades.py",
            extra="examples",
            needs=("numpy", "xarray", "cftime", "h5netcdf", "iris_sample_data", "matplotlib"),
        ),
    )
}

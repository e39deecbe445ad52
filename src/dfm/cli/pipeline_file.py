"""A Python file that says what to run: its pipeline, its federation, its parameter sets.

    def get_pipeline(federation): ...       or get_pipeline() -> Pipeline
    def get_pipeline_parameters(): ...      optional -> {name: value}, or a list of such dicts
    def get_federation(): ...               optional; or a variable `federation` or `FEDERATION`

Whatever the file's own code raises becomes one error that names the line of the file.
`open_pipeline` is what every command does with such a file first.
"""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from dfm.errors import (
    ArgumentError,
    DeclarationError,
    DfmError,
    ParameterSetError,
    nearest,
)

if TYPE_CHECKING:
    from dfm.api import Pipeline
    from dfm.mesh import Federation
    from dfm.net.prepared import PreparedPipeline

T = TypeVar("T")

_HAS_LINE = re.compile(r":[0-9]")

FEDERATION_NAMES = ("get_federation", "federation", "FEDERATION")


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A loaded file. Its functions are called when asked for, not before."""

    path: Path
    module: ModuleType

    @staticmethod
    def load(path: Path) -> PipelineFile:
        """Load a file as a module of its name, with its folder first on the path for imports.

        Raises:
            DeclarationError: the file can not be loaded, or its own code raised.
        """
        path = path.resolve()
        name = path.stem
        if name in sys.modules:
            raise DeclarationError(
                f"{path.name} has the name of a module that is loaded already",
                at=str(path),
                hint="another name for the file",
            )
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise DeclarationError(
                f"{path.name} is no Python file", at=str(path), hint="a file whose name ends in .py"
            )
        module = module_from_spec(spec)
        file = PipelineFile(path, module)
        sys.modules[name] = module
        sys.path.insert(0, str(path.parent))
        file._call(spec.loader.exec_module, module, what=path.name)
        return file

    def federation(self, given: Path | None) -> Federation:
        """Return the federation: the given file, else the pipeline file's own, else one beside it.

        Raises:
            DeclarationError: there is none, or no telling which.
        """
        from dfm.mesh import Federation

        if given is not None:
            return Federation.load(given)
        for name in FEDERATION_NAMES:
            found = getattr(self.module, name, None)
            if callable(found) and name.startswith("get_"):
                found = self._call(found, what=name)
            if found is not None:
                return self._must_be(found, Federation, f"`{name}`")
        return Federation.load(self._federation_beside())

    def pipeline(self, federation: Federation, args: Sequence[str] = ()) -> Pipeline:
        """Return what `get_pipeline` returns; it is given the federation if it takes an argument.

        If that one argument is named `args`, it is given `args` instead.

        Raises:
            DeclarationError: there is no such function, or it returned something else.
        """
        from dfm.api import Pipeline

        function = getattr(self.module, "get_pipeline", None)
        if not callable(function):
            raise DeclarationError(
                f"{self.path.name} has no function `get_pipeline`",
                at=str(self.path),
                hint="`def get_pipeline(federation): ...`, which returns a Pipeline",
            )
        arguments: tuple[object, ...] = (federation,) if _takes_an_argument(function) else ()
        if list(inspect.signature(function).parameters) == ["args"]:
            arguments = (list(args),)
        made = self._call(function, *arguments, what="get_pipeline")
        if made is None:
            raise DeclarationError(
                "`get_pipeline` returned nothing",
                at=f"{self.path}:{function.__code__.co_firstlineno}"
                if inspect.isfunction(function)
                else str(self.path),
                hint="`return pipeline` as its last line",
            )
        return self._must_be(made, Pipeline, "what `get_pipeline` returned")

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
        """Return the parameter sets of `get_pipeline_parameters`, each with `given` put over it.

        Raises:
            DeclarationError: the function returned neither a dict nor a list of dicts.
        """
        function = getattr(self.module, "get_pipeline_parameters", dict)
        found = self._call(function, what="get_pipeline_parameters")
        if isinstance(found, Mapping):
            return {**found, **given}
        if isinstance(found, Iterable) and not isinstance(found, (str, bytes)):
            sets = list(found)
            if all(isinstance(one, Mapping) for one in sets):
                return [{**one, **given} for one in sets]
        raise DeclarationError(
            f"`get_pipeline_parameters` returned {type(found).__name__}",
            at=str(self.path),
            hint="a dict of parameters by name, or a list of such dicts",
        )

    def _federation_beside(self) -> Path:
        beside = sorted(self.path.parent.glob("*.dfm.yaml"))
        if len(beside) == 1:
            return _as_people_say(beside[0])
        names = ", ".join(path.name for path in beside)
        raise DeclarationError(
            f"there are several federations beside {self.path.name}: {names}"
            if beside
            else f"{self.path.name} names no federation, and there is no *.dfm.yaml beside it",
            at=str(self.path),
            hint="--federation FILE" + ("" if beside else ", or a function `get_federation` in it"),
        )

    def _must_be(self, value: object, wanted: type[T], what: str) -> T:
        if isinstance(value, wanted):
            return value
        raise DeclarationError(
            f"{what} is no {wanted.__name__} but {type(value).__name__}", at=str(self.path)
        )

    def _call(self, function: Callable[..., Any], *arguments: object, what: str) -> Any:
        try:
            return function(*arguments)
        except DfmError as error:
            if not _HAS_LINE.search(error.at):
                error.at = ", ".join(filter(None, (self._where(error), error.at)))
            raise
        except SyntaxError as error:
            at = f"{error.filename}:{error.lineno}:{error.offset}" if error.filename else ""
            raise DeclarationError(f"{error.msg}", at=at or str(self.path)) from error
        except (Exception, SystemExit) as error:
            raise DeclarationError(
                f"{what} raised {type(error).__name__}: {error}", at=self._where(error)
            ) from error

    def _where(self, error: BaseException) -> str:
        """Return the innermost line of the author's own code in a traceback."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if self._is_own(Path(f.filename))]
        return f"{own[-1].filename}:{own[-1].lineno} in {own[-1].name}" if own else str(self.path)

    def _is_own(self, source: Path) -> bool:
        """Whether a source lies beside the file or below, and is no installed package."""
        return source.is_relative_to(self.path.parent) and "site-packages" not in source.parts


def _as_people_say(path: Path) -> Path:
    """Return a path relative to the working directory, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _takes_an_argument(function: Callable[..., Any]) -> bool:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.kind in positional for p in inspect.signature(function).parameters.values())


@dataclass(frozen=True, slots=True)
class Opened:
    """A pipeline with all that is needed to ask about it or to run it."""

    file: PipelineFile
    federation: Federation
    pipeline: Pipeline
    homesite: str


def open_pipeline(path: Path, federation: Path | None, homesite: str | None) -> Opened:
    """Load a file, its federation and its pipeline; find out whose pipeline it is.

    Raises:
        DfmError: what is wrong with any of them.
    """
    file = PipelineFile.load(path)
    found = file.federation(federation)
    pipeline = file.pipeline(found)
    return Opened(file, found, pipeline, homesite or homesite_of(found))


def check_names(given: Mapping[str, Any], prepared: PreparedPipeline) -> None:
    """Refuse parameters that a pipeline does not ask for.

    Raises:
        ParameterSetError: with the nearest name there is.
    """
    wanted = prepared.param_places
    for name in given:
        if name not in wanted:
            raise ParameterSetError(
                f"the pipeline does not ask for {name!r}",
                at="--param",
                hint=nearest(name, wanted) or "no parameters: the pipeline has none",
            )


def homesite_of(federation: Federation) -> str:
    """Return the one site that offers no operations, or the only site there is.

    Raises:
        ArgumentError: there is no such site, or several.
    """
    sites = federation.spec.sites
    empty = [name for name, site in sites.items() if not site.interface and not site.providers]
    for names in (empty, list(sites)):
        if len(names) == 1:
            return names[0]
    raise ArgumentError(
        f"there is no telling which site of federation {federation.spec.name!r} is yours",
        hint="--homesite with " + nearest("", empty or sites),
    )

"""Who may import whom, and what no file may do. The tables are the design; the tests keep it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "dfm"
FILES = sorted(ROOT.rglob("*.py"))

BELOW_TARGETS = {"errors", "types", "net", "wire", "exec", "federation.models"}
BELOW_MESH = BELOW_TARGETS | {
    "federation",
    "report",
    "api",
    "compiler",
    "codegen",
    "costs",
    "registry",
    "targets",
    "session",
}

MAY_IMPORT = {
    "errors": set[str](),
    "types": {"errors"},
    "report": {"errors"},
    "net": {"errors", "types", "report"},
    "federation": {"errors", "types"},
    "registry": {"errors", "federation"},
    "codegen": {"errors", "types", "federation"},
    "gen": {"errors", "federation", "codegen"},
    "wire": {"errors", "net", "report"},
    "api": {"errors", "types", "net", "federation"},
    "compiler": {"errors", "types", "net", "report", "wire", "federation", "api"},
    "costs": {"errors", "types", "report", "federation", "compiler"},
    "exec": {"errors", "types", "report", "net", "wire", "federation.models"},
    "targets": BELOW_TARGETS,
    "session": BELOW_MESH - {"session"},
    "mesh": BELOW_MESH,
    "migrate": {"errors"},
    "new": {"errors"},
    "testing": BELOW_MESH | {"mesh"},
    "view": BELOW_MESH | {"mesh"},
    "cli": BELOW_MESH | {"mesh", "view", "migrate", "new", "dfm"},
    "dfm": BELOW_MESH | {"mesh"},
}

EXCEPTIONS = {
    ("federation/__init__.py", "mesh"): "`dfm.federation.Federation` is where users look for it",
}

NEVER_IMPORTED = {"pickle", "cloudpickle", "marshal", "shelve", "dill", "code", "codeop"}
NEVER_CALLED = {"eval", "exec", "compile", "__import__"}

MAY_UNPICKLE = {
    "wire/pickling.py": "the pickle codec: used only where both ends are one user on one machine",
    "targets/local/bootstrap.py": "a script's own functions, for a worker of the same user",
    "api/pickled.py": "PickledObject: an author's own value, wrapped on purpose",
}

LONGEST_FILE = 600


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules_imported(tree: ast.AST, path: Path) -> Iterator[str]:
    """Yield every module a file names in an import, wherever the import stands.

    Imports inside functions and under `if TYPE_CHECKING` count: they are dependencies too.
    """
    package = ("dfm", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                start = package[: len(package) - level + 1] if level else ()
                whole = ".".join((*start, *(module.split(".") if module else ())))
                yield from (f"{whole}.{alias.name}" for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(named)), *_]):
                if getattr(function, "attr", getattr(function, "id", "")) == "import_module":
                    yield named


def layer_of(module: str) -> str | None:
    """Return the layer a module belongs to, or None if it is not ours."""
    match module.split("."):
        case ["dfm", "federation", "models" | "policies", *_]:
            return "federation.models"
        case ["dfm", layer, *_] if (ROOT / layer).is_dir() or (ROOT / f"{layer}.py").is_file():
            return layer
        case ["dfm", *_]:
            return "dfm"
    return None


def strays(path: Path, source: str) -> list[str]:
    """Return one line for each import of a file that the table does not allow."""
    parts = path.relative_to(ROOT).parts
    layer = "dfm" if parts == ("__init__.py",) else parts[0].removesuffix(".py")
    allowed = MAY_IMPORT.get(layer, set()) | {layer, f"{layer}.models"}
    if "federation" in allowed:
        allowed = allowed | {"federation.models"}
    imported = {layer_of(module) for module in modules_imported(ast.parse(source), path)}
    return [
        f"{name_of(path)}: {layer} may not import {other}"
        for other in sorted(imported - allowed - {None}, key=str)
        if (name_of(path), other) not in EXCEPTIONS
    ]


def forbidden_code(path: Path, source: str) -> list[str]:
    """Return one line for each construct of a file that could run code it was handed."""
    if name_of(path) in MAY_UNPICKLE:
        return []
    tree = ast.parse(source)
    imports = {m.split(".")[0] for m in modules_imported(tree, path)} & NEVER_IMPORTED
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } & NEVER_CALLED
    return [f"{name_of(path)}: {name}" for name in sorted(imports | calls)]


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 10


def test_every_layer_has_its_row_in_the_table() -> None:
    layers = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in FILES}

    assert layers - {"__init__"} <= set(MAY_IMPORT)


def test_imports_follow_the_table() -> None:
    found = [line for path in FILES for line in strays(path, path.read_text("utf-8"))]

    assert "\n".join(found) == ""


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("errors.py", "import dfm.types"),
        ("net/model.py", "def f():\n    from dfm.compiler import compile_pipeline"),
        ("exec/site.py", "from dfm.federation.load import load"),
        ("exec/site.py", "from dfm.federation import load"),
        ("targets/inline.py", "if TYPE_CHECKING:\n    from dfm.session import Job"),
        ("wire/codecs.py", "from ..federation import models"),
        ("api/pipeline.py", "import_module('dfm.session')"),
        ("session/job.py", "from dfm import Federation"),
        ("view/plan.py", "import dfm.cli.main"),
        ("federation/load.py", "from dfm.mesh import Federation"),
    ],
)
def test_a_stray_import_is_found(file: str, source: str) -> None:
    assert len(strays(ROOT / file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("exec/site.py", "from dfm.federation.models import SiteSpec"),
        ("exec/site.py", "from dfm.federation import models"),
        ("federation/load.py", "from dfm.federation.models import SiteSpec"),
        ("api/pipeline.py", "from .statement import Statement"),
        ("cli/main.py", "from dfm import __version__"),
        ("net/frame.py", "import collections.abc"),
    ],
)
def test_an_allowed_import_is_let_through(file: str, source: str) -> None:
    assert strays(ROOT / file, source) == []


def test_no_file_relies_on_assert() -> None:
    """`python -O` removes assertions, so they can guard nothing."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assert)
    ]

    assert found == []


def test_no_file_runs_code_it_was_handed() -> None:
    found = [line for path in FILES for line in forbidden_code(path, path.read_text("utf-8"))]

    assert "\n".join(found) == ""


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from marshal import loads",
        "eval('1')",
        "def f():\n    import cloudpickle",
        "import_module('pickle')",
    ],
)
def test_code_that_could_run_what_it_was_handed_is_found(source: str) -> None:
    assert len(forbidden_code(ROOT / "exec/site.py", source)) == 1


def test_every_file_allowed_to_unpickle_is_there() -> None:
    assert [name for name in MAY_UNPICKLE if not (ROOT / name).is_file()] == []


def test_no_file_is_too_long_to_explain_one_idea() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}

    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}

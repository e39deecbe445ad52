"""The public surface: which names there are, and what getting them costs."""

import subprocess
import sys

import pytest

import dfm

NAMES = [
    "Advise",
    "And",
    "BestOf",
    "ComputeCost",
    "DfmError",
    "Else",
    "Equal",
    "ErrorToken",
    "Federation",
    "ForEach",
    "Frame",
    "GreaterThan",
    "GreaterThanOrEqual",
    "If",
    "Job",
    "JobStatus",
    "LessThan",
    "LessThanOrEqual",
    "NodeRef",
    "Not",
    "NotEqual",
    "Operation",
    "Or",
    "Pipeline",
    "PlaceParam",
    "SendCost",
    "Session",
    "StopToken",
    "Token",
    "TryFromCache",
    "WriteToCache",
    "Yield",
    "__version__",
    "well_known_id",
]

HEAVY = {"click", "numpy", "pandas", "pydantic", "rich", "xarray", "yaml"}
WHAT_A_WORKER_STARTS_WITH = (
    "dfm.errors",
    "dfm.exec",
    "dfm.federation.models",
    "dfm.net",
    "dfm.types",
    "dfm.wire",
)


def modules_loaded_by(statement: str) -> set[str]:
    """Run a statement in a fresh interpreter and return the names of the modules it loaded."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_public_names_are_these() -> None:
    assert dfm.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(dfm, name) is not None


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'dfm' has no attribute 'Pipelin'"):
        dfm.Pipelin  # noqa: B018


def test_dir_lists_the_public_names() -> None:
    assert dir(dfm) == sorted(NAMES)


def test_importing_dfm_loads_no_other_module_of_it() -> None:
    loaded = modules_loaded_by("import dfm")

    assert {name for name in loaded if name.startswith("dfm")} == {"dfm"}
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("module", WHAT_A_WORKER_STARTS_WITH)
def test_what_a_worker_starts_with_loads_nothing_heavy(module: str) -> None:
    loaded = modules_loaded_by(f"import {module}")

    assert loaded & HEAVY == set()

"""What a pipeline file may say, and what is said of one that is wrong."""

from pathlib import Path
from textwrap import dedent

import pytest

BARE = """
    from dfm import Federation, Pipeline, Yield

    def get_pipeline():
        with Pipeline(name="bare") as pipeline:
            Yield(place="answer", value=42)
        return pipeline
"""

EMPTY_FEDERATION = """
    dfm: 1.0.0
    info: {api-version: 0.1.0, code-package: empty}
    sites: {desk: {}}
"""


def written(path: Path, source: str) -> Path:
    path.write_text(dedent(source), encoding="utf-8")
    return path


def test_a_file_without_get_pipeline_is_refused_with_what_to_write(dfm, tmp_path: Path) -> None:
    file = written(
        tmp_path / "lacking.py", "from dfm import Federation\nfederation = Federation('x')"
    )

    ended = dfm("run", file)

    assert ended.code == 2
    assert "lacking.py has no function `get_pipeline`" in ended.err
    assert "try  `def get_pipeline(federation): ...`" in ended.err


@pytest.mark.parametrize(
    ("source", "message", "at"),
    [
        ("x = (", "was never closed", "broken.py:1:5"),
        ("import nonesuch_module", "No module named 'nonesuch_module'", "broken.py:1"),
        ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError", "broken.py:2 in f"),
    ],
)
def test_an_error_in_the_file_names_its_line_without_a_traceback_of_ours(
    dfm, tmp_path: Path, source: str, message: str, at: str
) -> None:
    file = written(tmp_path / "broken.py", source)

    ended = dfm("run", file)

    assert ended.code == 2
    assert message in ended.err
    assert at in ended.err
    assert "Traceback" not in ended.err


def test_an_error_in_get_pipeline_names_its_line(dfm, sums) -> None:
    file = sums("def get_pipeline():\n    raise KeyError('which')\n")

    ended = dfm("run", file)

    assert ended.code == 2
    assert "get_pipeline raised KeyError: 'which'" in ended.err
    assert "in get_pipeline" in ended.err


def test_get_pipeline_must_return_a_pipeline(dfm, sums) -> None:
    ended = dfm("run", sums("def get_pipeline(): return 7"))

    assert ended.code == 2
    assert "what `get_pipeline` returned is no Pipeline but int" in ended.err


def test_parameters_must_be_a_dict_or_dicts(dfm, sums) -> None:
    ended = dfm("run", sums("def get_pipeline_parameters(): return [1, 2]"))

    assert ended.code == 2
    assert "`get_pipeline_parameters` returned list" in ended.err


def test_a_file_that_is_no_text_is_refused_by_its_name(dfm, tmp_path: Path) -> None:
    file = tmp_path / "binary.py"
    file.write_bytes(b"x = 1\0")

    ended = dfm("run", file)

    assert ended.code == 2
    assert "null bytes" in ended.err
    assert str(file) in ended.err


def test_a_file_named_like_a_loaded_module_is_refused(dfm, tmp_path: Path) -> None:
    ended = dfm("run", written(tmp_path / "json.py", BARE))

    assert ended.code == 2
    assert "another name for the file" in ended.err


def test_without_any_federation_the_ways_to_give_one_are_named(dfm, tmp_path: Path) -> None:
    ended = dfm("run", written(tmp_path / "bare.py", BARE))

    assert ended.code == 2
    assert "bare.py names no federation" in ended.err
    assert "--federation FILE, or a function `get_federation` in it" in ended.err


def test_of_two_federations_beside_the_file_none_is_guessed(dfm, tmp_path: Path) -> None:
    for name in ("north", "south"):
        written(tmp_path / f"{name}.dfm.yaml", EMPTY_FEDERATION)

    ended = dfm("run", written(tmp_path / "bare.py", BARE))

    assert ended.code == 2
    assert "several federations beside bare.py: north.dfm.yaml, south.dfm.yaml" in ended.err


@pytest.mark.parametrize("given", [True, False])
def test_the_federation_is_the_given_file_or_the_one_beside(
    dfm, tmp_path: Path, given: bool
) -> None:
    beside = written(tmp_path / "empty.dfm.yaml", EMPTY_FEDERATION)
    options = ["--federation", beside] if given else []

    ended = dfm("run", written(tmp_path / "bare.py", BARE), "--target", "inline", *options)

    assert ended.err.count("error") == 0
    assert ended.out == "answer [0] 42\n"


def test_the_federation_may_come_from_a_function(dfm, sums) -> None:
    file = sums("given = federation; del federation\ndef get_federation(): return given")

    ended = dfm("run", file, "--target", "inline")

    assert ended.out == "total [0] 42\n"


def test_what_should_be_a_federation_is_checked(dfm, sums) -> None:
    ended = dfm("run", sums("federation = 'sums'"))

    assert ended.code == 2
    assert "`federation` is no Federation but str" in ended.err


def test_without_a_return_the_return_is_named(dfm, sums) -> None:
    ended = dfm("run", sums("def get_pipeline():\n    with Pipeline() as pipeline: pass\n"))

    assert ended.code == 2
    assert "`get_pipeline` returned nothing" in ended.err
    assert "try  `return pipeline` as its last line" in ended.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("given.operations.sums.Ad", "no operation 'sums.Ad'"),
        ("given.operation('sums.Ad')", "no operation 'sums.Ad'"),
        ("given.operations.sums.Add(left=1, right=2, site='addr')", "no site 'addr'"),
        ("given.session('dsk')", "no site 'dsk'"),
    ],
)
def test_an_unknown_name_is_told_with_the_line_of_the_file(
    dfm, sums, line: str, message: str
) -> None:
    file = sums(f"def get_pipeline(given):\n    with Pipeline():\n        {line}\n")
    number = file.read_text("utf-8").splitlines().index(f"        {line}") + 1

    ended = dfm("run", file)

    assert ended.code == 2
    assert message in ended.err
    assert f"{file.name}:{number}" in ended.err

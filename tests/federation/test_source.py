"""A federation file is UTF-8 text of a bounded size; anything else is refused with its place."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from dfm.errors import FederationError, LimitExceeded, Problem
from dfm.federation.source import MAX_BYTES, decode, read_text


def refusal(content: bytes) -> Problem:
    with pytest.raises(FederationError) as caught:
        decode(content, "f")
    (problem,) = caught.value.problems
    return problem


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbfdfm: 1.0.0", "f") == "dfm: 1.0.0"


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    problem = refusal("a: b\nö: größe".encode("latin-1"))

    assert problem.at == "f:2:1"
    assert "byte 0xf6 is not UTF-8" in problem.message


def test_utf16_is_refused_at_its_first_byte() -> None:
    assert refusal("dfm: 1.0.0".encode("utf-16")).at == "f:1:1"


def test_a_nul_is_refused_with_its_place() -> None:
    problem = refusal(b"a: b\nc: d\0")

    assert problem.at == "f:2:5"
    assert "U+0000" in problem.message


def test_a_missing_file_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    (tmp_path / "harbor.dfm.yaml").touch()

    with pytest.raises(FederationError) as caught:
        read_text(tmp_path / "harbour.dfm.yaml")

    (problem,) = caught.value.problems
    assert problem.at == str(tmp_path / "harbour.dfm.yaml")
    assert "no such file" in problem.message
    assert "'harbor.dfm.yaml'" in problem.hint


def test_a_directory_is_refused_naming_the_federations_in_it(tmp_path: Path) -> None:
    (tmp_path / "harbor.dfm.yaml").touch()

    with pytest.raises(FederationError, match="directory") as caught:
        read_text(tmp_path)

    assert "'harbor.dfm.yaml'" in caught.value.problems[0].hint


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "file/inside"])
def test_what_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FederationError):
        read_text(tmp_path / name)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    large = tmp_path / "large.dfm.yaml"
    with large.open("wb") as file:
        file.truncate(100_000_000)

    tracemalloc.start()
    with pytest.raises(LimitExceeded, match=f"{MAX_BYTES} bytes") as caught:
        read_text(large)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.at == str(large)
    assert peak < 4 * MAX_BYTES


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    file = tmp_path / "full.dfm.yaml"
    file.write_bytes(b"#" * MAX_BYTES)

    assert len(read_text(file)) == MAX_BYTES

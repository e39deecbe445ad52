"""Where learned costs are kept: by several at once, within bounds, and told when it fails."""

import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costs.jobs import link, step

from dfm.costs import store as store_module
from dfm.costs.history import MOST_RUNS, History
from dfm.costs.news import UNREAD, StoreError
from dfm.costs.runs import JobRun, StepKey
from dfm.costs.store import CostStore, store_of


@pytest.fixture
def store(tmp_path: Path) -> CostStore:
    return CostStore(tmp_path / "weather" / "costs.sqlite")


def known(store: CostStore, target: str = "local") -> History:
    return store.read(target).history


def test_a_store_that_is_not_there_is_empty_and_stays_away(store: CostStore) -> None:
    news = store.read("local")

    assert (news.history, news.mark, news.all) == (History(), UNREAD, False)
    assert store.targets() == ()
    assert store.forget() == 0
    assert store.stamp() == ()
    assert not store.path.parent.exists()


def test_what_is_kept_is_read_again(store: CostStore) -> None:
    jobs = [step("m.A", "oslo", 0.1 + 0.2, provider="era5"), link("oslo", "desk", (8, 0.1), (9, 1))]

    store.add("local", jobs)

    assert known(store) == History().and_also(jobs)


@given(
    st.floats(0, 1e12), st.floats(0, 1e12), st.floats(0, 1e12), st.text(max_size=20), st.text(),
)  # fmt: skip
def test_numbers_and_names_are_kept_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    read: float, seconds: float, made: float, operation: str, site: str,
) -> None:  # fmt: skip
    store = CostStore(tmp_path_factory.mktemp("kept") / "costs.sqlite")
    job = step(operation, site, seconds, read=read, made=made)

    store.add("local", [job])

    assert known(store) == History().and_also([job])


def test_each_target_has_its_own_costs(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])
    store.add("inline", [step("m.A", "oslo", 2.0)])

    assert store.targets() == ("inline", "local")
    assert known(store, "local") != known(store, "inline")
    assert not known(store, "flare")


def test_only_the_last_runs_of_each_key_are_kept(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0, when=float(n)) for n in range(MOST_RUNS + 9)])
    store.add("local", [step("m.B", "oslo", 1.0), link("oslo", "desk", (8, 0.1))])

    runs = known(store).steps

    assert sorted(len(of_key) for of_key in runs.values()) == [1, MOST_RUNS]
    assert runs[StepKey("m.A", "oslo")][0].when == 9.0


def test_a_store_does_not_grow_with_the_number_of_keys(
    store: CostStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_ROWS", 20)

    for n in range(5):
        store.add("local", [step(f"m.Op{n}_{k}", "oslo", 1.0, when=float(n)) for k in range(10)])

    steps = known(store).steps
    assert len(steps) == 20
    assert {run.when for runs in steps.values() for run in runs} == {3.0, 4.0}


def test_a_reader_is_told_only_what_is_new(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])
    first = store.read("local")
    store.add("local", [step("m.B", "oslo", 1.0)])

    second = store.read("local", first.mark)

    assert first.all
    assert not second.all
    assert second.history == History().and_also([step("m.B", "oslo", 1.0)])
    assert not store.read("local", second.mark).history


def test_a_reader_is_told_all_again_when_something_was_forgotten(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0), step("m.B", "rome", 1.0)])
    mark = store.read("local").mark

    assert store.forget(site="oslo") == 1

    news = store.read("local", mark)
    assert news.all
    assert news.history == History().and_also([step("m.B", "rome", 1.0)])


def test_the_stamp_changes_with_the_store(store: CostStore) -> None:
    stamps = [store.stamp()]
    for n in range(3):
        store.add("local", [step("m.A", "oslo", 1.0, when=float(n))])
        stamps.append(store.stamp())

    assert len(set(stamps)) == 4
    assert store.stamp() == stamps[-1]


JOBS = {
    "A at oslo": ("local", step("m.A", "oslo", 1.0)),
    "A at rome": ("local", step("m.A", "rome", 1.0)),
    "B at oslo": ("local", step("m.B", "oslo", 1.0)),
    "from oslo": ("local", link("oslo", "desk", (8, 0.1))),
    "inline": ("inline", step("m.A", "rome", 2.0)),
}


@pytest.mark.parametrize(
    ("chosen", "gone"),
    [
        ({}, set(JOBS)),
        ({"operation": "m.A"}, {"A at oslo", "A at rome", "inline"}),
        ({"site": "oslo"}, {"A at oslo", "B at oslo", "from oslo"}),
        ({"site": "desk"}, {"from oslo"}),
        ({"operation": "m.A", "site": "rome"}, {"A at rome", "inline"}),
        ({"target": "inline"}, {"inline"}),
        ({"target": "local", "site": "rome"}, {"A at rome"}),
        ({"target": "flare"}, set()),
    ],
)
def test_what_is_chosen_is_forgotten_and_nothing_else(
    store: CostStore, chosen: dict[str, str], gone: set[str]
) -> None:
    for target, job in JOBS.values():
        store.add(target, [job])

    count = store.forget(**chosen)

    for target in ("local", "inline"):
        left = [job for name, (at, job) in JOBS.items() if at == target and name not in gone]
        assert known(store, target) == History().and_also(left)
    assert count == len(gone)


def test_many_can_write_at_once_also_a_new_file(store: CostStore) -> None:
    failed: list[Exception] = []

    def write(site: str) -> None:
        try:
            for n in range(5):
                store.add("local", [step("m.A", site, 1.0, when=float(n))])
                store.read("local")
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(f"site{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert [len(runs) for runs in known(store).steps.values()] == [5, 5, 5, 5]


def written(path: Path, content: bytes) -> CostStore:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return CostStore(path)


def test_an_empty_file_is_an_empty_store(tmp_path: Path) -> None:
    store = written(tmp_path / "costs.sqlite", b"")

    assert not known(store)
    store.add("local", [step("m.A", "oslo", 1.0)])
    assert known(store)


def test_a_damaged_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    store = written(tmp_path / "costs.sqlite", b"no database at all" * 100)

    for use in (lambda: store.read("local"), lambda: store.add("local", [step("m.A", "oslo", 1)])):
        with pytest.raises(StoreError, match="file is not a database") as refused:
            use()

        assert refused.value.is_useless
        assert "dfm costs forget" in str(refused.value)
    store.remove()
    assert not known(store)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE runs SET samples = '[[1, 2]]'",
        "UPDATE runs SET samples = '[]'",
        "UPDATE runs SET samples = 'none'",
        "UPDATE runs SET samples = '[[1, 1e999, 1]]'",
        "UPDATE runs SET samples = '[[1, -1, 1]]'",
        "UPDATE runs SET key = '{}'",
        "UPDATE runs SET key = '7'",
        "DROP TABLE facts",
        "DELETE FROM facts",
        "PRAGMA user_version = 99",
    ],
)
def test_rows_that_make_no_sense_are_an_error(store: CostStore, change: str) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])
    with sqlite3.connect(store.path) as db:
        db.execute(change)
    db.close()

    with pytest.raises(StoreError, match="learned costs can not be read") as refused:
        store.read("local")
    assert refused.value.is_useless


def test_a_file_of_a_later_version_is_left_alone(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()

    with pytest.raises(StoreError, match="it is of version 2, not 1"):
        store.add("local", [step("m.A", "oslo", 1.0)])


def test_a_file_that_somebody_keeps_to_himself_is_an_error(
    store: CostStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WRITING_WAITS", 0.0)
    store.add("local", [step("m.A", "oslo", 1.0)])
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="locked") as refused:
        store.add("local", [step("m.A", "oslo", 2.0)])

    assert not refused.value.is_useless
    assert known(store)  # who writes keeps nobody from reading
    other.close()


def test_a_folder_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = CostStore(tmp_path / "file" / "weather" / "costs.sqlite")

    assert not known(store)
    with pytest.raises(StoreError, match="can not be kept"):
        store.add("local", [JobRun(step("m.A", "oslo", 1.0).steps)])


def test_what_nobody_can_write_can_be_read(
    store: CostStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])
    connect = sqlite3.connect

    def on_a_disk_without_writing(path: str, **options: Any) -> sqlite3.Connection:
        if "mode=ro" not in path:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, **options)

    monkeypatch.setattr(sqlite3, "connect", on_a_disk_without_writing)
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert known(store)
    with pytest.raises(StoreError, match="can not be kept"):
        store.add("local", [step("m.A", "oslo", 2.0)])


def test_nobody_else_can_look_into_the_folder(store: CostStore) -> None:
    store.add("local", [step("m.A", "oslo", 1.0)])

    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_each_federation_has_a_file_in_the_folder_for_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFM_STATE_DIR", str(tmp_path))

    assert store_of("weather").path == tmp_path / "weather" / "costs.sqlite"
    assert store_of("../../etc").path.parent.parent == tmp_path
    assert store_of("..").path.parent != tmp_path.parent

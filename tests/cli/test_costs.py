"""`dfm costs`: what is known of a federation's costs, forgotten, or written down."""

import sqlite3
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from dfm.costs.runs import JobRun, LinkKey, LinkRun, LinkSample, StepKey, StepRun, StepSample
from dfm.costs.store import CostStore, store_of
from dfm.federation.load import load_federation

WEATHER = """
    dfm: 1.0.0
    info: { api-version: 0.1.0, code-package: weather }
    operations:
      field.Load: { returns: object }
      field.Mean:
        parameters: { field: { type: object } }
        required: [field]
        returns: number
    sites:
      desk: {}
      oslo:
        send_cost: { desk: { fixed_time: 0.1 } }
        interface:
          "#/operations/field.Load":
            adapter: weather.load
            args: from-operation
            compute_cost: { fixed_time: 0.5, fixed_size: 8000000 }
          "#/operations/field.Mean": { adapter: weather.mean, args: from-operation }
        providers:
          era5:
            interface:
              "#/operations/field.Load": { adapter: weather.load, args: from-operation }
"""
MB = 1_000_000.0


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DFM_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "weather.dfm.yaml"
    path.write_text(dedent(WEATHER), encoding="utf-8")
    return path


def job(when: float) -> JobRun:
    return JobRun(
        {
            StepKey("field.Load", "oslo"): StepRun(when, (StepSample(0.0, 2.0, 8 * MB),)),
            StepKey("field.Load", "oslo", "era5"): StepRun(when, (StepSample(0.0, 0.25, 8 * MB),)),
            StepKey("field.Mean", "oslo"): StepRun(when, (StepSample(8 * MB, 0.04, 8.0),)),
            StepKey("field.Gone", "paris"): StepRun(when, (StepSample(0.0, 1.0, 8.0),)),
        },
        {LinkKey("oslo", "desk"): LinkRun(when, (LinkSample(8.0, 0.1),))},
    )


@pytest.fixture
def store(file: Path) -> CostStore:
    kept = store_of("weather")
    kept.add("local", [job(1.0), job(2.0)])
    return kept


def test_what_is_known_is_shown_beside_what_is_declared(dfm, file, store) -> None:
    ended = dfm("costs", "show", file)

    assert (ended.code, ended.err) == (0, "")
    rows = {tuple(line.split()[:2]): line for line in ended.out.splitlines() if line}
    assert "2 s *" in rows["field.Load", "oslo"]
    assert "500 ms" in rows["field.Load", "oslo"]
    assert "250 ms" in rows["field.Load", "oslo.era5"]
    assert "not offered" in rows["field.Gone", "paris"]
    assert "from 2 runs" in rows["oslo", "->"]
    assert ended.out.startswith("target local\n")
    assert ended.out.endswith(
        "\n\n* more than three times what is declared, or less than a third of it\n"
    )


def test_with_json_it_is_one_object_with_the_names_of_a_federation_file(dfm, file, store) -> None:
    ended = dfm("costs", "show", file, "--json")

    (found,) = ended.objects
    listed = found["local"]["operations"]
    operations = {(o["operation"], o["site"], o["provider"]): o for o in listed}
    load = operations["field.Load", "oslo", None]
    assert load == {
        "operation": "field.Load",
        "site": "oslo",
        "provider": None,
        "runs": 2,
        "fixed_time": pytest.approx(2.0),
        "compute_throughput": None,
        "fixed_size": 8_000_000,
        "output_factor": 0.0,
        "offered": True,
        "differs": True,
    }
    assert not operations["field.Gone", "paris", None]["offered"]
    assert [(o["source"], o["target"], o["differs"]) for o in found["local"]["links"]] == [
        ("oslo", "desk", False)
    ]


@pytest.mark.parametrize("command", ["show", "export"])
def test_as_long_as_nothing_is_known_it_is_said_how_it_comes_about(dfm, file, command) -> None:
    ended = dfm("costs", command, file)

    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "nothing is known of federation 'weather' yet: jobs that finish tell what they took,"
        " unless DFM_LEARN=0 is set\n"
    )
    assert dfm("costs", "show", file, "--json").out == "{}\n"


def merged(into: Any, more: Any) -> Any:
    """Return a tree with another one put over it."""
    if not (isinstance(into, dict) and isinstance(more, dict)):
        return more
    both = {key: merged(into[key], more[key]) for key in into.keys() & more.keys()}
    return {**into, **more, **both}


def test_what_is_exported_is_a_piece_of_a_federation_file(dfm, file, store) -> None:
    ended = dfm("costs", "export", file)

    whole = merged(yaml.safe_load(file.read_text("utf-8")), yaml.safe_load(ended.out))
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    oslo = load_federation(file).sites["oslo"]
    load, by_provider = oslo.adapter("field.Load"), oslo.adapter("field.Load", "era5")
    assert load is not None
    assert load.cost is not None
    assert by_provider is not None
    assert by_provider.cost is not None
    assert (load.cost.fixed_time, load.cost.fixed_size) == (2.0, 8_000_000)
    assert by_provider.cost.fixed_time == 0.25
    assert oslo.send_costs["desk"].fixed_time == 0.1
    assert "field.Gone" not in ended.out
    assert "# from 2 runs" in ended.out
    (shown,) = dfm("costs", "show", file, "--json").objects
    assert not any(operation["differs"] for operation in shown["local"]["operations"])


def test_an_export_may_be_written_to_a_file(dfm, file, store, tmp_path) -> None:
    ended = dfm("costs", "export", file, "--output", tmp_path / "measured.yaml")

    assert ended.out == ""
    assert (tmp_path / "measured.yaml").read_text("utf-8") == dfm("costs", "export", file).out


def test_an_export_that_can_not_be_written_is_an_error(dfm, file, store, tmp_path) -> None:
    ended = dfm("costs", "export", file, "--output", tmp_path / "no" / "measured.yaml")

    assert ended.code == 2
    assert "cannot write: no such file or directory" in ended.err


def test_an_export_of_several_targets_has_to_be_told_which(dfm, file, store) -> None:
    store.add("inline", [job(1.0)])

    ended = dfm("costs", "export", file)

    assert ended.code == 2
    assert "costs are known on several targets: inline, local" in ended.err
    assert "target inline" in dfm("costs", "export", file, "--target", "inline").out


@pytest.mark.parametrize("command", ["show", "export"])
def test_what_is_known_on_another_target_is_not_denied(dfm, file, store, command) -> None:
    ended = dfm("costs", command, file, "--target", "inline")

    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "nothing is known of federation 'weather' on target 'inline'; something is on local\n"
    )


@pytest.mark.parametrize("command", ["show", "export", "forget"])
def test_a_target_that_is_not_there_is_an_error(dfm, file, store, command) -> None:
    ended = dfm("costs", command, file, "--target", "locl")

    assert ended.code == 2
    assert "there is no target 'locl'" in ended.err
    assert "local" in ended.err


def test_all_is_forgotten_without_asking(dfm, file, store) -> None:
    ended = dfm("costs", "forget", file)

    assert (ended.code, ended.out) == (0, "forgot 10 runs of federation 'weather'\n")
    assert store.targets() == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--operation", "field.Load"), "4 runs of {}, operation field.Load"),
        (("--site", "oslo"), "8 runs of {}, site oslo"),
        (("--operation", "field.Gone"), "2 runs of {}, operation field.Gone"),
        (("--target", "inline"), "0 runs of {}, target inline"),
        (
            ("--operation", "field.Mean", "--site", "oslo", "--target", "local"),
            "2 runs of {}, operation field.Mean, site oslo, target local",
        ),
    ],
)
def test_what_is_forgotten_is_said(dfm, file, store, options, said) -> None:
    ended = dfm("costs", "forget", file, *options)

    assert ended.out == f"forgot {said}\n".format("federation 'weather'")


def test_a_misspelt_name_is_an_error_and_nothing_is_forgotten(dfm, file, store) -> None:
    ended = dfm("costs", "forget", file, "--operation", "field.Lod")

    assert ended.code == 2
    assert "field.Lod" in ended.err
    assert "field.Load" in ended.err
    assert len(store.read("local").history.steps) == 4


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def with_an_odd_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE runs SET key = '7'")


def damaged(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "file is not a database"),
        (of_another_version, "it is of version 99, not 1"),
        (with_an_odd_row, ""),
    ],
)
def test_a_store_that_can_not_be_read_is_an_error_until_all_is_forgotten(
    dfm, file, store, spoil, said
) -> None:
    spoil(store.path)

    shown, part = dfm("costs", "show", file), dfm("costs", "forget", file, "--site", "oslo")
    forgotten = dfm("costs", "forget", file)

    assert (shown.code, part.code, forgotten.code) == (4, 4, 0)
    assert f"learned costs can not be read: {said}" in shown.err
    assert "dfm costs forget" in shown.err
    assert f"removed {store.path}, which could not be read" in forgotten.out
    assert dfm("costs", "show", file).code == 0


def test_the_help_of_each_command_has_an_example(dfm) -> None:
    for command in ("show", "forget", "export"):
        assert f"dfm costs {command} harbour.dfm.yaml" in dfm("costs", command, "--help").out

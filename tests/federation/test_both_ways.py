"""A federation means the same whether it is in a file or in Python."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dfm import Federation
from dfm.federation import (
    CacheConfig,
    ComputeCost,
    Construct,
    SecretsConfig,
    SendCost,
    parse_federation,
)

HERE = Path(__file__).parent

TEXT = """\
dfm: 1.0.0
info: {api-version: 0.2.0, code-package: fields, description: Two sites}
operations:
  field.Load:
    description: Load a field
    parameters:
      name: {type: string}
      level: {type: [integer, "null"], default: null}
    required: [name]
    returns: object
  field.Blur:
    description: Smooth a field
    parameters:
      field: {type: object}
      sigma: {type: number, default: 1.5}
    required: [field]
    returns: dict
  count.Items:
    description: Count
    parameters: {n: {type: integer}}
    required: [n]
    returns: {type: array, items: {type: integer}}
link-classes:
  lan: {fixed_time: 0.001, bandwidth: 1.0e+9}
  wan: {fixed_time: 0.05, bandwidth: 0}
sites:
  desk:
    send_cost: {pier: wan}
  pier:
    link-class: lan
    impl: LIB.Pier
    cache_config: {protocol: memory, base_path: x}
    secrets_vault: {path: some.Vault, args: {root: /etc}}
    send_cost: {desk: {fixed_time: 0.5, bandwidth: 1000}}
    interface:
      "#/operations/field.Load":
        adapter: LIB.Load
        args: from-operation
      "#/operations/field.Blur":
        adapter: LIB.blur
        args: from-operation
        compute_cost: {fixed_time: 2, output_factor: 1}
    providers:
      radar:
        impl: {path: LIB.Radar, args: {url: u}}
        interface:
          "#/operations/count.Items":
            adapter: LIB.items
            args: from-operation
          "#/operations/field.Load":
            adapter: LIB.Load
            args: from-operation
"""


@pytest.fixture
def lib(monkeypatch: pytest.MonkeyPatch) -> object:
    import importlib

    monkeypatch.syspath_prepend(str(HERE))
    yield importlib.import_module("lib")
    sys.modules.pop("lib", None)


def in_python(lib: object) -> Federation:
    fed = Federation("fields", api_version="0.2.0", description="Two sites")
    fed.link_class("lan", fixed_time=0.001, bandwidth=1e9)
    fed.link_class("wan", fixed_time=0.05, bandwidth=0)
    fed.site("desk", send_costs={"pier": "wan"})
    pier = fed.site(
        "pier",
        link_class="lan",
        implementation=lib.Pier,
        cache=CacheConfig("memory", base_path="x"),
        secrets=SecretsConfig("some.Vault", {"root": "/etc"}),
        send_costs={"desk": SendCost(0.5, 1000)},
    )
    pier.operation("field.Load")(lib.Load)
    pier.operation("field.Blur", cost=ComputeCost(2, output_factor=1))(lib.blur)
    radar = pier.provider("radar", implementation=Construct("lib.Radar", {"url": "u"}))
    radar.operation("count.Items")(lib.items)
    radar.operation("field.Load")(lib.Load)
    return fed


def test_both_ways_give_the_same_values(lib: object) -> None:
    from_file = parse_federation(TEXT.replace("LIB", "lib"))

    assert in_python(lib).spec == from_file


def test_a_difference_would_be_seen(lib: object) -> None:
    from_file = parse_federation(TEXT.replace("LIB", "lib").replace("1.5", "1.6"))

    assert in_python(lib).spec != from_file

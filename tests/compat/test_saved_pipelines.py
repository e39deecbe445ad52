"""Pipelines that nv-dfm-core saved as JSON load here and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.compat.projects import TARGETS

from dfm import Federation
from dfm.api import Pipeline
from dfm.errors import UnknownName

Json = dict[str, Any]


def add(a: int, b: int) -> int:
    return a + b


def shout(text: str, mark: str = "!") -> str:
    return f"{text}{mark}"


def arithmetic() -> Federation:
    federation = Federation("arithmetic", api_version="1.2.0")
    federation.site("desk")
    hub = federation.site("hub")
    hub.operation("math.Add")(add)
    hub.operation("text.Shout", provider="press")(shout)
    return federation


def node(ident: int | str) -> Json:
    return {"tag": "@dfm-node", "ident": ident}


def reference(ident: int | str, sel: int | str | None = None, issubs: bool = True) -> Json:
    return {"id": node(ident), "sel": sel, "issubs": issubs}


def operation(class_name: str, ident: int | str, **fields: Any) -> Json:
    anywhere = {"tag": "@dfm-best-of", "sites": None}
    return {
        "dfm_node_id": node(ident),
        "dfm_after": None,
        "site": anywhere,
        "provider": None,
        "dfm_class_name": class_name,
        **fields,
    }


def statement(kind: str, ident: int | str, **fields: Any) -> Json:
    return {
        "dfm_node_id": node(ident),
        "dfm_after": None,
        "dfm_class_name": f"nv_dfm_core.api.{kind}",
        **fields,
    }


def yielded(ident: int, value: Any, place: str = "yield") -> Json:
    return statement("Yield", ident, place=place, value=value, multiuse=False)


def saved(*body: Json) -> str:
    """Return a pipeline as nv-dfm-core writes it to a file."""
    pipeline = {"dfm_body": list(body), "api_version": "", "mode": "execute", "name": "saved"}
    return json.dumps(pipeline, indent=4)


def loaded(*body: Json) -> Pipeline:
    return Pipeline.model_validate_json(saved(*body), context={"federation": arithmetic()})


def result_of(pipeline: Pipeline, target: str = "inline", **parameters: Any) -> Any:
    with arithmetic().session("desk", target=target) as session:
        return session.execute(session.prepare(pipeline), input_params=parameters).result()


@pytest.mark.parametrize("target", TARGETS)
def test_a_saved_file_loads_and_runs(target: str, tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    place = {"tag": "@dfm-place-param", "place": "first", "multiuse": False}
    first = operation("arithmetic.fed.api.math.Add", 0, a=place, b=2)
    second = operation("arithmetic.fed.api.math.Add", "sum", a=reference(0), b=10, site="hub")
    file.write_text(saved(first, second, yielded(1, reference("sum"))))

    pipeline = Pipeline.load_from_file(file, federation=arithmetic())

    assert result_of(pipeline, target, first=1) == {"yield": 13}


def test_a_class_of_a_site_and_a_provider_keeps_its_place() -> None:
    name = "arithmetic.fed.site.hub.press.text.Shout"
    shouted = operation(name, 0, text="hey", mark="?", site="hub", provider="press")

    pipeline = loaded(shouted, yielded(1, reference(0)))

    assert result_of(pipeline) == {"yield": "hey?"}


@pytest.mark.parametrize("prefix", ["nv_dfm_core.api", "dfm.api"])
def test_statements_are_known_by_both_prefixes(prefix: str) -> None:
    end = yielded(0, "done") | {"dfm_class_name": f"{prefix}.Yield"}

    pipeline = loaded(operation("arithmetic.fed.api.math.Add", 1, a=1, b=1), end)

    assert result_of(pipeline) == {"yield": "done"}


@pytest.mark.parametrize(("limit", "expected"), [(2, {"yield": 3}), (5, {})])
def test_an_if_is_loaded_with_its_condition(limit: int, expected: Json) -> None:
    total = operation("arithmetic.fed.api.math.Add", 0, a=1, b=2)
    more = {"left": reference(0), "right": limit, "operator": ">"}
    both = {"operator": "and", "exp": [more, {"operator": "not", "exp": False}]}

    pipeline = loaded(total, statement("If", 1, cond=both, dfm_body=[yielded(2, reference(0))]))

    assert result_of(pipeline) == expected


def test_a_loop_is_loaded_with_its_body() -> None:
    total = operation("arithmetic.fed.api.math.Add", 0, a=1, b=2)
    inner = operation("arithmetic.fed.api.math.Add", 3, a=reference(2), b=reference(1))
    items = statement("ForEach", 2, seq=[1, 2], dfm_body=[inner, yielded(4, reference(3))])

    pipeline = loaded(operation("arithmetic.fed.api.math.Add", 1, a=5, b=5), total, items)

    assert result_of(pipeline) == {"yield": [11, 12]}


def test_a_cache_is_loaded_with_what_it_stores() -> None:
    key = operation("arithmetic.fed.api.math.Add", 0, a=1, b=2)
    made = operation("arithmetic.fed.api.math.Add", 2, a=40, b=2)
    stored = statement("_WriteToCache", 3, key=reference(0), value=reference(2))
    cached = statement("TryFromCache", 1, key=reference(0), dfm_body=[made, stored])

    pipeline = loaded(key, cached, yielded(4, reference(1)))

    with_lookup = pipeline.model_dump(mode="json")["dfm_body"][1]["dfm_body"][1]
    assert with_lookup["dfm_class_name"] == "dfm.api.WriteToCache"
    assert with_lookup["lookup"] == node(1)


def test_an_order_without_data_is_loaded() -> None:
    first = operation("arithmetic.fed.api.math.Add", 0, a=1, b=2)
    second = operation("arithmetic.fed.api.math.Add", 1, a=3, b=4) | {"dfm_after": node(0)}

    pipeline = loaded(first, second, yielded(2, reference(1)))

    assert [id.ident for id in pipeline.dfm_body[1].dfm_after_ids] == [0]
    assert result_of(pipeline) == {"yield": 7}


def test_what_is_saved_again_says_the_same() -> None:
    first = operation(
        "arithmetic.fed.api.math.Add", 0, a=1, b={"tag": "@dfm-advise", "advise": "Field"}
    )
    pipeline = Pipeline.model_validate_json(
        saved(first).replace('"execute"', '"discovery"'), context={"federation": arithmetic()}
    )

    again = Pipeline.model_validate_json(
        pipeline.model_dump_json(), context={"federation": arithmetic()}
    )

    assert again == pipeline


def test_an_operation_that_is_not_there_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match=r"math\.Ad\b") as told:
        loaded(operation("arithmetic.fed.api.math.Ad", 0, a=1, b=2))

    assert "arithmetic.fed.api.math.Add" in told.value.hint

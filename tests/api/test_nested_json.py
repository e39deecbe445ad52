"""Laws of saved pipelines, over random ones: they come back equal, and obey the rules."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from tests.api.pipelines import pipelines

from dfm.api import Block, Operation, Pipeline, check_rules
from dfm.api.outline import Outline
from dfm.api.reach import loops_of_value


@settings(max_examples=50, deadline=None)
@given(pipelines())
def test_every_pipeline_comes_back_equal(p: Pipeline) -> None:
    again = Pipeline.model_validate_json(p.model_dump_json())

    assert again == p
    assert [type(s) for s in again.dfm_walk()] == [type(s) for s in p.dfm_walk()]
    assert again.model_dump_json() == p.model_dump_json()
    check_rules(again)


@settings(max_examples=25, deadline=None)
@given(pipelines())
def test_every_pipeline_comes_back_from_python_data_too(p: Pipeline) -> None:
    data = p.model_dump()
    before = copy.deepcopy(data)

    assert Pipeline.model_validate(data) == p
    assert data == before


def without_what_is_new(data: Any) -> Any:
    """Return saved data without the fields that have their defaults and were not always there."""
    if isinstance(data, list):
        return [without_what_is_new(part) for part in data]
    if not isinstance(data, dict):
        return data
    new = {"max_in_flight": None, "ordered": False, "dim": None}
    if str(data.get("dfm_class_name")).endswith("Cache"):
        new = {"site": None}
    kept = {k: v for k, v in data.items() if k not in new or v != new[k]}
    return {k: without_what_is_new(v) for k, v in kept.items()}


@settings(max_examples=25, deadline=None)
@given(pipelines())
def test_files_without_the_new_fields_still_load(p: Pipeline) -> None:
    old = without_what_is_new(json.loads(p.model_dump_json()))

    assert Pipeline.model_validate_json(json.dumps(old)) == p


@settings(max_examples=25, deadline=None)
@given(pipelines())
def test_everything_is_walked_once_and_printed(p: Pipeline) -> None:
    walked = list(p.dfm_walk())
    outline = Outline.of(p)

    assert len({s.dfm_node_id for s in walked}) == len(walked) == len(outline.statements)
    for statement in walked:
        assert str(statement.dfm_node_id) in repr(statement)
        assert "object at 0x" not in repr(statement)
        inside = outline.around[statement.dfm_node_id]
        body: list[Any] = (inside[-1] if inside else p).dfm_body
        assert any(member is statement for member in body)
        if isinstance(statement, Operation):
            assert all(f"{name}=" in repr(statement) for name in statement.dfm_options)
        if isinstance(statement, Block):
            assert all(repr(member) in repr(statement) for member in statement.dfm_body)


@settings(max_examples=25, deadline=None)
@given(pipelines())
def test_what_is_read_is_in_reach(p: Pipeline) -> None:
    outline = Outline.of(p)

    for statement in p.dfm_walk():
        if type(statement).__name__ == "Collect":
            continue
        around = {block.dfm_node_id for block in outline.around[statement.dfm_node_id]}  # type: ignore[attr-defined]
        around |= {getattr(b, "loop", None) for b in outline.around[statement.dfm_node_id]}
        for ref in statement.dfm_references():
            assert set(loops_of_value(ref.id, outline)) <= around

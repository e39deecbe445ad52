"""The pipeline that is open: what joins it, what does not, and how it ends."""

import asyncio
import threading
from typing import Any

import pytest
from tests.api.climate import Anything

from dfm.api import (
    Block,
    If,
    Pipeline,
    PipelineBuildHelper,
    Yield,
    make_auto_id,
    well_known_id,
)
from dfm.errors import StructureError


def idents(block: Block) -> list[int | str]:
    return [s.dfm_node_id.ident for s in block.dfm_walk()]


def test_ids_count_statements_in_the_order_written() -> None:
    with Pipeline() as p:
        Anything()
        Yield(value=Anything())

    assert idents(p) == [0, 1, 2]
    assert [s.dfm_title() for s in p.dfm_body] == ["lab.Anything", "lab.Anything", "Yield"]


def test_a_block_takes_an_id_before_its_body_does() -> None:
    with Pipeline() as p:
        with If(cond=True) as branch:
            Anything()
        Anything()

    assert idents(p) == [0, 1, 2]
    assert idents(branch) == [1]


def test_automatic_ids_go_round_those_an_author_chose() -> None:
    with Pipeline() as p:
        Anything(dfm_node_id=make_auto_id(1))
        Anything()
        Anything()

    assert idents(p) == [1, 0, 2]


def test_an_open_pipeline_that_is_entered_again_goes_on_counting() -> None:
    with Pipeline() as p:
        first = Anything()
    with p:
        Yield(value=first)

    assert idents(p) == [0, 1]


def test_a_pipeline_read_from_json_can_be_continued() -> None:
    with Pipeline() as written:
        Anything()
    read = Pipeline.model_validate_json(written.model_dump_json())

    with read:
        Yield(value=read.dfm_body[0])

    assert idents(read) == [0, 1]


def test_one_id_for_two_statements_is_refused_naming_both_lines() -> None:
    with Pipeline():
        Anything(dfm_node_id=well_known_id("mean"))

        with pytest.raises(StructureError, match="two statements have the id #mean") as refusal:
            Anything(dfm_node_id=well_known_id("mean"))

    assert "test_scope.py:" in refusal.value.message
    assert "test_scope.py:" in refusal.value.at


def test_a_statement_outside_a_pipeline_is_refused_with_what_to_do() -> None:
    with pytest.raises(StructureError, match=r"lab\.Anything is outside a pipeline") as refusal:
        Anything()

    assert "with Pipeline() as p:" in refusal.value.hint
    assert "test_scope.py:" in refusal.value.at


def test_a_statement_with_an_id_of_its_own_can_stand_alone() -> None:
    alone = Anything(dfm_node_id=well_known_id("alone"))

    assert str(alone.dfm_node_id) == "#alone"


def test_pipelines_do_not_nest() -> None:
    with Pipeline(name="outer"):
        with pytest.raises(StructureError, match=r"one Pipeline context at a time.*'outer'"):
            Pipeline().__enter__()

        Anything()

    assert not PipelineBuildHelper.build_helper_active()


def test_an_error_in_the_block_comes_out_and_closes_the_pipeline() -> None:
    with pytest.raises(ZeroDivisionError), Pipeline(), If(cond=True):
        _ = 1 / 0

    assert not PipelineBuildHelper.build_helper_active()


def test_an_error_caught_inside_the_pipeline_closes_only_the_block() -> None:
    with Pipeline() as p:
        try:
            with If(cond=True):
                Anything()
                _ = 1 / 0
        except ZeroDivisionError:
            after = Anything()

    assert p.dfm_body[1] is after


def test_data_that_is_read_joins_nothing() -> None:
    with Pipeline() as other:
        Anything()
    text = other.model_dump_json()

    with Pipeline() as p:
        Pipeline.model_validate_json(text)
        Anything.model_validate(other.dfm_body[0].model_dump())

    assert p.dfm_body == []


def test_a_copy_of_a_statement_joins_nothing() -> None:
    with Pipeline() as p:
        Anything().model_copy()

    assert len(p.dfm_body) == 1


def test_a_statement_of_another_pipeline_can_not_be_used() -> None:
    with Pipeline():
        stranger = Anything()

    with Pipeline():
        Anything()

        with pytest.raises(StructureError, match="not part of the open pipeline"):
            Yield(value=stranger)
        with pytest.raises(StructureError, match="not part of the open pipeline"):
            Yield(value=[stranger[0]])


def test_a_failed_statement_leaves_nothing_behind() -> None:
    with Pipeline() as p:
        with pytest.raises(ValueError, match="takes no argument"):
            Anything(valu=3)
        Anything()

    assert len(p.dfm_body) == 1


def test_threads_write_pipelines_of_their_own() -> None:
    both_open = threading.Barrier(2, timeout=30)
    written: dict[str, Pipeline] = {}

    def write(name: str) -> None:
        with Pipeline(name=name) as p:
            both_open.wait()
            Anything(value=name)
            both_open.wait()
        written[name] = p

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: [s.value for s in p.dfm_body] for n, p in written.items()} == {
        "a": ["a"],
        "b": ["b"],
    }  # type: ignore[attr-defined]


def test_tasks_write_pipelines_of_their_own() -> None:
    async def write(name: str, other: asyncio.Event, mine: asyncio.Event) -> Pipeline:
        with Pipeline(name=name) as p:
            mine.set()
            await other.wait()
            Anything(value=name)
        return p

    async def both() -> list[Pipeline]:
        a, b = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(write("a", b, a), write("b", a, b))

    pipelines = asyncio.run(both())

    assert [[s.value for s in p.dfm_body] for p in pipelines] == [["a"], ["b"]]  # type: ignore[attr-defined]


def test_a_task_that_outlives_the_pipeline_writes_into_nothing() -> None:
    async def late(closed: asyncio.Event) -> str:
        await closed.wait()
        with pytest.raises(StructureError) as refusal:
            Anything()
        return refusal.value.message

    async def program() -> tuple[Pipeline, str]:
        closed = asyncio.Event()
        with Pipeline() as p:
            task = asyncio.create_task(late(closed))
        closed.set()
        return p, await task

    p, message = asyncio.run(program())

    assert p.dfm_body == []
    assert "outside a pipeline" in message


def test_the_helper_speaks_of_the_open_scope() -> None:
    with Pipeline() as p:
        assert PipelineBuildHelper.build_helper_active()
        assert PipelineBuildHelper.get_current_block() is p
        with If(cond=True) as branch:
            assert PipelineBuildHelper.get_current_block() is branch
            Anything()
        assert PipelineBuildHelper.get_fresh_node_id() == make_auto_id(2)


@pytest.mark.parametrize(
    "misuse",
    [
        PipelineBuildHelper.get_fresh_node_id,
        PipelineBuildHelper.get_current_block,
        lambda: PipelineBuildHelper.exit_pipeline(Pipeline()),
        lambda: PipelineBuildHelper.push_block(Pipeline()),
        lambda: PipelineBuildHelper.pop_block(Pipeline()),
    ],
)
def test_without_an_open_pipeline_the_helper_refuses(misuse: Any) -> None:
    with pytest.raises(StructureError, match="outside a pipeline"):
        misuse()


def test_blocks_are_left_in_the_opposite_order() -> None:
    with Pipeline() as p:
        with If(cond=True) as outer, If(cond=True):
            Anything()
            with pytest.raises(StructureError, match="innermost open block"):
                PipelineBuildHelper.pop_block(outer)
        with pytest.raises(StructureError, match="innermost open block"):
            PipelineBuildHelper.pop_block(p)


def test_a_pipeline_does_not_end_while_a_block_is_open() -> None:
    p = Pipeline()
    p.__enter__()
    If(cond=True).__enter__()

    with pytest.raises(StructureError, match="If is still open"):
        p.__exit__(None, None, None)

    assert not PipelineBuildHelper.build_helper_active()


def test_another_pipeline_can_not_be_the_one_that_ends() -> None:
    with Pipeline(name="open"), pytest.raises(StructureError, match="is not the open one"):
        PipelineBuildHelper.exit_pipeline(Pipeline(name="other"))


def test_a_statement_knows_its_line_and_does_not_say_it() -> None:
    with Pipeline():
        one = Anything(dfm_node_id=well_known_id("x"))
    with Pipeline():
        two = Anything(dfm_node_id=well_known_id("x"))

    assert one.dfm_location.rpartition("/")[2].startswith("test_scope.py:")
    assert one.dfm_location != two.dfm_location
    assert one == two
    assert hash(one) == hash(two)
    assert "test_scope" not in one.model_dump_json() + repr(one)

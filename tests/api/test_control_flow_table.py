"""What the earlier system declared and could not do (spec 1.8, 1.9, W17, W19, W33, W34).

Each line is a pipeline that could not be written, saved or compiled there. Here it is written,
comes back from JSON equal, and says what it was meant to say. That it also runs is tested with
the compiler and the targets.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.climate import Anything, Handmade, Pair

from dfm.api import (
    And,
    Else,
    Equal,
    ForEach,
    GreaterThan,
    GreaterThanOrEqual,
    If,
    LessThan,
    LessThanOrEqual,
    NodeRef,
    Not,
    NotEqual,
    Or,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    make_auto_id,
    well_known_id,
)
from dfm.api.references import references_in
from dfm.errors import DfmError

FIRST = make_auto_id(0).to_ref()
LINES: dict[str, Callable[[], Any]] = {}


def line(title: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Enter a function that writes statements, and returns what holds of them, into the table."""

    def enter(write: Callable[[], Any]) -> Callable[[], Any]:
        LINES[title] = write
        return write

    return enter


# -- 1.8 control flow ------------------------------------------------------------------------------


@line("1.8 If runs its body when the condition is true")
def _() -> Any:
    with If(cond=GreaterThan(left=Anything(), right=1)) as branch:
        inside = Yield(value=1)
    return branch.dfm_body == [inside]


@line("1.8 If has an Else")
def _() -> Any:
    with If(cond=Anything()) as branch:
        Yield(value=1, place="yes")
    with Else() as other:
        Yield(value=2, place="no")
    return other.branch == branch.dfm_node_id


@line("1.8 a value may come from either branch")
def _() -> Any:
    with If(cond=PlaceParam("flag")):
        one = Anything()
    with Else():
        other = Anything()
    return references_in(If.join(one, other).values) == (
        one.dfm_node_id.to_ref(),
        other.dfm_node_id.to_ref(),
    )


@line("1.8 ForEach gives the item inside its body")
def _() -> Any:
    with ForEach(seq=Anything()) as item:
        inside = Anything(value=[item, item["x"], item.fieldref("y")])
    ref = item.dfm_node_id.to_ref()
    return inside.value == [ref, ref["x"], ref.fieldref("y")]  # type: ignore[attr-defined]


@line("1.8 the body of a ForEach is not dropped")
def _() -> Any:
    with ForEach(seq=[1, 2]) as loop:
        Yield(value=Anything(value=loop), place="each")
    return [s.dfm_title() for s in loop.dfm_walk()] == ["lab.Anything", "Yield"]


@line("1.8 a loop leaves a list behind")
def _() -> Any:
    with ForEach(seq=[1, 2]) as item:
        made = Anything(value=item)
    return item.collect(made).loop == item.dfm_node_id


@line("1.8 a loop leaves a sum behind")
def _() -> Any:
    with ForEach(seq=[1, 2]) as item:
        made = Anything(value=item)
    return item.reduce(Pair, made, initial=0).initial == 0


@line("1.8 TryFromCache runs its body on a miss and stores what it says")
def _() -> Any:
    with TryFromCache(key=Anything()) as cached:
        stored = cached.cache(Anything())
    return (stored.key, stored.lookup) == (FIRST, cached.dfm_node_id)


@line("1.8 what was found or stored can be read afterwards")
def _() -> Any:
    with TryFromCache(key="k") as cached:
        cached.cache(1)
    return Yield(value=cached).value == cached.dfm_node_id.to_ref()


@line("1.8 blocks nest in each other")
def _() -> Any:
    with ForEach(seq=[1]) as a, If(cond=Equal(left=a, right=1)), ForEach(seq=[2]) as b:
        with TryFromCache(key=[a, b]) as cached:
            with If(cond=b):
                cached.cache(a)
            with Else():
                cached.cache(b)
        Yield(value=cached)
    return True


# -- 1.9 boolean expressions -----------------------------------------------------------------------

COMPARISONS = [Equal, NotEqual, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual]
CONDITIONS: dict[str, Callable[[NodeRef], Any]] = {
    "an atom": lambda ref: ref,
    "a literal": lambda ref: True,
    "a parameter": lambda ref: PlaceParam("flag"),
    "and": lambda ref: And(exp=[ref, True]),
    "or": lambda ref: Or(exp=[ref, False, ref[0]]),
    "not": lambda ref: Not(exp=ref),
    "not None": lambda ref: Not(exp=None),
    "a list": lambda ref: Equal(left=ref, right=[1, "x", None, [2.5]]),
    "nested": lambda ref: And(
        exp=[Or(exp=[ref, Not(exp=LessThan(left=ref, right=3))]), Equal(left=Not(exp=1), right=ref)]
    ),
    **{
        c.__name__: (lambda ref, c=c: c(left=ref, right=PlaceParam("n")))  # type: ignore[misc]
        for c in COMPARISONS
    },
}

for _title, _make in CONDITIONS.items():

    @line(f"1.9 a condition can be {_title}")
    def _(make: Callable[[NodeRef], Any] = _make) -> Any:
        source = Anything()
        with If(cond=make(source.dfm_node_id.to_ref())) as branch:
            Anything()
        return branch.cond == make(FIRST)


@line("1.9 operations stand for their values in conditions")
def _() -> Any:
    with If(cond=And(exp=[GreaterThan(left=Anything(), right=Anything()), Anything()])) as branch:
        Anything()
    return [ref.id.ident for ref in branch.dfm_references()] == [0, 1, 2]


# -- W17 order -------------------------------------------------------------------------------------


@line("W17 dfm_after takes a statement")
def _() -> Any:
    return Anything(dfm_after=Anything()).dfm_after_ids == (make_auto_id(0),)


@line("W17 dfm_after takes an id, and several of both")
def _() -> Any:
    first, second = Anything(), Anything(dfm_node_id=well_known_id("second"))
    third = Yield(value=1, dfm_after=[first, second.dfm_node_id, first["part"]])
    return [i.ident for i in third.dfm_after_ids] == [0, "second", 0]


@line("W17 dfm_after takes blocks, and what stands in them")
def _() -> Any:
    with ForEach(seq=[1]) as loop:
        inside = Anything(value=loop)
    with If(cond=True, dfm_after=[loop, inside]) as branch:
        last = Yield(value=1, dfm_after=loop)
    return (branch.dfm_after_ids, last.dfm_after_ids) == (
        (loop.dfm_node_id, inside.dfm_node_id),
        (loop.dfm_node_id,),
    )


# -- W19 references inside values ------------------------------------------------------------------


@line("W19 references stand in arguments at any depth")
def _() -> Any:
    source = Anything()
    reader = Anything(value=[{"a": [source, {"b": (source["x"], source[0])}]}])
    return reader.dfm_references() == (FIRST, FIRST["x"], FIRST[0])


@line("W19 references stand in yields at any depth")
def _() -> Any:
    source = Anything()
    return Yield(value={"deep": [[source]]}).value == {"deep": [[FIRST]]}


@line("W19 a parameter can be yielded")
def _() -> Any:
    return Yield(value=PlaceParam("x"), place="out").value == PlaceParam("x")


@line("W19 references stand in sequences and keys at any depth")
def _() -> Any:
    source = Anything()
    with ForEach(seq=[source, [source[0]]]) as item, TryFromCache(key={"k": [source]}) as cached:
        cached.cache([item])
    return (item.seq, cached.key) == ([FIRST, [FIRST[0]]], {"k": [FIRST]})


# -- W33 and W34 saved statements ------------------------------------------------------------------


@line("W33 a store comes back from JSON")
def _() -> Any:
    return WriteToCache(key="k", value=Anything()).dfm_class_name == "dfm.api.WriteToCache"


@pytest.mark.parametrize("write", LINES.values(), ids=LINES)
def test_it_can_be_written_and_comes_back_from_json(write: Callable[[], Any]) -> None:
    with Pipeline() as p:
        assert write() is True

    again = Pipeline.model_validate_json(p.model_dump_json())

    assert again == p
    assert [type(s) for s in again.dfm_walk()] == [type(s) for s in p.dfm_walk()]


@pytest.mark.parametrize("write", LINES.values(), ids=LINES)
@pytest.mark.parametrize(
    ("here", "there"),
    [
        ('"dfm.api.', '"nv_dfm_core.api.'),
        ('"dfm.api.WriteToCache"', '"nv_dfm_core.api._WriteToCache"'),
        ('"dfm.api.WriteToCache"', '"dfm.api._WriteToCache"'),
    ],
)
def test_w34_it_comes_back_under_every_name_it_was_saved_by(
    write: Callable[[], Any], here: str, there: str
) -> None:
    with Pipeline() as p:
        write()

    assert Pipeline.model_validate_json(p.model_dump_json().replace(here, there)) == p


@pytest.mark.parametrize("exp", [[], [True]])
@pytest.mark.parametrize("kind", [And, Or])
def test_and_and_or_take_at_least_two(kind: type[And], exp: list[bool]) -> None:
    with Pipeline(), pytest.raises(DfmError, match="at least 2"):
        If(cond=kind(exp=exp))  # type: ignore[arg-type]


def test_operations_written_by_hand_take_the_same_values() -> None:
    with Pipeline() as p, ForEach(seq=[1]) as item:
        made = Handmade(count=item)
        with If(cond=made):
            Handmade(count=made["n"])

    assert Pipeline.model_validate_json(p.model_dump_json()) == p

"""The signature of an operation follows from a function's annotations, defaults and docstring."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pytest

from dfm.errors import FederationError
from dfm.federation import MISSING, Parameter
from dfm.federation.signatures import operation_of
from dfm.types import ANYTHING, Type

if TYPE_CHECKING:
    from somewhere import Dataset


def parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    return operation_of(function, "a.B").parameters


def returned(function: Callable[..., Any]) -> Type:
    return operation_of(function, "a.B").returns


class Series:
    """A type of the author's own."""


def test_types_come_from_annotations() -> None:
    def f(a: int, b: Series, *, c: str | None = None, d, e: Any, g: Literal["x"]): ...

    assert parameters(f) == (
        Parameter("a", Type.of("integer")),
        Parameter("b", Type.of(f"{__name__}.Series")),
        Parameter("c", Type.of("string", "null"), required=False, default=None),
        Parameter("d"),
        Parameter("e"),
        Parameter("g", Type.of("string", enum=["x"])),
    )


def test_a_parameter_without_a_default_has_none() -> None:
    def f(a: int, b: int = 0): ...

    assert [p.default for p in parameters(f)] == [MISSING, 0]
    assert [p.required for p in parameters(f)] == [True, False]


def test_an_annotation_that_can_not_be_looked_up_means_anything() -> None:
    def f(a: Dataset, b: int, c: 1 / 0) -> Dataset: ...

    assert [p.type for p in parameters(f)] == [ANYTHING, Type.of("integer"), ANYTHING]
    assert returned(f) == ANYTHING


def test_limits_and_descriptions_are_said_with_annotated() -> None:
    def f(
        a: Annotated[int, Type.of("integer", minimum=1), "row limit"],
        b: Annotated[str, "why"],
        c: Annotated[int, 3],
    ): ...

    assert parameters(f) == (
        Parameter("a", Type.of("integer", minimum=1), description="row limit"),
        Parameter("b", Type.of("string"), description="why"),
        Parameter("c", Type.of("integer")),
    )


def test_the_description_is_the_docstring_unless_given() -> None:
    def f():
        """Load a field.

        Slowly.
        """

    assert operation_of(f, "a.B").description == "Load a field.\n\nSlowly."
    assert operation_of(f, "a.B", "Other").description == "Other"


def test_it_knows_where_the_function_is() -> None:
    def f(): ...

    at = operation_of(f, "a.B").at

    file, line = at.rsplit(":", 1)
    assert file == __file__
    assert int(line) == f.__code__.co_firstlineno


def gives_generator() -> Generator[int, None, str]:
    yield 1
    return ""


async def gives_async() -> AsyncIterator[str]:
    yield ""


def gives_iterable_of() -> Iterable[float]:
    yield 1.0


def gives_bare() -> Iterator:
    yield 1


def gives_unannotated():
    yield 1


def passes_iterator_on() -> Iterator[int]:
    return iter([1])


def gives_whole_list() -> Iterable[int]:
    return [1]


def promises() -> Awaitable[int]: ...


async def promises_async() -> int: ...


def nothing() -> None: ...


def maybe() -> Optional[int]: ...  # noqa: UP045


@pytest.mark.parametrize(
    ("function", "type_"),
    [
        (gives_generator, Type.of("stream", items={"type": "integer"})),
        (gives_async, Type.of("stream", items={"type": "string"})),
        (gives_iterable_of, Type.of("stream", items={"type": "number"})),
        (gives_bare, Type.of("stream")),
        (gives_unannotated, Type.of("stream")),
        (passes_iterator_on, Type.of("stream", items={"type": "integer"})),
        (gives_whole_list, ANYTHING),
        (promises, Type.of("integer")),
        (promises_async, Type.of("integer")),
        (nothing, Type.of("null")),
        (maybe, Type.of("integer", "null")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_returned_is_a_stream_or_the_value(
    function: Callable[..., Any], type_: Type
) -> None:
    assert returned(function) == type_


def test_a_class_has_the_signature_of_its_body() -> None:
    class Load:
        """Load a field."""

        def __init__(self, site, provider=None, retries: int = 3): ...

        def body(self, name: str) -> int: ...

    spec = operation_of(Load, "a.B")

    assert spec.parameters == (Parameter("name", Type.of("string")),)
    assert spec.returns == Type.of("integer")
    assert spec.description == "Load a field."


@pytest.mark.parametrize("kind", [staticmethod, classmethod])
def test_a_body_without_self_is_read_as_it_is_called(kind: Callable[..., Any]) -> None:
    def body(*names: str) -> int: ...

    def static(name: str) -> int: ...

    def of_class(cls, name: str) -> int: ...

    adapter = type("A", (), {"body": kind(static if kind is staticmethod else of_class)})

    assert operation_of(adapter, "a.B").parameters == (Parameter("name", Type.of("string")),)


def test_a_wrapped_function_keeps_its_signature() -> None:
    def logged(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return f(*args, **kwargs)

        return wrapper

    @logged
    def f(a: int) -> int: ...

    assert parameters(f) == (Parameter("a", Type.of("integer")),)
    assert returned(f) == Type.of("integer")


class NoBody:
    pass


class NeedsMore:
    def __init__(self, url): ...

    def body(self): ...


def star(*values): ...


def double_star(**values): ...


def positional(a, /): ...


@pytest.mark.parametrize(
    ("wrong", "said", "hint"),
    [
        (star, r"\*values takes any arguments", "a parameter for each"),
        (double_star, r"\*\*values takes any arguments", "a parameter for each"),
        (positional, "'a' is positional-only", "the `/`"),
        (len, "positional-only", "the `/`"),
        (NoBody, "NoBody has no method `body`", "def body"),
        (NeedsMore, "nothing gives the constructor of NeedsMore its 'url'", "a default for it"),
        (functools.partial(star), "a function or a class with `body`", "a function around it"),
        (3, "a function or a class with `body`, not 3", "a function around it"),
        (max, "does not know the signature", "a function around it"),
    ],
)
def test_what_can_not_be_called_by_name_is_refused(wrong: Any, said: str, hint: str) -> None:
    with pytest.raises(FederationError, match=said) as caught:
        operation_of(wrong, "a.B")

    assert hint in caught.value.problems[0].hint


def test_a_parameter_that_is_iterated_over_takes_lists_and_streams() -> None:
    def f(a: Iterable[float], b: Iterator[int], c: AsyncIterator[str], d: Iterable | None): ...

    a, b, c, d = (p.type for p in parameters(f))

    assert [str(a.part("items")), str(b.part("items")), str(c.part("items"))] == [
        "number",
        "integer",
        "string",
    ]
    assert [t.kinds for t in (a, b, c)] == [("array", "object", "stream")] * 3
    assert d.kinds == ("array", "null", "object", "stream")

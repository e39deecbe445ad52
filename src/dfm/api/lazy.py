"""Values that are not known yet, and what Python must not do with them.

While a pipeline is written nothing has run, so `if result:` or `for x in result:` would
silently take one branch, or loop over a model's fields, and `f"{result}"` would be a text about
the result instead of the result's text. Here each of these fails, and says what to write
instead. `str()` and `repr()` go on working, because they are how one looks for a mistake.
"""

from __future__ import annotations

from typing import Any, NoReturn

from dfm.api.location import where_written
from dfm.api.scope import is_authoring
from dfm.errors import StructureError

_PLAIN = (str, int, float, bytes, list, tuple, dict, set, frozenset)
_DO = "{} inside an operation, whose function gets the value itself"
_BRANCH = (
    "`with If(cond=...):` and `with Else():`, where And(...), Or(...) and Not(...) join conditions"
)
_LOOP = "`with ForEach(seq=...) as item:`; or result[0], result[1] for parts that are known"
_COMPARE = "{}(left=..., right=...) inside If(cond=...)"


class UnknownTruth:
    """Something whose truth is not known while the pipeline is written."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        self._refuse("if, while, and, or, not", _BRANCH)

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise StructureError(
            f"{self._called()} is not known yet, so Python can not use it in: {what}",
            at=str(where_written()),
            hint=instead,
        )

    def _called(self) -> str:
        """Say in a message what is not known yet."""
        title = getattr(type(self), "__api_name__", "") or type(self).__name__
        return f"the value of {title}"


class LazyValue(UnknownTruth):
    """A value that is not known while the pipeline is written."""

    __slots__ = ()

    def __len__(self) -> NoReturn:
        self._refuse("len()", "an operation that returns the length")

    def __iter__(self) -> NoReturn:
        self._refuse("for, list(), unpacking", _LOOP)

    def __contains__(self, item: object) -> NoReturn:
        self._refuse("in", "an operation that returns whether it is in it, inside If(cond=...)")

    def __format__(self, spec: str) -> NoReturn:
        self._refuse("f-string, format()", _DO.format("make the text"))

    def __eq__(self, other: Any) -> bool:
        # Only with a plain value and only while writing: statements and pipelines must stay
        # comparable with each other, and with anything at all once they are written.
        if isinstance(other, _PLAIN) and is_authoring():
            self._refuse("==", _COMPARE.format("Equal"))
        return super().__eq__(other)

    def __ne__(self, other: Any) -> bool:
        if isinstance(other, _PLAIN) and is_authoring():
            self._refuse("!=", _COMPARE.format("NotEqual"))
        return super().__ne__(other)

    __hash__ = object.__hash__


class LazyResult(LazyValue):
    """A lazy value that is no block of statements, so `with` has no meaning for it."""

    __slots__ = ()

    def __enter__(self) -> NoReturn:
        self._refuse("with", _DO.format("open and close what it is"))

    def __exit__(self, *_: object) -> None:
        """Never reached, but Python looks for it before it enters."""


_COMPARISONS = {
    "__lt__": ("<", "LessThan"),
    "__le__": ("<=", "LessThanOrEqual"),
    "__gt__": (">", "GreaterThan"),
    "__ge__": (">=", "GreaterThanOrEqual"),
}
_ARITHMETIC = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//",
    "mod": "%", "divmod": "divmod()", "pow": "**", "lshift": "<<", "rshift": ">>",
    "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
_CALCULATIONS = {
    **{f"__{name}__": symbol for name, symbol in _ARITHMETIC.items()},
    **{f"__r{name}__": symbol for name, symbol in _ARITHMETIC.items()},
    "__neg__": "-", "__pos__": "+", "__invert__": "~", "__abs__": "abs()",
    "__int__": "int()", "__float__": "float()", "__complex__": "complex()",
    "__index__": "an index, range()", "__round__": "round()",
    "__array__": "numpy", "__array_ufunc__": "numpy",
}  # fmt: skip
_OTHERS = {
    "__call__": ("a call", "the name of the operation's class where the call is meant"),
    "__await__": ("await", "the job's result, once the pipeline runs"),
    "__setitem__": ("item assignment", _DO.format("change a copy of it")),
    "__delitem__": ("del", _DO.format("change a copy of it")),
}


def _refusing(what: str, instead: str) -> Any:
    def refuse(self: LazyValue, *_: object, **__: object) -> NoReturn:
        self._refuse(what, instead)

    return refuse


for _name, (_symbol, _class) in _COMPARISONS.items():
    setattr(LazyValue, _name, _refusing(_symbol, _COMPARE.format(_class)))
for _name, _symbol in _CALCULATIONS.items():
    setattr(LazyValue, _name, _refusing(_symbol, _DO.format("calculate")))
for _name, (_symbol, _instead) in _OTHERS.items():
    setattr(LazyValue, _name, _refusing(_symbol, _instead))

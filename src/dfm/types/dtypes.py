"""Names of the types of an array's elements: numpy's, written in any of the usual ways.

    float32, f4, <f4, single     float32          floating, integer, number ...   any of these
    int, int64, i8               int64            datetime64, datetime64[ns]      of some unit
    U12, str                     str              category, Int64 ...             of pandas

The byte order is not part of a name. numpy is not needed to compare them.
"""

from __future__ import annotations

import re

from dfm.errors import DeclarationError, nearest

_SIZES = {
    "bool": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "uint8": 1, "uint16": 2,
    "uint32": 4, "uint64": 8, "float16": 2, "float32": 4, "float64": 8, "float128": 16,
    "complex64": 8, "complex128": 16, "complex256": 32,
}  # fmt: skip
_UNSIZED = ("str", "bytes", "object", "datetime64", "timedelta64")
_OF_PANDAS = (
    *("category", "string", "boolean", "Float32", "Float64"),
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
)
_CHARACTERS_OF = {
    "number": "iufc", "integer": "iu", "signedinteger": "i", "unsignedinteger": "u",
    "inexact": "fc", "floating": "f", "complexfloating": "c",
}  # fmt: skip
_ALIASES = {
    "float": "float64", "double": "float64", "single": "float32", "half": "float16",
    "longdouble": "float128", "int": "int64", "long": "int64", "longlong": "int64",
    "intp": "int64", "intc": "int32", "short": "int16", "byte": "int8", "uint": "uint64",
    "ulong": "uint64", "ulonglong": "uint64", "uintp": "uint64", "uintc": "uint32",
    "ushort": "uint16", "ubyte": "uint8", "complex": "complex128", "cdouble": "complex128",
    "csingle": "complex64", "clongdouble": "complex256", "bool_": "bool", "str_": "str",
    "bytes_": "bytes", "object_": "object", "O": "object", "b1": "bool", "?": "bool",
    "M8": "datetime64", "m8": "timedelta64",
}  # fmt: skip
_WORDS = {"i": "int", "u": "uint", "f": "float", "c": "complex"}
_CODE = re.compile(r"([iufc])([1-9]\d?)")
_TIME = re.compile(r"(datetime64|timedelta64|M8|m8)(\[[\w ,/+:-]*\])")
_TEXT = re.compile(r"(U|str|S|bytes)\d*")
_CHARACTER = re.compile(r"(int|uint|float|complex)\d+")


def dtype_name(written: object) -> str:
    """Return the one name of a dtype: of a text, a class of numpy, or a dtype of some library.

    Raises:
        DeclarationError: for a text that names none.
    """
    name = _written(written).lstrip("<>=|")
    name = _ALIASES.get(name, name)
    if code := _CODE.fullmatch(name):
        name = f"{_WORDS[code[1]]}{8 * int(code[2])}"
    elif time := _TIME.fullmatch(name):
        return _ALIASES.get(time[1], time[1]) + time[2]
    elif text := _TEXT.fullmatch(name):
        return {"U": "str", "S": "bytes"}.get(text[1], text[1])
    known = (*_SIZES, *_UNSIZED, *_OF_PANDAS, *_CHARACTERS_OF)
    if name not in known:
        raise DeclarationError(f"there is no dtype {name[:100]!r}", hint=nearest(name[:100], known))
    return name


def dtype_of(value: object) -> str:
    """Return the name of the dtype that a value has; '' when it has none. It may be any name."""
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return ""
    try:
        return dtype_name(dtype)
    except DeclarationError:
        return _written(dtype)


def dtypes_meet(given: str, wanted: str) -> bool:
    """Whether an array of one dtype may be an array of the other.

    >>> dtypes_meet("float32", "floating"), dtypes_meet("float32", "float64")
    (True, False)
    """
    if given == wanted or _general(given) == wanted or _general(wanted) == given:
        return True
    if given in _CHARACTERS_OF or wanted in _CHARACTERS_OF:
        return not set(_characters(given)).isdisjoint(_characters(wanted))
    return False


def dtype_bytes(name: str) -> int | None:
    """Return how many bytes an element takes; None when that depends."""
    if _general(name) in ("datetime64", "timedelta64"):
        return 8
    return _SIZES.get(name)


def _written(dtype: object) -> str:
    if isinstance(dtype, str):
        return dtype.strip()
    name = getattr(dtype, "__name__", None) if isinstance(dtype, type) else None
    return str(name or getattr(dtype, "name", dtype))


def _general(name: str) -> str:
    return name.partition("[")[0]


def _characters(name: str) -> str:
    word = _CHARACTER.fullmatch(name)
    return _CHARACTERS_OF.get(name) or (word[1][0] if word else name)

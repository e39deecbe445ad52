"""How classes and values are called: in types, and in messages about them.

Nothing here imports what it names: a class is found only if its module is loaded already.
"""

from __future__ import annotations

import numbers
import sys

_SHORT_AT = frozenset({"numpy", "pandas", "xarray"})


def class_path(cls: type) -> str:
    """Return the dotted path of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"


def public_path(cls: type) -> str:
    """Return the path that people know a class by: `xarray.DataArray`, wherever it is made."""
    root = cls.__module__.partition(".")[0]
    if root in _SHORT_AT and getattr(sys.modules.get(root), cls.__name__, None) is cls:
        return f"{root}.{cls.__name__}"
    return class_path(cls)


def loaded_class(path: str) -> type | None:
    """Return the class at a dotted path if its module is loaded already; never imports."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is None:
            continue
        found: object = module
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found if isinstance(found, type) else None
    return None


def describe(value: object) -> str:
    """Name a value's type and show a little of it: `int (3)`, `numpy.ndarray`."""
    cls = type(value)
    name = cls.__name__ if cls.__module__ == "builtins" else public_path(cls)
    if isinstance(value, (str, bytes, list, dict, tuple, numbers.Number)) or is_numpy_bool(value):
        text = repr(value)
        return f"{name} ({text if len(text) <= 40 else text[:37] + '...'})"
    return name


def is_numpy_bool(value: object) -> bool:
    """Whether a value is a truth value of numpy, which is no `bool`."""
    return type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_")

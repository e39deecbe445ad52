"""Find the object at a dotted path and make things of it.

The one place where a site turns a name of its *own* configuration into code. Names that
come with a job are never looked up this way.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from dfm.errors import AdapterUnavailable
from dfm.federation.models import Construct

PATH_HINT = "checking the path in the federation, and that the site has the package installed"


def load(path: str, callables: Mapping[str, Callable[..., Any]], *, what: str) -> Any:
    """Return the object at a dotted path: of `callables` if it is there, else imported.

    Raises:
        AdapterUnavailable: naming the path, and the module or attribute that is missing.
    """
    if path in callables:
        return callables[path]
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module_name = ".".join(parts[:cut])
        try:
            found: Any = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is not None and (module_name + ".").startswith(error.name + "."):
                continue
            raise _unavailable(what, path, f"importing it needs {error.name!r}") from error
        except Exception as error:
            reason = f"importing {module_name!r} raised {type(error).__name__}: {error}"
            raise _unavailable(what, path, reason, "its traceback") from error
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise _unavailable(what, path, f"module {module_name!r} has no {part!r}")
            found = getattr(found, part)
        return found
    raise _unavailable(what, path, f"there is no module {parts[0]!r}")


def construct(
    wanted: Construct, callables: Mapping[str, Callable[..., Any]], *, what: str, **offered: Any
) -> Any:
    """Make an instance: configured arguments, and those of `offered` the constructor takes.

    A constructor with `**kwargs` takes them all if its class has a base that asks for them by name.

    Raises:
        AdapterUnavailable: when it can not be loaded, or its constructor raised.
    """
    cls = load(wanted.path, callables, what=what)
    if not isinstance(cls, type):
        raise _unavailable(what, wanted.path, f"it is a {type(cls).__name__}, not a class")
    taken = {k: v for k, v in offered.items() if accepts(cls, k) and k not in wanted.arguments}
    try:
        return cls(**taken, **wanted.arguments)
    except Exception as error:
        reason = f"its constructor raised {type(error).__name__}: {error}"
        raise _unavailable(what, wanted.path, reason, "its traceback") from error


def accepts(cls: type, name: str) -> bool:
    """Whether a constructor takes an argument of this name, itself or by passing it on."""
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters
        if name in parameters:
            return True
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return False
    return False


def _unavailable(what: str, path: str, reason: str, hint: str = PATH_HINT) -> AdapterUnavailable:
    return AdapterUnavailable(f"the {what} {path!r} can not be made: {reason}", hint=hint)

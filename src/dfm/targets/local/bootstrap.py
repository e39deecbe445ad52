"""Start a worker process and tell it which site it is.

The first bytes on a worker's socket are its introduction, in two parts: where modules are
found (plain JSON), then the site and its functions (pickled: both ends are the same user on
the same machine, and the functions of a script or notebook exist nowhere else).
"""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from typing import Any, ClassVar

from dfm.errors import SiteStartFailed
from dfm.targets.introduction import Introduction

FAILED_TO_START = 70
"""The exit code of a worker that could not become its site; its traceback is on stderr."""

_SIZES = struct.Struct("<QQ")


def start_process(sock: socket.socket, page: int) -> subprocess.Popen[bytes]:
    """Start the worker process that serves the other end of a link.

    Raises:
        SiteStartFailed: when the system does not let us.
    """
    # -P: what lies in the working directory must not hide modules that a worker needs.
    command = [sys.executable, "-P", "-m", "dfm.targets.local.job_runner"]
    environment = dict(os.environ)
    package_root = os.path.dirname(
        os.path.dirname(os.path.abspath(sys.modules["dfm"].__file__ or ""))
    )
    paths = [package_root, environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
    try:
        # A session of its own: Ctrl-C at the terminal is for the application to act on.
        return subprocess.Popen(
            [*command, str(sock.fileno()), str(page)],
            pass_fds=(sock.fileno(), page),
            stdin=subprocess.DEVNULL,
            stdout=_standard_error(),
            start_new_session=True,
            env=environment,
        )
    except OSError as error:
        raise SiteStartFailed(
            f"a worker process could not be started: {error.strerror or error}",
            hint="checking the limits on processes, open files and memory (`ulimit -a`)",
        ) from error


def _standard_error() -> int:
    """Return where a worker's standard output goes: the application may write a file to its own."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


def introduce(introduction: Introduction) -> bytes:
    """Return the bytes a worker reads first.

    Raises:
        SiteStartFailed: when a function of the site can not be sent to another process.
    """
    where = json.dumps({"path": [p or os.getcwd() for p in sys.path], "cwd": os.getcwd()}).encode()
    try:
        with _by_value(introduction.callables.values()):
            what = _pickled(introduction)
    except Exception as error:  # noqa: BLE001  (pickling runs the code of what it pickles)
        culprit = _unpicklable(introduction)
        raise SiteStartFailed(
            f"{culprit} can not be sent to the worker of site {introduction.site.name!r}:"
            f" {type(error).__name__}: {error}",
            site=introduction.site.name,
            hint="opening files and connections inside the function,"
            " or in the __init__ of a class with `body`",
        ) from None
    return _SIZES.pack(len(where), len(what)) + where + what


def _pickled(value: Any) -> bytes:
    """Pickle what a worker is told. A lock becomes a new one, which all of it shares.

    Locks stand around what one process must not do twice at once, such as opening HDF5 files, so
    each worker needs its own.
    """
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
        dispatch_table: ClassVar[Any] = ChainMap(_LOCKS, cloudpickle.Pickler.dispatch_table)

    stream = io.BytesIO()
    Pickler(stream).dump(value)
    return stream.getvalue()


_LOCKS: dict[type, Callable[[Any], Any]] = {
    type(threading.Lock()): lambda _: (threading.Lock, ()),
    type(threading.RLock()): lambda _: (threading.RLock, ()),
}


@contextmanager
def _by_value(functions: Iterable[Callable[..., Any]]) -> Iterator[None]:
    """Pickle by value what comes from modules that a worker could not import by their name.

    Such are files that a program or a test runner has loaded by path; `__main__` and functions
    inside functions are pickled by value anyway.
    """
    import cloudpickle

    names = {getattr(f, "__module__", None) for f in functions}
    modules = [sys.modules[n] for n in names if n in sys.modules and not _importable(n)]
    modules = [m for m in modules if m.__name__ not in cloudpickle.list_registry_pickle_by_value()]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _importable(name: str) -> bool:
    """Whether importing `name` elsewhere would load the same file."""
    if name == "__main__":
        return True
    found: Any = None
    for cut in range(1, name.count(".") + 2):
        # Part by part: `find_spec` of a dotted name would import its packages.
        part = ".".join(name.split(".")[:cut])
        where = getattr(sys.modules.get(part.rpartition(".")[0]), "__path__", None)
        found = PathFinder.find_spec(part, where)
        if found is None:
            return name in sys.builtin_module_names
    return bool(found.origin == getattr(sys.modules[name], "__file__", None))


def read_introduction(sock: socket.socket) -> Introduction:
    """Read an introduction; used by the worker before anything of the site is imported."""
    sock.setblocking(True)
    where_size, what_size = _SIZES.unpack(_read(sock, _SIZES.size))
    where = json.loads(_read(sock, where_size))
    known = set(sys.path)
    sys.path.extend(p for p in where["path"] if p not in known)
    if os.path.isdir(where["cwd"]):
        os.chdir(where["cwd"])
    import cloudpickle

    introduction: Introduction = cloudpickle.loads(_read(sock, what_size))
    return introduction


def _unpicklable(introduction: Introduction) -> str:
    for path, function in introduction.callables.items():
        try:
            _pickled(function)
        except Exception:  # noqa: BLE001  (as above: which one is what we want to know)
            return f"the function {path!r}"
    return "the site's configuration"


def _read(sock: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

"""Nothing that a message names is run or imported without trust."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.wire.hostile import CODECS, VALUES, encode, head, mark, named

from dfm.errors import CorruptMessage
from dfm.wire import Codecs, Packed, codes, registry


class Payload:
    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def canary(path: Path) -> list[Any]:
    import os

    text = f"open({str(path)!r}, 'w')"
    return [
        Payload(os.system, (f"touch {path}",)),
        Payload(eval, (text,)),
        Payload(exec, (text,)),
        Payload(open, (str(path), "w")),
        Payload(Path.touch, (path,)),
        Payload(__import__, ("antigravity",)),
        Payload(getattr, (path, "touch")),
        Payload(np.load, (io.BytesIO(pickle.dumps(Payload(os.system, (f"touch {path}",)))),)),
        Payload(pd.read_pickle, (str(path),)),
    ]


def smuggled(stream: bytes) -> Iterator[Packed]:
    """Yield messages that hold a pickle wherever one might be loaded."""
    yield Packed(stream)
    yield Packed(codes.TAGGED + stream)
    yield Packed(head(mark(codes.PICKLE, mark(codes.BUFFER, 0))), (stream,))
    yield Packed(encode(mark(codes.PICKLE, [stream])))
    for name in ("pickle", "cloudpickle", "numpy.pickle", "os.system"):
        yield Packed(head(named(name, [stream])))
    every = [(codes.NAMED, name) for name in sorted(registry.BY_NAME)]
    for code, name in [*product(registry.BY_CODE, [""]), (codes.PICKLE, ""), *every]:
        for content in (stream, [stream], [stream, []], [[], stream], {"a": stream}):
            yield Packed(head(named(name, content) if name else mark(code, content)))
    for dtype, shape in product(("|O", "O", "|V1", "|u1", "<U1"), ([1], [len(stream)])):
        yield Packed(head(named("numpy.ndarray", [dtype, shape, "C", stream])))


CLASSES = (
    "os:system",
    "builtins:eval",
    "builtins:exec",
    "subprocess:Popen",
    "posixpath:os.system",
    "antigravity:fly",
    "dfm.wire.pickling:PICKLED",
    "dataclasses:dataclass",
    "this:s",
    "pickle:Unpickler",
    "dfm.cli.main:main",
)


def named_classes() -> Iterator[Packed]:
    """Yield messages that name classes and functions which nobody has listed."""
    kinds = (codes.DATACLASS, codes.ENUM, codes.NAMED_TUPLE, codes.MODEL)
    contents: tuple[Any, ...] = ({"cmd": "x"}, ["x"], "x", {}, [])
    for code, path, content in product(kinds, CLASSES, contents):
        yield Packed(head(mark(code, [path, content])))
        yield Packed(head(mark(code, [path, content, None, [], None])))
    for path in ("os/path", "antigravity", "tzdata", "../../../etc/passwd", "/etc/passwd"):
        yield Packed(head(named("zoneinfo.ZoneInfo", path)))
    for path, key in product(CLASSES, ("__class__", "py/object", "dfm_class_name", "__reduce__")):
        yield Packed(encode({key: path.replace(":", "."), "args": ["x"]}))


WATCHED: list[str] = []
FORBIDDEN = (
    "import",
    "exec",
    "compile",
    "open",
    "os.",
    "subprocess.",
    "pickle.",
    "marshal.",
    "socket.",
    "ctypes.",
    "shutil.",
    "code.__new__",
    "function.__new__",
)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if WATCHED and event.startswith(FORBIDDEN):
        WATCHED.append(f"{event}{arguments!r:.200}")


sys.addaudithook(_watch)


@contextmanager
def nothing_happens() -> Iterator[None]:
    """Fail if anything is imported, opened or run inside."""
    modules = set(sys.modules)
    WATCHED.append("watching")
    try:
        yield
    finally:
        seen = WATCHED[1:]
        WATCHED.clear()
    assert seen == []
    assert set(sys.modules) == modules


def messages(tmp_path: Path) -> list[Packed]:
    streams = [
        pickle.dumps(payload, protocol)
        for payload in canary(tmp_path / "canary")
        for protocol in range(2 if "BytesIO" in repr(payload.reduced) else 0, 6)
    ]
    return [*named_classes(), *(m for stream in streams[::2] for m in smuggled(stream))]


def test_no_payload_is_run_or_imported_without_trust(tmp_path: Path) -> None:
    for value in VALUES:  # so that the libraries have loaded what they load when first used
        CODECS.unpack(CODECS.pack(value))
    corpus = messages(tmp_path)
    refusals = 0

    with nothing_happens():
        for packed in corpus:
            try:
                CODECS.unpack(packed)
            except CorruptMessage:
                refusals += 1

    assert not (tmp_path / "canary").exists()
    assert refusals > len(corpus) // 2 > 300


def test_the_watch_would_see_a_payload_that_is_run(tmp_path: Path) -> None:
    payload = pickle.dumps(canary(tmp_path / "canary")[0])

    with pytest.raises(AssertionError, match="system"), nothing_happens():
        pickle.loads(payload)

    assert (tmp_path / "canary").exists()


def test_a_pickle_is_refused_before_it_is_looked_at() -> None:
    packed = Codecs(trusted=True).pack([{"f": print}, type("Local", (), {})()])

    with nothing_happens(), pytest.raises(CorruptMessage, match="this site refuses them"):
        CODECS.unpack(packed)

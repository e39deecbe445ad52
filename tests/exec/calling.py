"""A site's call runner, a job that hears the outcomes, and a clock that a test moves."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dfm.exec import DfmContext
from dfm.exec.adapters import AdapterTable
from dfm.exec.calls import CallRunner
from dfm.exec.invocation import Invocation
from dfm.exec.measures import Run
from dfm.exec.streams import Stream
from dfm.exec.timers import Timer, Timers
from dfm.federation.models import (
    AdapterSpec,
    CacheConfig,
    Construct,
    FromSecrets,
    SecretsConfig,
    SiteSpec,
)
from dfm.net.frame import Path
from dfm.net.template import Ref
from dfm.net.token import ErrorRecord, Failure
from dfm.net.transitions import Call, Options
from dfm.types import Type
from dfm.wire import Codecs

SECONDS = 20.0
"""How long a test waits for what must happen."""


class Clock(Timers):
    """Timers whose time passes when a test says so."""

    def __init__(self) -> None:
        super().__init__("clock")
        self._time = 0.0
        self._pending: list[tuple[float, int, Timer]] = []
        self._armed = threading.Condition()
        self.pauses: list[float] = []

    def now(self) -> float:
        return self._time

    def after(
        self, seconds: float, group: str, function: Callable[..., object], *arguments: Any
    ) -> Timer:
        timer = Timer(group, function, arguments)
        with self._armed:
            self._pending.append((self._time + seconds, len(self.pauses), timer))
            self.pauses.append(seconds)
            self._armed.notify_all()
        return timer

    def cancel(self, timer: Timer) -> None:
        self._keep(lambda t: t is not timer)

    def cancel_group(self, group: str) -> None:
        self._keep(lambda t: t.group != group)

    def close(self, timeout: float) -> None:
        self._keep(lambda _: False)

    @property
    def armed(self) -> int:
        """How many functions wait for their time."""
        with self._armed:
            return len(self._pending)

    def wait_until_armed(self, count: int = 1) -> None:
        """Wait until so many functions wait for their time."""
        with self._armed:
            assert self._armed.wait_for(lambda: len(self._pending) >= count, SECONDS)

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due."""
        self._time += seconds
        while True:
            with self._armed:
                due = sorted(e for e in self._pending if e[0] <= self._time)
                if not due:
                    return
                self._pending.remove(due[0])
            function = due[0][2].function
            assert function is not None
            function(*due[0][2].arguments)

    def _keep(self, which: Callable[[Timer], bool]) -> None:
        with self._armed:
            self._pending = [entry for entry in self._pending if which(entry[2])]


class Job:
    """Hears of the outcomes of its calls, and what they took."""

    def __init__(self, job_id: str = "job") -> None:
        self.job_id = job_id
        self.closed = False
        self.runs: list[Run | None] = []
        self._heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def call_ended(self, call: Invocation, token: Any) -> None:
        self.runs.append(call.run)
        self._heard.put(("token", token))

    def stream_began(self, call: Invocation, stream: Stream) -> None:
        self._heard.put(("stream", stream))

    def stream_ended(self, call: Invocation, failure: Failure | None) -> None:
        self.runs.append(call.run)
        self._heard.put(("end", failure))

    def hears(self) -> tuple[str, Any]:
        """Return the next that it is told."""
        return self._heard.get(timeout=SECONDS)

    @property
    def heard_nothing_more(self) -> bool:
        return self._heard.empty()

    def token(self) -> Any:
        kind, token = self.hears()
        assert kind == "token", (kind, token)
        return token

    def error(self) -> ErrorRecord:
        token = self.token()
        assert isinstance(token, Failure), token
        return token.errors[0]


class Watcher:
    """An observer that keeps what it is told of failures."""

    def __init__(self) -> None:
        self.failed: list[tuple[Any, ...]] = []

    def call_began(self, job_id: str, operation: str, frame: Path) -> object:
        return None

    def call_ended(self, mark: object) -> None: ...

    def call_failed(self, *told: Any) -> None:
        self.failed.append(told)


class Bench:
    """One site at work."""

    def __init__(self, runner: CallRunner, clock: Clock, watcher: Watcher, codecs: Codecs) -> None:
        self.runner = runner
        self.clock = clock
        self.watcher = watcher
        self.codecs = codecs

    def call(
        self,
        job: Job,
        operation: str = "ops.F",
        *,
        frame: Path = (0,),
        output: str = "out",
        inputs: Mapping[str, Any] | None = None,
        literals: Mapping[str, Any] | None = None,
        readers: int = 1,
        packs: bool = False,
        **options: Any,
    ) -> None:
        """Begin a call; each input is passed under the name of its place."""
        arguments: list[tuple[str, Any]] = [(name, Ref(name)) for name in inputs or {}]
        arguments += list((literals or {}).items())
        call = Call(output, operation, arguments=tuple(arguments), options=Options(**options))
        self.runner.start(
            Invocation(
                job, frame, 1, call, dict(inputs or {}),
                readers=readers, awaited=False, packs=packs, kept=True,
            )
        )  # fmt: skip

    def relay(self, job: Job, stream: Stream) -> None:
        """Let a stream go on under another name."""
        call = Call("out", "ops.F")
        inputs = {"stream": stream}
        self.runner.relay(
            Invocation(
                job, (0,), 1, call, inputs, readers=1, awaited=False, packs=False, kept=True
            )
        )  # fmt: skip


def vault_of(secret: Callable[[], str]) -> type:
    """Return a class of vaults that give this secret."""

    class Vault:
        def secret_for_key(self, key: str) -> str:
            return secret()

    return Vault


@contextmanager
def bench(
    *functions: Callable[..., Any],
    folder: Any = None,
    returns: Mapping[str, Type] | None = None,
    threads: int = 4,
    cache: CacheConfig | None = None,
    api_version: str = "1.0.0",
    site: str = "here",
    vault: Callable[[], str] | None = None,
) -> Iterator[Bench]:
    """A site whose operations `ops.F`, `ops.G`, ... are the functions, in this order.

    With a vault, which is asked at each call, their one argument is `secret`.
    """
    names = [f"ops.{letter}" for letter in "FGH"[: len(functions)]]
    callables = {f"lib.{f.__name__}": f for f in functions}
    arguments = {"secret": FromSecrets("key")} if vault else None
    if vault:
        callables["lib.Vault"] = vault_of(vault)
    spec = SiteSpec(
        site,
        {n: AdapterSpec(Construct(p), arguments) for n, p in zip(names, callables, strict=False)},
        secrets=SecretsConfig("lib.Vault" if vault else None),
        cache=cache or CacheConfig("file", {}, str(folder)),
        returns=returns or {},
    )
    context = DfmContext("fed", site, "home", api_version, callables, logging.getLogger("dfm.site"))
    clock, watcher, codecs = Clock(), Watcher(), Codecs()
    runner = CallRunner(
        site, AdapterTable(spec, context), codecs, watcher, threads=threads, timers=clock
    )
    try:
        yield Bench(runner, clock, watcher, codecs)
    finally:
        runner.close(5)

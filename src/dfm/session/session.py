"""The application's door: prepare a pipeline, run it, get its job."""

from __future__ import annotations

import logging
import os
import threading
import uuid
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Protocol

from dfm.api import Pipeline
from dfm.compiler import Objective, compile_pipeline
from dfm.errors import ArgumentError, SessionClosed, StructureError, UnknownName
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.report import PlanReport
from dfm.session.callbacks import Callbacks, DfmDataCallback
from dfm.session.discover import Discovered, as_discovery, discovered
from dfm.session.finding import make_target
from dfm.session.job import Job, ParameterSets, packed_sets
from dfm.session.learning import Learning
from dfm.targets.base import Target
from dfm.types import describe

Restriction = Sequence[str] | Literal["homesite"] | None


class HasSpec(Protocol):
    """Anything that is a federation, such as `dfm.Federation`."""

    @property
    def spec(self) -> FederationSpec:
        """The federation as a value."""


class Session:
    """A connection to the sites of a federation. Use it as a context manager.

    `target` names where nets run: `local` (a worker process per site), `inline` (this process),
    or one that is installed. `options` go to the target. What jobs take is kept and used by later
    plans, unless `learn` is False; the environment variable DFM_LEARN=0 is the same for all.

    Raises:
        UnknownName: when there is no such homesite or target.
    """

    def __init__(
        self,
        federation: HasSpec | FederationSpec,
        homesite: str,
        target: str = "local",
        logger: logging.Logger | None = None,
        learn: bool | None = None,
        **options: Any,
    ) -> None:
        self._source = federation
        spec = _spec_of(federation)
        if homesite not in spec.sites:
            raise UnknownName("site", homesite, spec.sites, at=f"homesite of {spec.name!r}")
        self._federation = spec
        self._homesite = homesite
        self._logger = logger or logging.getLogger("dfm.session")
        self._target: Target = make_target(target, spec, homesite, options)
        self._learning = Learning.of(spec, target, wanted=learn)
        self._connected = False
        self._jobs: weakref.WeakSet[Job] = weakref.WeakSet()
        self._jobs_lock = threading.Lock()
        self._process = os.getpid()
        self._closer = weakref.finalize(self, _close, self._target, self._learning, self._process)

    def __repr__(self) -> str:
        state = "connected" if self._connected else "not connected"
        return f"<Session of {self._federation.name!r} at {self._homesite!r}: {state}>"

    @property
    def federation(self) -> FederationSpec:
        """The federation, as it was when a pipeline was last prepared."""
        return self._federation

    @property
    def federation_name(self) -> str:
        """The name of the federation."""
        return self._federation.name

    @property
    def homesite(self) -> str:
        """The site the application belongs to; results arrive there."""
        return self._homesite

    @property
    def started_sites(self) -> tuple[str, ...]:
        """The sites that have been started so far, sorted."""
        return self._target.started_sites

    @property
    def logger(self) -> logging.Logger:
        """The session's logger."""
        return self._logger

    def connect(self) -> None:
        """Make ready to run; harmless when repeated. Sites are started when a job needs them."""
        if not self._closer.alive:
            raise SessionClosed("the session is closed", hint="a new session")
        self._target.connect()
        self._connected = True

    def close(self) -> None:
        """Stop running jobs and end all that was started; harmless when repeated."""
        self._connected = False
        if os.getpid() != self._process:
            return
        with self._jobs_lock:
            jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        self._closer()

    def __enter__(self) -> Session:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def prepare(
        self,
        pipeline: Pipeline,
        restrict_to_sites: Restriction = None,
        *,
        objective: Objective = "total",
    ) -> PreparedPipeline:
        """Check a pipeline, choose its sites and make their nets. Works before `connect`.

        The `objective` is what is made as small as can be: "total", all work and all transfers, or
        "makespan", the time until the last of it is over.

        Raises:
            DeclarationError: when the pipeline is wrong.
            PlacementError: when no allowed site can run one of its operations.
            PolicyError: when every plan would break the policy of a site.
        """
        return self._compiled(pipeline, restrict_to_sites, objective, explain=False)

    def explain(
        self,
        pipeline: Pipeline,
        restrict_to_sites: Restriction = None,
        *,
        objective: Objective = "total",
    ) -> PlanReport:
        """Return what would run where, why there and why not elsewhere, and what it would cost.

        Raises:
            DeclarationError, PlacementError: as `prepare` does.
        """
        return self._compiled(pipeline, restrict_to_sites, objective, explain=True).report

    def execute(
        self,
        pipeline: Pipeline | PreparedPipeline,
        input_params: ParameterSets = {},  # noqa: B006  (read only; the signature is public)
        autostop: bool = True,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: Mapping[str, DfmDataCallback] | None = None,
    ) -> Job:
        """Run a pipeline: one call per parameter set. Returns at once.

        A dict is one parameter set, a list of dicts as many calls. With `autostop=False` the job
        takes more of them later (`job.send_input_params`) until `job.send_stop_frame()`.

        Raises:
            SessionClosed: before `connect` and after `close`.
            DeclarationError, PlacementError: as `prepare` does.
            ParameterSetError: for missing or superfluous names, before anything is sent.
        """
        if os.getpid() != self._process:
            raise SessionClosed(
                "the session belongs to the process that opened it, of which this is a fork",
                hint="a new session in this process",
            )
        if not self._connected:
            hint = "`with federation.session(...) as session:`, or `session.connect()` first"
            raise SessionClosed("the session is not connected", hint=hint)
        prepared = pipeline if isinstance(pipeline, PreparedPipeline) else self.prepare(pipeline)
        self._check_is_ours(prepared)
        sets = packed_sets(prepared, input_params, 0, self._target.codecs.pack)
        callbacks = Callbacks(default_callback, place_callbacks)
        callbacks.check(prepared.yield_places)
        learn = self._learning.ended if self._learning.is_on else None
        job = Job(uuid.uuid4().hex, prepared, self._target, callbacks, learn)
        with self._jobs_lock:
            self._jobs.add(job)
        job.begin(sets, single=isinstance(input_params, Mapping), stop=autostop)
        return job

    def discover(
        self,
        pipeline: Pipeline,
        restrict_to_sites: Restriction = None,
        timeout: float | None = None,
    ) -> Discovered:
        """Ask each site that could run one of the operations which arguments would be good.

        Nothing is run. Arguments that are literals are validated, all others are advised on.

        Raises:
            DeclarationError, PlacementError: as `prepare` does.
            WaitTimeout: when `timeout` seconds have passed.
            RunError: what went wrong otherwise; what an advisor does wrong is in its advice.
        """
        asking = as_discovery(pipeline)
        job = self.execute(self.prepare(asking, restrict_to_sites))
        return discovered(asking, job, timeout, self._federation.sites)

    def _compiled(
        self, pipeline: Pipeline, restriction: Restriction, objective: Objective, *, explain: bool
    ) -> PreparedPipeline:
        self._follow()
        return compile_pipeline(
            pipeline,
            self._federation,
            homesite=self._homesite,
            restrict_to_sites=restriction,
            objective=objective,
            learned=self._learning.costs(self._federation),
            explain=explain,
            codecs=self._target.codecs,
        )

    def _follow(self) -> None:
        """Take note of what was added to the federation, or written anew, since the last time."""
        spec = _spec_of(self._source)
        if spec is not self._federation:
            self._federation = spec
            self._target.update(spec)

    def _check_is_ours(self, prepared: PreparedPipeline) -> None:
        ours = self._federation
        if prepared.federation_name != ours.name or not set(prepared.nets) <= set(ours.sites):
            raise StructureError(
                f"the pipeline {prepared.pipeline_name!r} was prepared for the federation"
                f" {prepared.federation_name!r} with the sites {', '.join(prepared.nets)}",
                at=f"session of {ours.name!r}",
                hint="preparing it with this session",
            )


def _spec_of(federation: HasSpec | FederationSpec) -> FederationSpec:
    if isinstance(federation, FederationSpec):
        return federation
    spec = getattr(federation, "spec", None)
    if not isinstance(spec, FederationSpec):
        raise ArgumentError(
            f"a session needs a federation, got {describe(federation)}",
            hint="`dfm.Federation.load(path)`, or `dfm.Federation(name)`",
        )
    return spec


def _close(target: Target, learning: Learning, process: int) -> None:
    """Close what a session has, in its own process: a fork must not end what its parent uses."""
    if os.getpid() == process:
        try:
            target.close()
        finally:
            learning.close()

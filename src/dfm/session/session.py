"""The application's door: prepare a pipeline, run it, get its job."""

from __future__ import annotations

import logging
import os
import uuid
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

from dfm.api import Pipeline
from dfm.compiler import Objective, compile_pipeline
from dfm.errors import ArgumentError, SessionClosed, StructureError, UnknownName, nearest
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.report import PlanReport
from dfm.session.callbacks import Callbacks, DfmDataCallback
from dfm.session.discover import Discovered, as_discovery, discovered
from dfm.session.dispatchers import DirectDispatcher
from dfm.session.federations import HasSpec, source_of, spec_of
from dfm.session.finding import make_target
from dfm.session.job import Job
from dfm.session.learning import Learning
from dfm.session.logs import configure_session_logging
from dfm.session.parameter_sets import ParameterSets, packed_sets
from dfm.session.register import Register
from dfm.session.runner import CallbackDispatcher, CallbackRunner
from dfm.session.unknown_job import UnknownJob
from dfm.targets.base import Target
from dfm.types import describe

Restriction = Sequence[str] | Literal["homesite"] | None


class Session:
    """A connection to the sites of a federation. Use it as a context manager.

    `target` names where nets run: `local` (a worker process per site), `inline` (this process),
    or one that is installed: an entry point in the group `dfm.targets` that names a class with the
    protocol `dfm.targets.base.Target`. `options` go to the target. What jobs take is kept and used
    by later plans, unless `learn` is False; the environment variable DFM_LEARN=0 is the same for
    all.

    A federation can be given by its name: it is found as `find_federation` says. The
    `callback_dispatcher` says on which thread callbacks are called, DirectDispatcher by default;
    see `dfm.session.dispatchers`.

    Raises:
        UnknownName: when there is no such homesite, target or federation.
        ArgumentError: when the homesite or the federation is missing.
    """

    def __init__(
        self,
        federation: HasSpec | FederationSpec | str | None = None,
        homesite: str = "",
        target: str = "local",
        logger: logging.Logger | None = None,
        callback_dispatcher: CallbackDispatcher | None = None,
        *,
        federation_name: str | None = None,
        learn: bool | None = None,
        **options: Any,
    ) -> None:
        self._source = source_of(federation, federation_name)
        spec = spec_of(self._source)
        if not homesite:
            raise ArgumentError("a session needs a homesite", hint=nearest("", spec.sites))
        if homesite not in spec.sites:
            raise UnknownName("site", homesite, spec.sites, at=f"homesite of {spec.name!r}")
        self._federation = spec
        self._homesite = homesite
        self._logger = logger or configure_session_logging()
        self._dispatcher = _dispatcher(callback_dispatcher)
        self._target: Target = make_target(target, spec, homesite, options)
        self._learning = Learning.of(spec, target, wanted=learn)
        self._connected = False
        self._jobs: Register[Job] = Register()
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

    @property
    def callback_dispatcher(self) -> CallbackDispatcher:
        """What says on which thread callbacks are called."""
        return self._dispatcher

    def connect(self, debug: bool = False) -> None:
        """Make ready to run; harmless when repeated. Sites are started when a job needs them.

        With `debug`, here and in `close`, it is logged.
        """
        if not self._closer.alive:
            raise SessionClosed("the session is closed", hint="a new session")
        self._target.connect()
        self._connected = True
        if debug:
            self._logger.info("%r", self)

    def close(self, debug: bool = False) -> None:
        """Stop running jobs and end all that was started; harmless when repeated."""
        self._connected = False
        if os.getpid() != self._process:
            return
        for job in self._jobs.all():
            job.end_with_session()
        self._jobs.clear()
        self._closer()
        if debug:
            self._logger.info("%r", self)

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
        debug: bool = False,
        *,
        objective: Objective = "total",
    ) -> PreparedPipeline:
        """Check a pipeline, choose its sites and make their nets. Works before `connect`.

        The `objective` is what is made as small as can be: "total", all work and all transfers, or
        "makespan", the time until the last of it is over. With `debug`, the plan and
        the nets are logged.

        Raises:
            DeclarationError: when the pipeline is wrong.
            PlacementError: when no allowed site can run one of its operations.
            PolicyError: when every plan would break the policy of a site.
        """
        prepared = self._compiled(pipeline, restrict_to_sites, objective, explain=debug)
        if debug:
            self._logger.info("%s", prepared.report)
            for site, net in self.debug_show_code(prepared).items():
                self._logger.info("the net of site %s:\n%s", site, net)
        return prepared

    def debug_show_code(self, prepared: PreparedPipeline) -> dict[str, str]:
        """Return what each site will do, as text: its net. No code is generated."""
        return {site: str(net) for site, net in prepared.nets.items()}

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
        input_params: ParameterSets | None = {},  # noqa: B006  (read only; the signature is public)
        autostop: bool = True,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: Mapping[str, DfmDataCallback] | None = None,
        debug: bool = False,
        options: object = None,
        force_modgen: bool = False,
    ) -> Job:
        """Run a pipeline: one call per parameter set. Returns at once.

        A dict is one parameter set, a list of dicts as many calls, None no call. With
        `autostop=False` the job takes more of them later (`job.send_input_params`) until
        `job.send_stop_frame()`. With `debug`, what is run is logged. `options` and `force_modgen`
        are for programs written for nv-dfm-core and change nothing: targets have their options from
        the session, and no code is generated that could be generated again.

        Raises:
            SessionClosed: before `connect` and after `close`.
            DeclarationError, PlacementError: as `prepare` does.
            ParameterSetError: for missing or superfluous names, before anything is sent.
        """
        self._check_connected()
        prepared = pipeline if isinstance(pipeline, PreparedPipeline) else self.prepare(pipeline)
        self._check_is_ours(prepared)
        if options is not None or force_modgen:
            self._logger.debug("`options` and `force_modgen` of execute change nothing")
        given = [] if input_params is None else input_params
        sets = packed_sets(prepared, given, 0, self._target.codecs.pack)
        if not sets and autostop:
            level = logging.WARNING if input_params is None else logging.INFO
            said = "job of %r: no parameter set, no call"
            self._logger.log(level, said, prepared.pipeline_name)
        runner = self._runner(prepared, default_callback, place_callbacks)
        learn = self._learning.ended if self._learning.is_on else None
        job = Job(uuid.uuid4().hex, prepared, self._target, runner, self._jobs, learn)
        if debug:
            self._logger.info("%r: %d calls at %s", job, len(sets), ", ".join(prepared.nets))
        job.begin(sets, single=isinstance(input_params, Mapping), stop=autostop)
        return job

    def reattach(
        self,
        job_id: str,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: Mapping[str, DfmDataCallback] | None = None,
    ) -> Job:
        """Return a job of this session by its id; with callbacks, they get what comes from now on.

        The job has one reader: with callbacks it is detached from the object that read it before.
        Without, the job can be asked and steered. A session knows the jobs that the program holds
        or has detached, and those whose callbacks are being called; another id gives a job with
        the status UNKNOWN, and `was_found` False.

        Raises:
            SessionClosed: before `connect` and after `close`.
            ArgumentError: for `place_callbacks` without a `default_callback`.
        """
        self._check_connected()
        if place_callbacks and default_callback is None:
            raise ArgumentError(
                "reattach has place_callbacks but no default_callback",
                hint="a default_callback for what has no callback of its own",
            )
        job = self._jobs.find(job_id)
        if job is None:
            return UnknownJob(job_id)
        if default_callback is None:
            return job.attached(None)
        return job.attached(self._runner(job.prepared, default_callback, place_callbacks))

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

    def _runner(
        self,
        prepared: PreparedPipeline,
        default_callback: DfmDataCallback | None,
        place_callbacks: Mapping[str, DfmDataCallback] | None,
    ) -> CallbackRunner:
        Callbacks(default_callback, place_callbacks).check(prepared.yield_places)
        made: object = self._dispatcher.create_runner(default_callback, dict(place_callbacks or {}))
        if not isinstance(made, CallbackRunner):
            raise ArgumentError(
                f"{type(self._dispatcher).__name__}.create_runner must return a CallbackRunner,"
                f" got {describe(made)}"
            )
        return made

    def _check_connected(self) -> None:
        if os.getpid() != self._process:
            raise SessionClosed(
                "the session belongs to the process that opened it, of which this is a fork",
                hint="a new session in this process",
            )
        if not self._connected:
            hint = "`with federation.session(...) as session:`, or `session.connect()` first"
            raise SessionClosed("the session is not connected", hint=hint)

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
        spec = spec_of(self._source)
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


def _dispatcher(given: CallbackDispatcher | None) -> CallbackDispatcher:
    if given is None:
        return DirectDispatcher()
    if isinstance(given, CallbackDispatcher):
        return given
    raise ArgumentError(
        f"callback_dispatcher must be a CallbackDispatcher, got {describe(given)}",
        hint="DirectDispatcher(), ManualDispatcher() or AsyncioDispatcher()",
    )


def _close(target: Target, learning: Learning, process: int) -> None:
    """Close what a session has, in its own process: a fork must not end what its parent uses."""
    if os.getpid() == process:
        try:
            target.close()
        finally:
            learning.close()

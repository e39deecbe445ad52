"""A site that runs nets: told what to do by messages, answers by messages.

The same in every target; they differ in what carries the messages. Lives on one event loop,
which no adapter ever runs on, so a cancel or a question is answered whatever adapters do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from dfm.errors import AdapterUnavailable, InternalError, as_dfm_error, nearest
from dfm.exec.adapters import AdapterTable
from dfm.exec.callers import cache_of, check_cache, check_call, check_caller
from dfm.exec.calls import THREADS_PER_SITE, CallRunner
from dfm.exec.context import DfmContext
from dfm.exec.egress import Egress
from dfm.exec.failures import failure_of
from dfm.exec.invocation import Observer
from dfm.exec.job_controller import JobController
from dfm.exec.mailbox import Mailbox
from dfm.exec.program import Program, load_program
from dfm.exec.router import Router
from dfm.federation.models import SiteSpec
from dfm.net.transitions import Ask, Call, Lookup, Store
from dfm.wire import Codecs
from dfm.wire.messages import (
    APPLICATION,
    Close,
    Credit,
    JobSubmission,
    Message,
    Refused,
    Tokens,
    Unwanted,
)

_MOST_NETS = 256


class SiteWorker:
    """One site: its adapters, and the jobs it takes part in."""

    def __init__(
        self,
        spec: SiteSpec,
        context: DfmContext,
        codecs: Codecs,
        send: Callable[[Message], None],
        loop: asyncio.AbstractEventLoop,
        observer: Observer | None = None,
        threads: int = THREADS_PER_SITE,
    ) -> None:
        self._spec = spec
        self._homesite = context.homesite
        self._codecs = codecs
        self._send = send
        self._loop = loop
        self._calls = CallRunner(spec.name, AdapterTable(spec, context), codecs, observer, threads)
        self._jobs: dict[str, JobController] = {}
        self._nets: dict[str, str] = {}
        self._closed = False

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs it takes part in now."""
        return tuple(self._jobs)

    def receive(self, message: Message) -> None:
        """Act on a message; what is wrong with it becomes an answer, never an exception."""
        if self._closed:
            return
        try:
            self._receive(message)
        except Exception as error:  # noqa: BLE001  (a bug must end its job, not the site)
            self._refuse(message.job_id, error)

    def end_jobs(self) -> None:
        """Forget all jobs and take no more; on its loop."""
        self._closed = True
        for job in list(self._jobs.values()):
            job.close()
        self._jobs.clear()

    def close(self, timeout: float = 2.0) -> None:
        """End all threads, waiting up to `timeout` seconds in all; after `end_jobs`."""
        self._calls.close(timeout)

    def _receive(self, message: Message) -> None:
        match message:
            case JobSubmission():
                self._submit(message)
            case Tokens():
                if job := self._jobs.get(message.job_id):
                    job.arrived.check(message.source, message.number)
                    job.router.measures.came(message)
                    if message.labels:
                        job.router.learn(message.labels)
                    job.receive(message.source, message.packages)
            case Credit():
                if job := self._jobs.get(message.job_id):
                    job.router.credited(
                        message.source, message.size, (message.place, message.frame)
                    )
            case Unwanted():
                if job := self._jobs.get(message.job_id):
                    job.unwanted(message.source, message.place, message.frame)
            case Close():
                if job := self._jobs.pop(message.job_id, None):
                    job.close()
            case _:
                raise InternalError(f"a site got a message for the application: {message!r}")

    def _submit(self, submission: JobSubmission) -> None:
        program = self._program(submission)
        self._check(program, submission.homesite)
        router = Router(
            submission.job_id,
            self._spec.name,
            self._send,
            self._flush_soon,
            self._codecs,
            Egress.of(self._spec, program.net, submission.homesite),
        )
        mailbox = Mailbox(self._loop, partial(self._refuse, submission.job_id))
        whose = cache_of(self._spec, submission.homesite)
        self._jobs[submission.job_id] = JobController(
            submission.job_id, program, router, self._calls, self._codecs, mailbox, whose
        )

    def _flush_soon(self, router: Router) -> None:
        self._loop.call_soon(self._flush, router)

    def _flush(self, router: Router) -> None:
        try:
            router.flush()
        except Exception as error:  # noqa: BLE001  (as in `receive`)
            self._refuse(router.job_id, error)

    def _program(self, submission: JobSubmission) -> Program:
        text = submission.net
        if text is None:
            text = self._nets.get(submission.fingerprint)
            if text is None:
                raise InternalError(f"site {self._spec.name!r} was not sent the net of this job")
        if len(self._nets) >= _MOST_NETS:
            self._nets.pop(next(iter(self._nets)))
        self._nets[submission.fingerprint] = text
        return load_program(text)

    def _check(self, program: Program, homesite: str) -> None:
        """Refuse a net that asks for what this site does not offer, whatever the compiler said."""
        if program.site != self._spec.name:
            raise InternalError(f"a net of site {program.site!r} came to {self._spec.name!r}")
        check_caller(self._spec, homesite, self._homesite)
        for transition in program.net.walk():
            if isinstance(transition, (Lookup, Store)):
                check_cache(self._spec, homesite)
            if not isinstance(transition, (Call, Ask)):
                continue
            if self._spec.adapter(transition.operation, transition.provider) is None:
                raise AdapterUnavailable(
                    f"site {self._spec.name!r} does not offer {transition.operation!r}",
                    site=self._spec.name,
                    operation=transition.operation,
                    hint=nearest(transition.operation, self._spec.interface),
                )
            check_call(self._spec, transition.operation, homesite)

    def _refuse(self, job_id: str, error: Exception) -> None:
        if job := self._jobs.pop(job_id, None):
            job.close()
        operation = getattr(error, "operation", "")
        failure = failure_of(as_dfm_error(error), site=self._spec.name, operation=operation)
        if job is not None:
            failure = job.router.told(APPLICATION, failure)
        self._send(Refused(job_id, self._spec.name, self._codecs.seal(failure)))

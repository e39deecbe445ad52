"""The middle of a target: every message of every job passes here, on one thread.

Sites are spokes: what one sends another is forwarded by name, unopened. The hub knows which
sites take part in which job, so no token of one job can reach another; it checks that
messages come in order and none is missing; and it counts bytes per link.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dfm.errors import CorruptMessage, DfmError, InternalError, SessionClosed, as_dfm_error
from dfm.exec.threads import Lane
from dfm.net.prepared import PreparedPipeline
from dfm.net.token import Failure
from dfm.targets.base import JobEvents
from dfm.targets.raising import run_error
from dfm.wire import Codecs
from dfm.wire.messages import (
    APPLICATION,
    Close,
    Credit,
    Done,
    JobSubmission,
    Message,
    Refused,
    TokenPackage,
    Tokens,
    Unwanted,
)
from dfm.wire.numbering import Numbering

MOST_NETS = 256
"""Nets a site remembers; hub and site forget them in the same order."""


class Spoke(Protocol):
    """A started site. Used on the hub's thread only."""

    def send(self, message: Message) -> None:
        """Send a message; never blocks."""


@dataclass(slots=True)
class JobHandle:
    """What the hub remembers of a running job."""

    job_id: str
    prepared: PreparedPipeline
    events: JobEvents
    spokes: dict[str, Spoke] = field(default_factory=dict)
    arrived: Numbering = field(default_factory=Numbering)
    sent: Numbering = field(default_factory=Numbering)
    traffic: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)


class Hub:
    """Routes messages between the sites of jobs and the application.

    `start_site` returns the spoke of a site, starting it if it is not running. `job_ended` is told
    on the hub's thread each time a job is over.
    """

    def __init__(
        self,
        codecs: Codecs,
        start_site: Callable[[str], Spoke],
        job_ended: Callable[[], None] = lambda: None,
    ) -> None:
        self.codecs = codecs
        self.lane = Lane("dfm-hub")
        self.late_tokens = 0
        self._start_site = start_site
        self._job_ended = job_ended
        self._jobs: dict[str, JobHandle] = {}
        self._closed = False
        self._closing = threading.Lock()
        self._nets_at: dict[Spoke, dict[str, None]] = {}

    # -- from the application, any thread ----------------------------------------------------

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to their sites; raises SessionClosed."""
        handle = JobHandle(job_id, prepared, events)
        with self._closing:
            # Under the lock: what is posted before the hub is closed is still seen by its thread.
            if self._closed:
                raise SessionClosed("the session is closed", hint="a new session")
            self.lane.post(self._submit, handle)
        return HubLink(self, handle)

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function on the hub's thread: soon, or now if this is it."""
        if threading.current_thread() is self.lane.thread:
            # A session that nobody holds is closed by whichever thread collects it.
            function(*arguments)
        else:
            self.lane.post(function, *arguments)

    def close_jobs(self) -> None:
        """Tell every running job that the session is closing; on the hub's thread."""
        with self._closing:
            self._closed = True
        for handle in list(self._jobs.values()):
            handle.events.on_lost(SessionClosed("the session was closed while the job ran"))
        self._jobs.clear()

    # -- from sites, on the hub's thread -----------------------------------------------------

    def receive(self, site: str, spoke: Spoke, message: Message) -> None:
        """Act on a message from a site."""
        handle = self._jobs.get(message.job_id)
        if handle is None or handle.spokes.get(site) is not spoke:
            self.late_tokens += len(message.packages) if isinstance(message, Tokens) else 0
            return
        try:
            self._act(site, handle, message)
        except Exception as error:  # noqa: BLE001  (as in `_submit`)
            self.drop(handle, as_dfm_error(error))

    def site_lost(self, spoke: Spoke, error: Callable[[str], DfmError]) -> None:
        """End every job that a lost site took part in; `error` makes the error of a job."""
        self._nets_at.pop(spoke, None)
        for handle in list(self._jobs.values()):
            if spoke in handle.spokes.values():
                self.drop(handle, error(handle.job_id))

    def drop(self, handle: JobHandle, error: DfmError) -> None:
        """End a job because of an error that is not of one call."""
        self.close_job(handle)
        handle.events.on_lost(error)

    def close_job(self, handle: JobHandle) -> None:
        """End a job at its sites."""
        if self._jobs.pop(handle.job_id, None) is None:
            return
        for spoke in handle.spokes.values():
            spoke.send(Close(handle.job_id))
        self._job_ended()

    def spokes_in_use(self) -> set[Spoke]:
        """Return the sites that running jobs take part in."""
        return {spoke for handle in self._jobs.values() for spoke in handle.spokes.values()}

    # -- the inside --------------------------------------------------------------------------

    def _submit(self, handle: JobHandle) -> None:
        if self._closed:
            handle.events.on_lost(SessionClosed("the session was closed before the job ran"))
            return
        self._jobs[handle.job_id] = handle
        try:
            for site in handle.prepared.nets:
                handle.spokes[site] = self._start_site(site)
            for site, spoke in handle.spokes.items():
                # A site found dead while it is sent its part has ended the job.
                if handle.job_id in self._jobs:
                    spoke.send(self._submission(handle, site, spoke))
        except Exception as error:  # noqa: BLE001  (a bug must end its job, not the hub)
            self.drop(handle, as_dfm_error(error))

    def _submission(self, handle: JobHandle, site: str, spoke: Spoke) -> JobSubmission:
        prepared = handle.prepared
        net = prepared.nets[site]
        known = self._nets_at.setdefault(spoke, {})
        text = None if net.fingerprint in known else str(net)
        if len(known) >= MOST_NETS:
            del known[next(iter(known))]
        known[net.fingerprint] = None
        return JobSubmission(
            handle.job_id, prepared.homesite, prepared.api_version, net.fingerprint, text
        )

    def _act(self, site: str, handle: JobHandle, message: Message) -> None:
        match message:
            case Tokens():
                handle.arrived.check((message.source, message.target), message.number)
                self._count(handle, site, message.target, message.packages)
                if message.target == APPLICATION:
                    seconds = time.monotonic() - message.sent_at if message.sent_at else None
                    handle.events.on_tokens(site, message.packages, seconds=seconds)
                else:
                    self._spoke(handle, message.target).send(message)
            case Credit() | Unwanted():
                self._spoke(handle, message.target).send(message)
            case Done():
                handle.events.on_done(
                    site,
                    message.calls,
                    message.failures,
                    steps=message.steps,
                    links=message.links,
                )
            case Refused():
                failure: Failure = self.codecs.unseal(message.failure)
                self.drop(handle, run_error(failure.errors[0], locations=handle.prepared.locations))
            case _:
                raise InternalError(f"site {site!r} sent a message for sites: {message!r}")

    def _spoke(self, handle: JobHandle, site: str) -> Spoke:
        if site not in handle.spokes:
            raise CorruptMessage(f"a message for site {site!r}, which takes no part in the job")
        return handle.spokes[site]

    def _count(
        self, handle: JobHandle, source: str, target: str, packages: Sequence[TokenPackage]
    ) -> None:
        to = target or handle.prepared.homesite
        if to != source:
            handle.traffic[source, to] += sum(p.size for p in packages)
            handle.messages[source, to] += 1

    def send_tokens(
        self, handle: JobHandle, packages: Mapping[str, Sequence[TokenPackage]]
    ) -> None:
        """Send tokens of the application to sites."""
        if handle.job_id not in self._jobs:
            return
        home = handle.prepared.homesite
        for site, tokens in packages.items():
            number = handle.sent.next(site)
            self._count(handle, home, site, tokens)
            now = time.monotonic()
            message = Tokens(handle.job_id, APPLICATION, site, number, list(tokens), now)
            handle.spokes[site].send(message)

    def send_credit(self, handle: JobHandle, site: str, size: int) -> None:
        """Tell a site that its items have been taken."""
        if handle.job_id in self._jobs:
            handle.spokes[site].send(Credit(handle.job_id, APPLICATION, site, size))


class HubLink:
    """A job's way to its sites, through a hub."""

    __slots__ = ("_handle", "_hub")

    def __init__(self, hub: Hub, handle: JobHandle) -> None:
        self._hub = hub
        self._handle = handle

    def send(self, packages: Mapping[str, Sequence[TokenPackage]]) -> None:
        """Send tokens to places of the nets, by site."""
        self._hub.lane.post(self._hub.send_tokens, self._handle, packages)

    def credit(self, site: str, size: int) -> None:
        """Say that `size` bytes of items from `site` have been taken."""
        self._hub.lane.post(self._hub.send_credit, self._handle, site, size)

    def close(self) -> None:
        """End the job at all its sites."""
        self._hub.lane.post(self._hub.close_job, self._handle)

    def bytes_per_link(self) -> dict[tuple[str, str], int]:
        """Return the bytes measured so far by (source site, target site)."""
        return dict(self._handle.traffic)

    def messages_per_link(self) -> dict[tuple[str, str], int]:
        """Return how many messages those were."""
        return dict(self._handle.messages)

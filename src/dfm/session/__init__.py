"""The application's side of a run: sessions and jobs."""

from dfm.session.callbacks import DfmDataCallback, DfmDataCallbackAsync, DfmDataCallbackSync
from dfm.session.discover import Discovered
from dfm.session.dispatchers import (
    AsyncioCallbackRunner,
    AsyncioDispatcher,
    DirectDispatcher,
    DirectRunner,
    ManualCallbackRunner,
    ManualDispatcher,
)
from dfm.session.job import Job
from dfm.session.logs import configure_session_logging
from dfm.session.runner import (
    CallbackDispatcher,
    CallbackRunner,
    call_callbacks,
    call_callbacks_async,
    callbacks_kind,
)
from dfm.session.session import Session
from dfm.session.tokens import JobStatus, Token

__all__ = [
    "AsyncioCallbackRunner",
    "AsyncioDispatcher",
    "CallbackDispatcher",
    "CallbackRunner",
    "DfmDataCallback",
    "DfmDataCallbackAsync",
    "DfmDataCallbackSync",
    "DirectDispatcher",
    "DirectRunner",
    "Discovered",
    "Job",
    "JobStatus",
    "ManualCallbackRunner",
    "ManualDispatcher",
    "Session",
    "Token",
    "call_callbacks",
    "call_callbacks_async",
    "callbacks_kind",
    "configure_session_logging",
]

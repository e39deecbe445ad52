"""The application's side of a run: sessions and jobs."""

from dfm.session.callbacks import DfmDataCallback, DfmDataCallbackAsync, DfmDataCallbackSync
from dfm.session.discover import Discovered
from dfm.session.job import Job
from dfm.session.session import Session
from dfm.session.tokens import JobStatus, Token

__all__ = [
    "DfmDataCallback",
    "DfmDataCallbackAsync",
    "DfmDataCallbackSync",
    "Discovered",
    "Job",
    "JobStatus",
    "Session",
    "Token",
]

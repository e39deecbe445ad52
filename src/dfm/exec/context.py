"""What code at a site may know of the federation and of the job it runs for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from dfm.exec.runtime_modules import load_site_runtime_module

CURRENT_JOB: ContextVar[str] = ContextVar("dfm_current_job", default="")
"""The job an adapter is running for; set around every call of an adapter."""


@dataclass(frozen=True)
class DfmContext:
    """The federation, this site, and the application's site. One per site, shared by its jobs.

    `callables` are the site's classes and functions that exist only in a script or notebook.
    """

    federation_name: str
    this_site: str
    homesite: str
    api_version: str = "0.0.0"
    callables: Mapping[str, Callable[..., Any]] = field(default_factory=dict, repr=False)
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("dfm.site"))

    @property
    def job_id(self) -> str:
        """The job of the call that asks; empty outside of calls."""
        return CURRENT_JOB.get()

    @property
    def this_site_runtime_module(self) -> ModuleType:
        """The generated module of this site; raises UnknownName when none has been generated."""
        return load_site_runtime_module(self.federation_name, self.this_site)

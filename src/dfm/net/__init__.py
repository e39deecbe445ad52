"""Nets: what sites are told to do. All that compiling and running share.

    model      places and transitions          token     values, absence, failures
    template   arguments not known yet         frame     which call, which iteration
    text       for people and for the wire     verify    the laws
    prepared   nets and how to start them      simulate  the meaning
    report_text   a plan for people

Nothing here contacts a site, runs an adapter, or knows how a net was made.
"""

from __future__ import annotations

from dfm.net.frame import Frame
from dfm.net.model import (
    DISCOVERY_PLACE_NAME,
    START,
    STATUS_PLACE_NAME,
    BoundNetIR,
    Call,
    NetIR,
    Receive,
    Select,
    Send,
    Signal,
    Transition,
    Yield,
)
from dfm.net.prepared import ParamUse, PlannedStep, PlannedTransfer, PlanReport, PreparedPipeline
from dfm.net.simulate import Yielded, simulate
from dfm.net.template import Attribute, Item, Ref, Sealed, Selector, fill, references
from dfm.net.text import format_net, format_transition, parse_net
from dfm.net.token import ABSENT, Absence, ErrorRecord, Failure, Stream
from dfm.net.verify import verify

__all__ = [
    "ABSENT",
    "DISCOVERY_PLACE_NAME",
    "START",
    "STATUS_PLACE_NAME",
    "Absence",
    "Attribute",
    "BoundNetIR",
    "Call",
    "ErrorRecord",
    "Failure",
    "Frame",
    "Item",
    "NetIR",
    "ParamUse",
    "PlanReport",
    "PlannedStep",
    "PlannedTransfer",
    "PreparedPipeline",
    "Receive",
    "Ref",
    "Sealed",
    "Select",
    "Selector",
    "Send",
    "Signal",
    "Stream",
    "Transition",
    "Yield",
    "Yielded",
    "fill",
    "format_net",
    "format_transition",
    "parse_net",
    "references",
    "simulate",
    "verify",
]

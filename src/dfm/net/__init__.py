"""Nets: what sites are told to do. All that compiling and running share.

    model, transitions, loops   the language      token     values, absence, failures
    template   arguments not known yet            frame     which call, which iteration
    condition  what a branch asks                 items     what a loop goes through
    text       for people and for the wire        verify    the laws
    prepared   nets and how to start them         simulate  the meaning

Nothing here contacts a site, runs an adapter, or knows how a net was made.
"""

from __future__ import annotations

from dfm.net.condition import And, Compare, Condition, Not, Or
from dfm.net.frame import Frame
from dfm.net.items import items_of
from dfm.net.model import (
    DISCOVERY_PLACE_NAME,
    IN_FLIGHT,
    ONCE,
    START,
    STATUS_PLACE_NAME,
    Ask,
    BoundNetIR,
    Branch,
    Call,
    Ended,
    Gather,
    Give,
    Join,
    Last,
    Let,
    Lookup,
    Loop,
    NetIR,
    Options,
    Previous,
    Receive,
    Send,
    Signal,
    Store,
    Transition,
    Yield,
)
from dfm.net.prepared import ParamUse, PreparedPipeline
from dfm.net.simulate import Yielded, simulate
from dfm.net.template import Attribute, Item, Ref, Sealed, Selector, fill, references
from dfm.net.text import format_net, format_transition, parse_net
from dfm.net.token import ABSENT, Absence, Count, ErrorRecord, Failure, Stream
from dfm.net.verify import verify, verify_net

__all__ = [
    "ABSENT",
    "DISCOVERY_PLACE_NAME",
    "IN_FLIGHT",
    "ONCE",
    "START",
    "STATUS_PLACE_NAME",
    "Absence",
    "And",
    "Ask",
    "Attribute",
    "BoundNetIR",
    "Branch",
    "Call",
    "Compare",
    "Condition",
    "Count",
    "Ended",
    "ErrorRecord",
    "Failure",
    "Frame",
    "Gather",
    "Give",
    "Item",
    "Join",
    "Last",
    "Let",
    "Lookup",
    "Loop",
    "NetIR",
    "Not",
    "Options",
    "Or",
    "ParamUse",
    "PreparedPipeline",
    "Previous",
    "Receive",
    "Ref",
    "Sealed",
    "Selector",
    "Send",
    "Signal",
    "Store",
    "Stream",
    "Transition",
    "Yield",
    "Yielded",
    "fill",
    "format_net",
    "format_transition",
    "items_of",
    "parse_net",
    "references",
    "simulate",
    "verify",
    "verify_net",
]

"""What of `dfm.net` travels: nets with their templates and conditions, frames, and tokens.

They are listed records, so a site without trust takes them; each is made by its own
constructor there, with its checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfm.net import condition, model, prepared, template, token
from dfm.net.frame import Frame
from dfm.report import measured
from dfm.report import model as report
from dfm.wire.reader import Reader, numbers
from dfm.wire.registry import Codec, add, register_type

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


def _unpack_frame(data: Any, reader: Reader) -> Frame:
    return Frame("stop" if data == "stop" else numbers(data))


def _pack_absence(value: token.Absence, writer: Writer) -> Any:
    return None


def _unpack_absence(data: Any, reader: Reader) -> token.Absence:
    return token.ABSENT


add(Frame, Codec("dfm.Frame", lambda v, w: v.frame, _unpack_frame))
add(token.Absence, Codec("dfm.Absence", _pack_absence, _unpack_absence))
for _cls in (
    template.Ref,
    template.Item,
    template.Attribute,
    template.Sealed,
    condition.Compare,
    condition.And,
    condition.Or,
    condition.Not,
    token.ErrorRecord,
    token.Failure,
    token.Count,
    model.Receive,
    model.Options,
    model.Call,
    model.Ask,
    model.Let,
    model.Signal,
    model.Send,
    model.Yield,
    model.Branch,
    model.Join,
    model.Lookup,
    model.Store,
    model.Previous,
    model.Gather,
    model.Last,
    model.Ended,
    model.Loop,
    model.NetIR,
    model.BoundNetIR,
    prepared.PreparedPipeline,
    report.PlanReport,
    report.PlannedStep,
    report.PlannedTransfer,
    report.Rejected,
    report.Alternative,
    measured.Measured,
    measured.MeasuredStep,
    measured.MeasuredLink,
):
    register_type(_cls)

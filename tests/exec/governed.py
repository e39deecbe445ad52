"""Federations with policies, nets that nobody has compiled, and what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.operations import SIGNATURES, federation_of

from dfm import Session
from dfm.errors import DfmError
from dfm.exec.egress import Egress
from dfm.federation.models import FederationSpec
from dfm.federation.policies import EgressRule, Policy
from dfm.net import NetIR, PreparedPipeline, parse_net
from dfm.wire import Packed
from dfm.wire.messages import Done, Kind, Message, TokenPackage, Tokens

LIMIT = 60.0
SITES = ("clinic", "hub", "desk")

CLOSED = Policy(leaves=(), at="lab.dfm.yaml:4:5")
"""Nothing leaves."""

MEANS = Policy(
    leaves=(EgressRule("totals", ("m.Total",), to=("desk",), at="lab.dfm.yaml:6:9"),),
    releases=("m.Total",),
    at="lab.dfm.yaml:4:5",
)
"""Totals may leave for the desk, and are no longer what they are made of."""


def governed(spec: FederationSpec, policies: Mapping[str, Policy]) -> FederationSpec:
    """A federation with these policies of its sites, and no others."""
    sites = {name: replace(site, policy=policies.get(name)) for name, site in spec.sites.items()}
    return replace(spec, sites=sites)


def lab(policies: Mapping[str, Policy], cache: str | None = None) -> FederationSpec:
    """A clinic, a hub and a desk, each with all operations of `tests/operations.py`."""
    return governed(federation_of({site: list(SIGNATURES) for site in SITES}, cache), policies)


def handmade(*texts: str, homesite: str = "desk") -> PreparedPipeline:
    """A pipeline of nets that nobody has compiled or verified together."""
    nets = [parse_net(f'net "p" at {text.strip()}\n') for text in texts]
    return PreparedPipeline("p", "tests", "1.0.0", homesite, {net.site: net for net in nets})


@dataclass
class Wire:
    """What sites have sent, and what it holds."""

    session: Session
    messages: list[Message] = field(default_factory=list)

    def tokens(self) -> Iterator[tuple[Tokens, TokenPackage]]:
        """Yield all tokens that sites have sent."""
        for message in self.messages:
            if isinstance(message, Tokens):
                yield from ((message, package) for package in message.packages)

    def unpacked(self, package: TokenPackage) -> Any:
        """Return what a package holds."""
        codecs = self.session._target.codecs
        return codecs.unpack(Packed(package.head, tuple(package.buffers)))

    def values(self, source: str) -> list[Any]:
        """Return all values and items that a site has sent."""
        sent = [(m, p) for m, p in self.tokens() if m.source == source]
        items = (i for _, p in sent if p.kind == Kind.ITEMS for i in self.unpacked(p))
        return [*(self.unpacked(p) for _, p in sent if p.kind == Kind.VALUE), *items]

    def all_bytes(self, source: str) -> bytes:
        """Return all that a site has sent, in any kind of message, as bytes."""
        parts: list[bytes] = []
        for message in self.messages:
            match message:
                case Tokens(source=source_, packages=packages) if source_ == source:
                    for p in packages:
                        parts += [p.head, *map(_bytes_of, p.buffers)]
                case Done(source=source_, failures=failures) if source_ == source:
                    parts += failures.values()
        return b"".join(parts)


def _bytes_of(buffer: Any) -> bytes:
    return bytes(buffer.view() if hasattr(buffer, "view") else buffer)


@contextmanager
def tapped(spec: FederationSpec, homesite: str = "desk") -> Iterator[tuple[Session, Wire]]:
    """Open a session in this process, with an ear on what its sites send."""
    with Session(spec, homesite, target="inline") as session:
        target: Any = session._target
        target.connect()
        wire = Wire(session)
        receive = target._hub.receive

        def heard(site: str, spoke: Any, message: Message) -> None:
            wire.messages.append(message)
            receive(site, spoke, message)

        target._hub.receive = heard
        yield session, wire


@dataclass(frozen=True)
class Told:
    """What came of a job: values by place, and the error it ended with."""

    values: Mapping[str, Any]
    error: DfmError | None


def told(
    session: Session,
    prepared: PreparedPipeline,
    given: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
) -> Told:
    """Run a job to its end."""
    values: dict[str, Any] = {}

    def listen(site: str, node: Any, frame: Any, place: str, data: Any) -> None:
        values.setdefault(place, []).append(data)

    job = session.execute(prepared, given or {}, default_callback=listen)
    try:
        if not job.wait_until_finished(LIMIT):
            raise TimeoutError("the job does not end")
    except DfmError as error:
        return Told(values, error)
    return Told(values, None)


def egress(net: NetIR | str, policies: Mapping[str, Policy], homesite: str = "desk") -> Egress:
    """What judges a net at its site."""
    if isinstance(net, str):
        net = parse_net(f'net "p" at {net.strip()}\n')
    found = Egress.of(lab(policies).introduced(net.site), net, homesite)
    assert found is not None
    return found

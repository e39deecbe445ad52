"""What came of asking: the advice of every site and provider on every operation.

found = session.discover(pipeline)
print(found)
for (site, provider), advice in found[load].items(): ...
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dfm.api import NodeId, NodeRef, Operation, Pipeline, Statement
from dfm.errors import UnknownName, WaitTimeout
from dfm.net.advice import Advice
from dfm.session.job import Job
from dfm.session.tokens import Token

Candidate = tuple[str, str | None]
"""A site, and a provider of it, or None if the site itself offers the operation."""

Answers = Mapping[Candidate, Advice | None]
"""The advice of each who could run an operation; None if there is nothing to say."""


class UnknownNode(UnknownName, KeyError):
    """A statement that nobody was asked about."""


class Discovered(Mapping[NodeId, Answers]):
    """The advice on each operation of a pipeline, by its id, in the order of the pipeline.

    `found[node]` takes the statement itself, its `NodeId`, or what identifies it: a number, or
    the name that its author gave. `tokens` are the answers as they came, one token for each site.
    """

    def __init__(self, pipeline: Pipeline, tokens: Iterable[Token]) -> None:
        self.tokens = tuple(tokens)
        self._titles = {
            s.dfm_node_id: _title(s) for s in pipeline.dfm_walk() if isinstance(s, Operation)
        }
        found: dict[NodeId, dict[Candidate, Advice | None]] = {n: {} for n in self._titles}
        for token in self.tokens:
            for node, provider, advice in token.value:
                if node in found:
                    found[node][token.from_site, provider] = advice
        self._found = {node: answers for node, answers in found.items() if answers}

    def __getitem__(self, node: Statement | NodeRef | NodeId | int | str) -> Answers:
        """Return the advice on one operation, by who gave it.

        Raises:
            UnknownNode: nobody was asked about it; a KeyError too.
        """
        ident = _ident(node)
        found = next((a for n, a in self._found.items() if n.ident == ident), None)
        if found is None:
            raise UnknownNode("advice on", str(ident), [str(n.ident) for n in self._found])
        return found

    def __iter__(self) -> Iterator[NodeId]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def has_good_options(self) -> bool:
        """Whether for every operation somebody has no errors only."""
        return all(
            any(advice is None or advice.has_good_options() for advice in answers.values())
            for answers in self._found.values()
        )

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        count = len(self._found)
        what = f"{count} operation{'s'[: count != 1]}"
        return "\n".join([f"<advice on {what}>", *(f"  {line}" for line in self._lines())])

    def _lines(self) -> Iterator[str]:
        for node, answers in self._found.items():
            yield f"{self._titles[node]}"
            for (site, provider), advice in answers.items():
                who = site if provider is None else f"{site}.{provider}"
                yield f"  at {who}" + (": nothing to advise" if advice is None else "")
                if advice is not None:
                    yield from (f"    {line}" for line in str(advice).splitlines())


def as_discovery(pipeline: Pipeline) -> Pipeline:
    """Return the same pipeline, with advice wanted instead of results."""
    if not isinstance(pipeline, Pipeline) or pipeline.mode == "discovery":
        return pipeline
    return pipeline.model_copy(update={"mode": "discovery"})


def discovered(
    pipeline: Pipeline, job: Job, timeout: float | None, sites: Iterable[str]
) -> Discovered:
    """Wait for the answers, and return them in the order of the sites.

    If that fails, nobody is asked any further.

    Raises:
        WaitTimeout: when `timeout` seconds have passed.
        RunError: what went wrong otherwise, such as SiteLost.
    """
    try:
        if not job.wait_until_finished(timeout):
            raise WaitTimeout(
                f"not every site has answered after {timeout:g} s",
                hint="more time, or restrict_to_sites=[...] to ask fewer",
            )
        order = list(sites)
        return Discovered(pipeline, sorted(job, key=lambda token: order.index(token.from_site)))
    finally:
        job.cancel()


def _title(operation: Operation) -> str:
    where = f" ({operation.dfm_location})" if operation.dfm_location else ""
    return f"{operation.dfm_title()} {operation.dfm_node_id}{where}"


def _ident(node: Statement | NodeRef | NodeId | int | str) -> int | str:
    if isinstance(node, Statement):
        node = node.dfm_node_id
    if isinstance(node, NodeRef):
        node = node.id
    return node.ident if isinstance(node, NodeId) else node

"""A bound for a total, by messages between steps: with arrays, for the extra `solver`.

The same as `messages.py`, for all steps of a layer at once: a layer are the steps that are as
many values away from the first ones. Everything is 64-bit integers, so bounds are exact and the
same on any machine.

Also leaves out sites at which a step would cost more than what is affordable, as it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dfm.compiler.placing.relaxation import Relaxation, Star

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST = 1 << 61
"""What no sum may exceed, for it to be an integer of 64 bits."""


def fits(problem: Relaxation) -> bool:
    """Tell whether all sums of a problem's costs are integers of 64 bits."""
    ties = [2] * len(problem.work)
    for star in problem.stars:
        ties[star.source] += len(star.readers)
        for reader in star.readers:
            ties[reader] += 1
    return problem.limit * max(ties) ** 2 < MOST


@dataclass(slots=True)
class Layer:
    """The pairs whose sources are in one layer; arrays end with the pairs, stars in a row.

    `share` is by site of the source, site of the reader, and pair. `to_source` and `to_reader`
    are the messages, by site and pair, and `least` what a pair costs at least.
    """

    source: Ints
    reader: Ints
    star: Ints
    first: Ints
    count: Ints
    share: Ints
    to_source: Ints
    to_reader: Ints
    least: Ints


class Ascent:
    """Passes back and forth; the bound is valid after each."""

    def __init__(self, problem: Relaxation) -> None:
        self.problem = problem
        self.costs: Ints = np.array(problem.work, dtype=np.int64).T.copy()
        steps = self.costs.shape[1]
        self.layers = [_layer(stars, problem.sites) for stars in _by_layer(problem)]
        self.makes: Ints = np.zeros(steps, dtype=np.int64)
        self.reads: Ints = np.zeros(steps, dtype=np.int64)
        for layer in self.layers:
            np.add.at(self.makes, layer.source, 1)
            np.add.at(self.reads, layer.reader, 1)
        self.parts: Ints = np.maximum(np.maximum(self.makes, self.reads), 1)
        self.is_open: Flags = self.costs < problem.limit
        self._close(~self.is_open)
        self.bound = 0

    def _close(self, gone: Flags) -> None:
        """Make sites so dear that no pair of a step makes use of one."""
        self.costs = np.where(gone, self.problem.limit * (self.parts + 1), self.costs)

    def backward(self) -> int:
        """Tell sources what their readers would like, last ones first; return the bound."""
        for layer in reversed(self.layers):
            part = self.costs[:, layer.reader] // self.parts[layer.reader] - layer.to_reader
            costs = layer.share + part
            message = costs.min(1)
            layer.least = message.min(0)
            costs -= message[:, None, :]
            message -= layer.least
            self._add(layer.source, message - layer.to_source)
            layer.to_source = message
            _give(layer, costs)
        return self._bounded(self.reads)

    def forward(self) -> int:
        """Tell readers where their values are, first ones first; return the bound."""
        for layer in self.layers:
            part = self.costs[:, layer.source] // self.parts[layer.source] - layer.to_source
            costs = layer.share + part[:, None, :]
            message = costs.min(0)
            layer.least = message.min(0)
            costs -= message
            message -= layer.least
            self._add(layer.reader, message - layer.to_reader)
            layer.to_reader = message
            _give(layer, costs)
        return self._bounded(self.makes)

    def _add(self, steps: Ints, change: Ints) -> None:
        order = np.argsort(steps, kind="stable")
        in_order = steps[order]
        starts = np.flatnonzero(np.concatenate(([True], in_order[1:] != in_order[:-1])))
        self.costs[:, in_order[starts]] += np.add.reduceat(change[:, order], starts, axis=1)

    def _bounded(self, pairs: Ints) -> int:
        left = self.costs - self.costs // self.parts * pairs
        bound = int(left.min(0).sum()) + sum(int(layer.least.sum()) for layer in self.layers)
        self.bound = max(self.bound, bound)
        return bound


def _give(layer: Layer, slack: Ints) -> None:
    """Move shares of readers that do not need them to all readers of the value alike."""
    if len(layer.first) == len(layer.source):
        return
    free = np.minimum(layer.share, slack)
    pool = np.add.reduceat(free, layer.first, axis=2)
    each = pool // layer.count
    rest = pool - each * layer.count
    layer.share -= free
    layer.share += each[:, :, layer.star]
    layer.share[:, :, layer.first] += rest


def _by_layer(problem: Relaxation) -> list[list[Star]]:
    depth = [0] * len(problem.work)
    layers: list[list[Star]] = []
    for star in problem.stars:
        its_depth = depth[star.source]
        for reader in star.readers:
            depth[reader] = max(depth[reader], its_depth + 1)
        while len(layers) <= its_depth:
            layers.append([])
        layers[its_depth].append(star)
    return [layer for layer in layers if layer]


def _layer(stars: Sequence[Star], sites: int) -> Layer:
    counts = np.array([len(star.readers) for star in stars], dtype=np.int64)
    number = np.repeat(np.arange(len(stars)), counts)
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    costs: Ints = np.array([star.cost for star in stars], dtype=np.int64).transpose(1, 2, 0)
    share = (costs // counts)[:, :, number]
    share[:, :, first] += costs % counts
    zeros: Ints = np.zeros((sites, len(number)), dtype=np.int64)
    return Layer(
        source=np.repeat(np.array([star.source for star in stars], dtype=np.int64), counts),
        reader=np.array([reader for star in stars for reader in star.readers], dtype=np.int64),
        star=number,
        first=first,
        count=counts,
        share=np.ascontiguousarray(share),
        to_source=zeros.copy(),
        to_reader=zeros.copy(),
        least=np.zeros(len(number), dtype=np.int64),
    )

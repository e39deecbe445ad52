"""A loop over a million generated items, its body at another site, and a slow application.

    python benchmarks/million.py              a million items
    python benchmarks/million.py 100000       fewer

Prints how much memory all processes together had at their peak above what they had before the
loop began (proportional set size, so shared pages count once), and how fast the items came. The
application takes a millisecond for each of the first items, and then as many as come.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import dfm

SLOW_ITEMS = 5_000
LIMIT = 100 * 2**20


def federation() -> dfm.Federation:
    """Return a site with a generator, and one with an operation on its items."""
    fed = dfm.Federation("million")
    fed.site("home")
    archive, cluster = fed.site("archive"), fed.site("cluster")

    @archive.operation("ops.Items")
    def items(n: int):  # type: ignore[no-untyped-def]
        yield from range(n)

    @cluster.operation("ops.Add")
    async def add(a: int, b: int) -> int:
        return a + b

    return fed


def bytes_used(processes: set[int]) -> int:
    """Return the proportional set size of processes, those that have ended left out."""
    total = 0
    for process in processes:
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024


def family() -> set[int]:
    """Return this process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = set(), [os.getpid()]
    while todo:
        found.add(process := todo.pop())
        todo += children.get(process, [])
    return found


class Peak:
    """Watches the memory of all processes, ten times a second."""

    def __init__(self) -> None:
        self.base = self.most = bytes_used(family())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self.most = max(self.most, bytes_used(family()))

    def above_base(self) -> int:
        """Return the peak above the base, and watch no longer."""
        self._stop.set()
        self._thread.join()
        return self.most - self.base


def main(count: int) -> int:
    """Run the loop; return 0 if memory stayed within the limit and every item came once."""
    fed = federation()
    ops = fed.operations.ops
    with dfm.Pipeline(name="million") as pipeline:
        numbers = ops.Items(n=dfm.PlaceParam(place="n"))
        with dfm.ForEach(seq=numbers) as number:
            dfm.Yield(value=ops.Add(a=number, b=1), place="sums")

    with fed.session(homesite="home") as session:
        prepared = session.prepare(pipeline)
        session.execute(prepared, input_params={"n": 1000}).result()
        peak = Peak()
        start = time.perf_counter()
        job = session.execute(prepared, input_params={"n": count})
        seen = total = 0
        for token in job:
            seen += 1
            total += token.value
            if seen <= SLOW_ITEMS:
                time.sleep(0.001)
        seconds = time.perf_counter() - start
        grown = peak.above_base()

    right = seen == count and total == count * (count + 1) // 2
    print(f"items        {seen:12,} {'each once' if right else 'WRONG'}")
    print(f"seconds      {seconds:12.1f} ({seen / seconds:,.0f} a second)")
    print(f"peak memory  {grown / 2**20:12.1f} MB above base, all processes (limit 100)")
    return 0 if right and grown <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))

"""The worker process of one site: `python -m dfm.targets.local.job_runner`.

It is started as its own module, so it never imports or repeats the application's script. What
it needs to know of its site comes first on its socket; then it runs what it is told. Its main
thread is the site's event loop; when the socket ends, the application is gone and so is it.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import sys
import traceback
from typing import Any

from dfm.exec.site_worker import SiteWorker
from dfm.targets.introduction import Introduction
from dfm.targets.local.blackbox import BlackBox
from dfm.targets.local.bootstrap import FAILED_TO_START, read_introduction
from dfm.targets.local.link import Link
from dfm.wire.shared import SharedCodecs


def main() -> None:
    """Serve one site until the application closes the link."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    page = int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Several adapters print at once: a whole line at a time.
        sys.stdout.reconfigure(line_buffering=True)
    try:
        introduction = read_introduction(sock)
        loop = asyncio.new_event_loop()
        JobRunner(introduction, sock, page, loop)
        loop.run_forever()
    except BaseException:  # noqa: BLE001  (whatever it is, it is printed, and the process ends)
        traceback.print_exc()
        sys.stderr.flush()
        # At once, while the socket is still open: its end must mean that the process has ended,
        # or the application would see a worker that hung up, not the status it ends with.
        os._exit(FAILED_TO_START)


class JobRunner:
    """The worker of one site: a link to the application, and the site behind it."""

    def __init__(
        self,
        introduction: Introduction,
        sock: socket.socket,
        page: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._worker = SiteWorker(
            introduction.site,
            introduction.context(),
            SharedCodecs(trusted=True),
            send=lambda message: self._link.send(message),
            loop=loop,
            observer=BlackBox(page),
            threads=introduction.threads,
        )
        self._link = Link(sock, loop, self._worker.receive, self._end)

    def _end(self, _error: Any) -> None:
        # No clean-up: an adapter that still runs must not keep an orphan alive.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()

"""Let a session's own messages be seen, by an environment variable or a call."""

from __future__ import annotations

import logging
import os

from dfm.errors import ArgumentError, nearest

LOGGER = "dfm.session"
ENABLE = "DFM_SESSION_LOG"
LEVEL = "DFM_SESSION_LOG_LEVEL"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def configure_session_logging(force_enable: bool = False) -> logging.Logger:
    """Return the logger of sessions; make it write to stderr if DFM_SESSION_LOG is true, 1 or yes.

    Its level is DFM_SESSION_LOG_LEVEL, else INFO. A logger that has a handler is left as it is.

    Raises:
        ArgumentError: when there is no such level.
    """
    logger = logging.getLogger(LOGGER)
    wanted = force_enable or os.environ.get(ENABLE, "").strip().lower() in ("true", "1", "yes")
    if wanted and not logger.handlers:
        level = _level()
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(level)
    return logger


def _level() -> str:
    level = os.environ.get(LEVEL, "").strip().upper() or "INFO"
    if level not in _LEVELS:
        raise ArgumentError(
            f"{LEVEL} is no level of logging: {level!r}", hint=nearest(level, _LEVELS)
        )
    return level

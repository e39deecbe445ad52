"""Bytes and seconds as a person reads them: three figures and a unit."""

from __future__ import annotations


def format_bytes(count: float) -> str:
    """Return a number of bytes with a decimal unit.

    >>> format_bytes(0), format_bytes(999), format_bytes(72_520), format_bytes(3_480_960)
    ('0 B', '999 B', '72.5 kB', '3.48 MB')
    """
    if count < 999.5:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB", "TB"):
        count /= 1000
        if count < 999.5:
            return f"{_three_figures(count)} {unit}"
    return f"{_three_figures(count / 1000)} PB"


def format_seconds(seconds: float) -> str:
    """Return a span of time with the unit that suits it.

    >>> format_seconds(0), format_seconds(0.00042), format_seconds(0.25), format_seconds(12.3)
    ('0 s', '0.42 ms', '250 ms', '12.3 s')
    >>> format_seconds(725), format_seconds(1e-9)
    ('12 min 5 s', '<0.01 ms')
    """
    if seconds <= 0:
        return "0 s"
    if seconds < 5e-6:
        return "<0.01 ms"
    if seconds < 0.9995:
        return f"{_three_figures(seconds * 1000)} ms"
    if seconds < 59.95:
        return f"{_three_figures(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def _three_figures(number: float) -> str:
    if number >= 99.95:
        return f"{number:.0f}"
    text = f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"
    return text.rstrip("0").rstrip(".")

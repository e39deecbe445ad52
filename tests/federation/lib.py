"""Adapters that a federation file names by path and a federation in Python by object."""

from __future__ import annotations

from typing import Any


def blur(field: dict[str, Any], sigma: float = 1.5) -> dict[str, Any]:
    """Smooth a field"""
    return {**field, "sigma": sigma}


class Load:
    """Load a field"""

    def body(self, name: str, level: int | None = None) -> object:
        return {"name": name, "level": level}


async def items(n: int) -> list[int]:
    """Count"""
    return list(range(n))


class Pier:
    pass


class Radar:
    pass

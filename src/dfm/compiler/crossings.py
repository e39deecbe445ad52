"""What goes from one site to another, and what is made so that less goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from dfm.compiler.show import show
from dfm.net.transitions import Let, Signal


@dataclass(frozen=True, slots=True)
class Part:
    """A place made so that less than a value crosses: a part of it, or that it is there."""

    site: str
    does: Let | Signal
    scope: str = ""

    def __str__(self) -> str:
        inside = f" in {self.scope}" if self.scope else ""
        made = self.does
        text = f"let {show(made.value)}" if isinstance(made, Let) else f"signal {made.source}"
        return f"{made.output} = {text}{inside} @ {self.site}"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place whose token goes from one site to another, in each frame of its scope."""

    place: str
    source: str
    target: str
    bytes: int
    scope: str = ""
    made_of: str = field(default="", compare=False)

    def __str__(self) -> str:
        inside = f" in {self.scope}" if self.scope else ""
        return f"{self.place}: {self.source} -> {self.target}{inside}"

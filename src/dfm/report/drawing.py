"""Pieces of an SVG picture, and the colours of ours.

Text is cleaned and escaped here and nowhere else. Nothing refers to anything outside of the
picture: no fonts, no scripts, no style sheets, which would also reach into a page it is put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dfm.report.layout import Rect
from dfm.report.lettering import clean, shorten, width_of

BETWEEN = " · "
SPACE = 4

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

PAPER, BORDER, LANE = "#ffffff", "#d5dbe3", "#f5f7fa"
INK, GREY, THIN = "#1c2530", "#5b6675", "#9aa5b1"
MEASURED, OFF = "#0a6b3d", "#c1272d"
HOME = ("#52606d", "#ffffff")
SITES = (
    ("#1f6fb4", "#eaf2fa"),
    ("#a66a00", "#fdf4e3"),
    ("#7b4fb3", "#f3eefa"),
    ("#3c8c40", "#eef6ee"),
    ("#b0447f", "#fbeef5"),
    ("#0d7f84", "#e6f5f5"),
    ("#7a5a3c", "#f6f0ea"),
    ("#4458b8", "#eceffb"),
)
"""Line and fill of the boxes of a site, one after the other."""


def tag(name: str, *children: str, **attributes: object) -> str:
    """Return an element. Children are markup; in the name of an attribute `_` stands for `-`.

    >>> tag("rect", width=10, rx=2.50, stroke_width="1")
    '<rect width="10" rx="2.5" stroke-width="1"/>'
    """
    said = "".join(
        f' {key.replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(children)}</{name}>" if children else f"<{name}{said}/>"


def _number(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)


def text(x: float, y: float, said: str, **attributes: object) -> str:
    """Return text at a place.

    >>> text(1, 2, "a < b")
    '<text x="1" y="2">a &lt; b</text>'
    """
    return tag("text", escape(clean(said)), x=x, y=y, **attributes)


def spans(x: float, y: float, parts: Sequence[tuple[str, str]], **attributes: object) -> str:
    """Return text in several colours; what is off is bold.

    Spaces at the ends of a part are drawn as distances: not every reader keeps them.
    """
    pieces, before = [], ""
    for said, fill in parts:
        apart = SPACE if before.endswith(" ") or said.startswith(" ") else None
        weight = 600 if fill == OFF else None
        pieces.append(tag("tspan", escape(clean(said)), fill=fill, font_weight=weight, dx=apart))
        before = said
    return tag("text", *pieces, x=x, y=y, **attributes)


def tooltip(*lines: str) -> str:
    """Return what shows when one rests on a thing; empty lines are left out."""
    return tag("title", escape("\n".join(clean(line) for line in lines if line)))


def rectangle(rect: Rect, **attributes: object) -> str:
    """Return a rectangle as drawn."""
    place = {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}
    return tag("rect", **place, **attributes)


def padlock(x: float, y: float, color: str) -> str:
    """Return a closed lock, 8 wide and 10 high, from its left upper corner on."""
    bow = tag("path", d="M2 5V3.2a2 2 0 0 1 4 0V5", fill="none", stroke=color, stroke_width=1.4)
    body = tag("rect", x=0.5, y=4.5, width=7, height=5.5, rx=1.2, fill=color)
    return tag("g", bow, body, transform=f"translate({_number(x)} {_number(y)})")


def wrapped(said: str, width: float, size: float) -> list[str]:
    """Return text in lines that are not wider than `width`."""
    lines: list[str] = []
    for word in clean(said).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, width, size))
    return lines

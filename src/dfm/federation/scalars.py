"""What a plain YAML scalar means as a JSON value, and the traps of YAML 1.1.

YAML 1.1 reads `on` as true, `1:30` as 90 and `010` as 8. We follow it where nobody is
surprised, keep dates as text, and refuse to guess at the rest.
"""

from __future__ import annotations

import math
import re

from dfm.federation.yaml_tree import Scalar

TRUE = frozenset({"true", "yes", "on"})
FALSE = frozenset({"false", "no", "off"})
NULL = frozenset({"", "~", "null", "Null", "NULL"})

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)", re.ASCII)
_BASED = re.compile(r"[-+]?0(x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_OCTAL = re.compile(r"[-+]?0[0-9_]+", re.ASCII)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?", re.ASCII)

Value = str | int | float | bool | None
_MAX_DIGITS = 240  # so that every integer is also a float


class Ambiguous(ValueError):
    """A plain scalar that means one thing to YAML 1.1 and another to its reader."""


def value_of(scalar: Scalar) -> Value:
    """Return the value of a scalar. Raises Ambiguous, with the reason, where we do not guess."""
    text = scalar.text
    if scalar.tag:
        return _tagged(scalar.tag, text)
    if not scalar.plain:
        return text
    if text in NULL:
        return None
    if text.islower() or text.isupper() or text.istitle():
        if text.lower() in TRUE:
            return True
        if text.lower() in FALSE:
            return False
    if text[0] in "+-.0123456789":
        return _number_or_text(text)
    return text


def _number_or_text(text: str) -> Value:
    if _SEXAGESIMAL.fullmatch(text):
        raise Ambiguous(f"YAML 1.1 reads {text} as a number to the base of 60")
    if _OCTAL.fullmatch(text):
        raise Ambiguous(f"YAML 1.1 reads {text} as an octal number")
    number = number_of(text)
    return text if number is None else number


def number_of(text: str) -> int | float | None:
    """Return the number that `text` spells, or None when it spells none."""
    if len(text) > _MAX_DIGITS:
        return None
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        return int(digits)
    if _BASED.fullmatch(text):
        return int(digits, 0) if any(c in "123456789abcdefABCDEF" for c in digits[2:]) else 0
    if _FLOAT.fullmatch(text):
        return float(digits)
    if found := _NOT_FINITE.fullmatch(text):
        return math.nan if found[3] else math.copysign(math.inf, -1 if found[1] == "-" else 1)
    return None


def _tagged(tag: str, text: str) -> Value:
    match tag:
        case "str":
            return text
        case "null":
            return None
        case "bool" if text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        case "int" | "float" if (number := number_of(text)) is not None:
            if tag == "float":
                return float(number)
            if isinstance(number, int):
                return number
    raise Ambiguous(f"this is not what the tag !!{tag} says")


def kind_of(scalar: Scalar) -> str:
    """Say what a scalar is, for a message: `the number 1.10`, `nothing`, `text`."""
    try:
        value = value_of(scalar)
    except Ambiguous:
        return "a number"
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {scalar.text}"
        case int() | float():
            return f"the number {scalar.text[:40]}"
    return "text"

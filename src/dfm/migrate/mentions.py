"""Names of nv-dfm-core in text that is not ours to change: comments, sentences, requirements.

Each mention becomes a note that says what to write. Whoever parses a file gives the ranges that
it has dealt with, so that nothing is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dfm.migrate.edits import Note
from dfm.migrate.names import resolve

DOTTED = re.compile(r"nv_dfm_core(?:\.\w+)*", re.ASCII)
"""A name of nv-dfm-core, when it is all of a text."""

# An underscore is as good as a hyphen there (PEP 503).
_REQUIREMENT = (
    r"(?m:^nv_dfm_core(?=[ \t]*$))"
    r"| (?<!\w)nv_dfm_core(?=\[[\w, -]*\] | [ \t]*[=<>~!]= | [ \t]*[<>])"
)

_MENTION = re.compile(
    rf"""(?P<run>(?<![\w-])-m[ \t"',]+nv_dfm_core\b[\w.]*)
    | (?P<package>nv[-_]dfm[-_](?:core|lib)-[\w.-]*whl | nv-dfm-core | {_REQUIREMENT})
    | (?P<library>nv[-_]dfm[-_]lib[-_](?:common|weather))
    | (?P<name>(?<!\w)nv_dfm_core\b(?:\.\w+)*)""",
    re.VERBOSE | re.ASCII,
)

PACKAGE = "data-federation-mesh"

MAY_MENTION = re.compile(rb"nv[-_]dfm[-_](?:core|lib)|[\"']flare\\?[\"']|add_discovery")
"""What a file has in it if there is anything to change or to tell."""


def mentions(
    text: str,
    start: int = 0,
    end: int | None = None,
    *,
    known: Iterable[tuple[int, int]] = (),
    works: bool = True,
) -> Iterator[Note]:
    """Yield a note for each mention in a part of a text that is in none of the `known` ranges."""
    ranges = tuple(known)
    for match in _MENTION.finditer(text, start, len(text) if end is None else end):
        at = match.start()
        if not any(first <= at < last for first, last in ranges):
            yield _note(match, works=works)


def _note(match: re.Match[str], *, works: bool) -> Note:
    said = match[0]
    match match.lastgroup:
        case "run":
            return Note(match.start(), f"{said!r} runs a module", "the command `dfm`")
        case "package":
            return Note(match.start(), f"{said} is named as a package", f"{PACKAGE} in its place")
        case "library":
            return Note(
                match.start(),
                f"{said} has no counterpart here",
                "its operations as adapters of your own; it needs nv-dfm-core itself",
            )
        case _:
            home = resolve(said)
            hint = f"{home.name} in its place" if home.name else home.use
            return Note(match.start(), f"{said} is mentioned, and left as it is", hint, works)

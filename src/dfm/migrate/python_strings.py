"""Python: strings that are a dotted name, and what strings and comments mention.

Apart from imports and their uses, because a string is only text: what is sure is rewritten, and
the rest is told.
"""

from __future__ import annotations

import re
import token as token_types
from collections.abc import Iterator
from dataclasses import replace
from token import COMMENT, STRING

from dfm.migrate.edits import Note
from dfm.migrate.fstrings import is_fstring
from dfm.migrate.mentions import DOTTED, PACKAGE, mentions
from dfm.migrate.names import NEW, OLD, resolve
from dfm.migrate.python_changes import Source
from dfm.migrate.python_tokens import Token

_STRING = re.compile(r"([a-zA-Z]*)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)
_PART_OF_A_NAME = re.compile(r"[\w.]*\bnv_dfm_core\b[\w.]*", re.ASCII)
_FSTRING_MIDDLE = getattr(token_types, "FSTRING_MIDDLE", -1)  # since Python 3.12
_TAKES_A_MODULE = {"import_module", "find_spec", "importorskip", "getLogger", "__import__"}
_ENTRY_POINT = re.compile(r"nv_dfm_core[\w.]*:[\w.]+", re.ASCII)
_TAKES_A_PACKAGE = {"version", "distribution", "metadata", "requires"}


def rewrite_strings(source: Source, code: list[Token]) -> None:
    """Rewrite strings that are a dotted name, and note those that are a part of one."""
    for at, token in enumerate(code):
        if token.type != STRING or not (parts := _STRING.fullmatch(token.text)):
            continue
        prefix, _, inner = parts.groups()
        start = token.start + parts.start(3)
        before = [t.text for t in code[max(at - 2, 0) : at]]
        if inner == "flare" and _names_a_target(before):
            source.leave(token.start, "there is no target 'flare' here", "target='local'")
        elif inner == "flare":
            what = "'flare' is mentioned; there is no target of that name here"
            source.notes.append(Note(token.start, what, "'local' in its place", works=True))
        elif DOTTED.fullmatch(inner) and not set(prefix.lower()) & {"f", "b"}:
            _rewrite_name(source, inner, start, before[0] if before[1:] == ["("] else "")
        elif _ENTRY_POINT.fullmatch(inner):
            hint = resolve(inner.replace(":", ".")).name
            source.leave(start, f"{inner!r} is an entry point", hint and f"that of {hint}")
        elif "b" not in prefix.lower() and _PART_OF_A_NAME.fullmatch(inner):
            what = f"{inner!r} is a part of a name that is made while it runs"
            source.leave(start, what, "making the name of the package of `dfm`")


def _names_a_target(before: list[str]) -> bool:
    """Whether a string after these two tokens is a target: given, named, or the default."""
    named = before in (["get_session", "("], ['"target"', ":"], ["'target'", ":"])
    return named or before[1:] == ["="]


def _rewrite_name(source: Source, name: str, start: int, called: str) -> None:
    """Rewrite a string that is a dotted name, in `called(name)` or elsewhere."""
    home = resolve(name)
    if name == OLD and called in _TAKES_A_PACKAGE:
        source.leave(start, f"{called}({name!r}) asks for an installed package", repr(PACKAGE))
    elif name == OLD and called not in _TAKES_A_MODULE:
        source.leave(start, f"{name!r} may be the package or its module", f"{PACKAGE} or {NEW}")
    elif home.name:
        source.change(start, start + len(name), home.name)
    else:
        source.leave(start, home.why, home.use)


def tell_of_text(source: Source) -> None:
    """Note what comments and sentences mention, unless it was dealt with."""
    known = [(edit.start, edit.end) for edit in source.edits]
    known += [(note.at, note.at + 1) for note in source.notes]
    for token in source.tokens:
        said = mentions(source.text, token.start, token.end, known=known)
        if _is_made_while_running(token):
            source.notes += _unsure(said)
        elif token.type in (COMMENT, STRING):
            source.notes += said


def _is_made_while_running(token: Token) -> bool:
    """Whether this is an f-string, or the text in one."""
    is_text = token.type == STRING and is_fstring(token.text)
    return is_text or token.type == _FSTRING_MIDDLE


def _unsure(notes: Iterator[Note]) -> Iterator[Note]:
    return (replace(note, works=False) for note in notes)

"""The tokens of a Python text with their offsets, and the import statements among them.

Tokens, not a syntax tree, because what is rewritten must keep every other character, and because
a cell of a notebook need not parse. Nothing here knows which names are looked for.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from token import COMMENT, DEDENT, ENDMARKER, INDENT, NAME, NEWLINE, NL, OP, STRING

from dfm.migrate.fstrings import expressions, is_fstring

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BEFORE_A_STATEMENT = (NEWLINE, INDENT, DEDENT)


class NotPython(Exception):
    """A text that has no tokens of Python; `at` is the offset where they end."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it stands in the text."""

    type: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported: `names` are those of `from module import names`.

    `binds` are the names it gives with `as` and `from`, each with the dotted name it stands for.
    """

    module: str
    start: int
    end: int
    names: tuple[str, ...] | None
    binds: tuple[tuple[str, str], ...] = ()

    @property
    def binds_its_package(self) -> bool:
        """Whether it is `import package.module`, which gives the name `package`."""
        return self.names is None and not self.binds


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text.

    Raises:
        NotPython: when it is not Python, or not in a way that can be rewritten safely.
    """
    lines = _LINE.findall(text)
    starts = [0, *accumulate(len(line) for line in lines)]
    starts.append(starts[-1])
    try:
        return list(_located(iter(lines), starts, text))
    except tokenize.TokenError as error:
        why, line = error.args[0], error.args[1][0]
    except SyntaxError as error:
        why, line = error.msg, error.lineno or 1
    except UnicodeError as error:
        why, line = str(error), 1
    raise NotPython(why, starts[min(line, len(starts)) - 1])


def _located(lines: Iterator[str], starts: list[int], text: str) -> Iterator[Token]:
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        start = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == NAME and text[start:end] != token.string:
            raise NotPython("its lines end in an unusual way", start)
        yield Token(token.type, token.string, start, end)
        if token.type == STRING and is_fstring(token.string):
            yield from _in_fstring(token.string, start)


def _in_fstring(string: str, at: int) -> Iterator[Token]:
    """Yield the tokens of the expressions in an f-string, each between braces."""
    for start, end in expressions(string):
        yield Token(OP, "{", at + start, at + start)
        try:
            inner = tokens_of(f"({string[start:end]})")
        except NotPython:
            inner = []
        moved = at + start - 1
        for token in inner[1:]:
            if token.end <= end - start + 1 and token.type != NEWLINE:
                yield Token(token.type, token.text, token.start + moved, token.end + moved)
        yield Token(OP, "}", at + end, at + end)


def code_of(tokens: list[Token]) -> list[Token]:
    """Return the tokens without comments and line breaks inside a statement."""
    return [t for t in tokens if t.type not in (COMMENT, NL, ENDMARKER)]


def imports_of(code: list[Token]) -> Iterator[Import]:
    """Yield what each import statement imports, in order."""
    for at, token in enumerate(code):
        if token.type != NAME:
            continue
        if token.text == "from" and _begins(code, at):
            yield from _from(code, at + 1)
        elif token.text == "import" and _begins(code, at):
            yield from _plain(code, at + 1)


def _begins(code: list[Token], at: int) -> bool:
    """Whether a statement begins with this token."""
    before = code[at - 1] if at else None
    return before is None or before.type in _BEFORE_A_STATEMENT or before.text in (";", ":")


def _from(code: list[Token], at: int) -> Iterator[Import]:
    module, after = dotted_at(code, at)
    if module is None or after >= len(code) or code[after].text != "import":
        return
    names: list[str] = []
    bound: list[str] = []
    before = ","
    for token in code[after + 1 :]:
        if token.type == NEWLINE or token.text in (")", ";"):
            break
        if before == "as":
            bound[-1] = token.text
        elif token.text == "*" or (token.type == NAME and token.text != "as"):
            names.append(token.text)
            bound.append(token.text)
        before = token.text
    binds = ((b, f"{module.text}.{n}") for b, n in zip(bound, names, strict=True))
    yield Import(module.text, module.start, module.end, tuple(names), tuple(binds))


def _plain(code: list[Token], at: int) -> Iterator[Import]:
    while True:
        module, at = dotted_at(code, at)
        if module is None:
            return
        binds: tuple[tuple[str, str], ...] = ()
        if at + 1 < len(code) and code[at].text == "as":
            binds = ((code[at + 1].text, module.text),)
            at += 2
        yield Import(module.text, module.start, module.end, None, binds)
        if at >= len(code) or code[at].text != ",":
            return
        at += 1


def dotted_at(code: list[Token], at: int) -> tuple[Token | None, int]:
    """Return the dotted name that begins here as one token, and the index after it."""
    if at >= len(code) or code[at].type != NAME:
        return None, at
    parts, last = [code[at].text], at
    while last + 2 < len(code) and code[last + 1].text == "." and code[last + 2].type == NAME:
        last += 2
        parts.append(code[last].text)
    return Token(OP, ".".join(parts), code[at].start, code[last].end), last + 1

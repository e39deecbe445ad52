"""Python: imports, dotted uses of what they bind, and all that `python_strings` sees to.

A pure function from text to edits. What only a run could tell (names that are put together) and
what is for people (comments, sentences) becomes a note.
"""

from __future__ import annotations

from token import NAME

from dfm.migrate.edits import Found, Note, found
from dfm.migrate.names import (
    GONE_ATTRIBUTES,
    NEW,
    OLD,
    home_of_import,
    is_module,
    package_of,
    resolve,
)
from dfm.migrate.python_changes import Source
from dfm.migrate.python_strings import rewrite_strings, tell_of_text
from dfm.migrate.python_tokens import (
    Import,
    NotPython,
    Token,
    code_of,
    dotted_at,
    imports_of,
    tokens_of,
)


def rewrite_python(text: str) -> Found:
    """Return what to change in a Python text, and what it takes a person to change.

    >>> rewrite_python("from nv_dfm_core.api import Pipeline").edits
    (Edit(start=5, end=20, new='dfm.api'),)
    """
    try:
        source = Source(text, tokens_of(text))
    except NotPython as error:
        why = f"not changed: this can not be read as Python ({error})"
        return found(notes=[Note(error.at, why, "correcting it, then `dfm migrate` again")])
    code = code_of(source.tokens)
    imports = list(imports_of(code))
    _rewrite_imports(source, code, imports)
    if _binds(source, imports):
        _rewrite_uses(source, code, imports)
    _tell_of_attributes(source, code, imports)
    rewrite_strings(source, code)
    tell_of_text(source)
    return found(source.edits, source.notes)


# -- imports -------------------------------------------------------------------------------


def _rewrite_imports(source: Source, code: list[Token], imports: list[Import]) -> None:
    taken = _name_is_taken(code, imports)
    for one in imports:
        if not _is_old(one.module):
            continue
        if one.names is not None and "*" in one.names:
            hint = "the names that are used, or what of them `dfm` has"
            source.leave(
                one.start, f"`from {one.module} import *` does not say what it needs", hint
            )
        elif one.binds_its_package and taken:
            hint = f"`import {one.module} as ...`, with another name"
            source.leave(one.start, f"the name {NEW!r} means something else in this file", hint)
        else:
            _rewrite_import(source, one)


def _rewrite_import(source: Source, one: Import) -> None:
    names = one.names
    home = resolve(one.module) if names is None else home_of_import(one.module, list(names))
    if home.name:
        source.rename(one.module, one.start, one.end, home.name)
    else:
        source.leave(one.start, home.why, home.use)


def _name_is_taken(code: list[Token], imports: list[Import]) -> bool:
    """Whether `dfm` is a name of the program's own, such as a variable."""
    if any(i.names is None and _first(i.module) == NEW for i in imports):
        return False
    modules = {i.start for i in imports}
    return any(
        token.text == NEW and token.start not in modules and not _is_attribute(code, at)
        for at, token in enumerate(code)
        if token.type == NAME and not _is_keyword(code, at)
    )


def _binds(source: Source, imports: list[Import]) -> bool:
    """Whether an `import nv_dfm_core...` becomes one that makes `dfm` a name."""
    changed = {edit.start for edit in source.edits}
    return any(i.start in changed for i in imports if i.binds_its_package)


# -- uses ----------------------------------------------------------------------------------


def _rewrite_uses(source: Source, code: list[Token], imports: list[Import]) -> None:
    modules = {i.start for i in imports}
    loaded = _loaded(imports)
    for at, token in enumerate(code):
        if token.type != NAME or token.text != OLD or token.start in modules:
            continue
        if _is_attribute(code, at) or _is_keyword(code, at):
            continue
        dotted, _ = dotted_at(code, at)
        if dotted is not None and (home := resolve(dotted.text)).name:
            source.rename(dotted.text, dotted.start, dotted.end, home.name)
            if (package := package_of(dotted.text)) not in loaded:
                what = f"{package} is used here, and this file imports it nowhere"
                source.leave(dotted.start, what, f"`import {package}`")
        elif dotted is not None:
            source.leave(dotted.start, home.why, home.use)


def _loaded(imports: list[Import]) -> set[str]:
    """Return the packages of `dfm` that the imports of a program load."""
    loaded = {NEW}
    for one in imports:
        names = [one.module, *(f"{one.module}.{name}" for name in one.names or ())]
        for package in (package_of(name) for name in names if _is_old(name)):
            parts = package.split(".")
            loaded |= {".".join(parts[: end + 1]) for end in range(len(parts))}
    return loaded


def _tell_of_attributes(source: Source, code: list[Token], imports: list[Import]) -> None:
    """Note methods that are gone, and what `alias.name` asks of a module that has it no more."""
    changed = {edit.start for edit in source.edits}
    modules = {b: of for i in imports if i.start in changed for b, of in i.binds if is_module(of)}
    for at, token in enumerate(code):
        attribute = _is_attribute(code, at)
        if token.text in GONE_ATTRIBUTES and (attribute or _is_keyword(code, at)):
            what = f"{token.text!r} has no counterpart in dfm"
            source.leave(token.start, what, GONE_ATTRIBUTES[token.text])
        if token.type != NAME or token.text not in modules or attribute:
            continue
        dotted, _ = dotted_at(code, at)
        if dotted is not None and dotted.text != token.text:
            home = resolve(modules[token.text] + dotted.text.removeprefix(token.text))
            if not home.name:
                source.leave(dotted.start, home.why, home.use)


def _is_attribute(code: list[Token], at: int) -> bool:
    return at > 0 and code[at - 1].text == "."


def _is_keyword(code: list[Token], at: int) -> bool:
    """Whether this is `name` in `call(name=...)`."""
    followed = at + 1 < len(code) and code[at + 1].text == "="
    return followed and at > 0 and code[at - 1].text in ("(", ",")


def _first(dotted: str) -> str:
    return dotted.partition(".")[0]


def _is_old(module: str) -> bool:
    return _first(module) == OLD

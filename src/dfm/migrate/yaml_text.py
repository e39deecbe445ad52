"""YAML: scalars that are a dotted name, such as the `impl` of a site.

Positions come from the scanner of PyYAML, which builds nothing; the text is never written anew,
so comments, quotes and order stay.
"""

from __future__ import annotations

from dfm.migrate.edits import Edit, Found, Note, found
from dfm.migrate.json_text import not_read, rewrite_scalar
from dfm.migrate.mentions import DOTTED, mentions


def rewrite_yaml(text: str) -> Found:
    """Return what to change in a YAML text, and what it takes a person to change.

    >>> rewrite_yaml("impl: nv_dfm_core.exec.Site  # ours").edits
    (Edit(start=6, end=27, new='dfm.exec.Site'),)
    """
    import yaml

    edits: list[Edit] = []
    notes: list[Note] = []
    known: list[tuple[int, int]] = []
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass  # the scanner alone lets much go by
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.ScalarToken) and DOTTED.fullmatch(token.value):
                start = text.find(token.value, token.start_mark.index, token.end_mark.index)
                if start < 0:
                    continue  # written with escapes
                edit, said = rewrite_scalar(text, start, start + len(token.value))
                edits += edit
                notes += said
                known.append((start, start + len(token.value)))
    except (yaml.YAMLError, ValueError) as error:
        why = str(getattr(error, "problem", None) or error).splitlines()[0]
        mark = getattr(error, "problem_mark", None)
        return not_read("YAML", why, mark.index if mark else 0)
    return found(edits, [*notes, *mentions(text, known=known)])

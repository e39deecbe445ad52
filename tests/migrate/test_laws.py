"""What holds for any text: nothing breaks, nothing else changes, once is enough."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfm.migrate.edits import apply
from dfm.migrate.project import REWRITERS

PIECES = st.sampled_from(
    [
        "import nv_dfm_core.api", "from nv_dfm_core.exec import Site", "nv_dfm_core.api.Pipeline",
        "'nv_dfm_core.api'", '"nv_dfm_core.gen.modgen"', "f'{nv_dfm_core.api}'", "nv-dfm-core",
        "\n", "\r\n", "\n    ", "\t", " ", ";", ":", "(", ")", "[", "]", "{", "}", ",", "=", "'''",
        '"', "'", "\\", "#", "%", "!", "- ", "ä", "𝄞", "x", ".", "dfm", " as ", "*", "\f", "\x85",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize("kind", REWRITERS)
@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_any_text_can_be_migrated_once_and_only_names_change(kind: str, text: str) -> None:
    found = REWRITERS[kind](text)

    once = apply(text, found.edits)

    for edit in found.edits:
        assert text[edit.start : edit.end].startswith("nv_dfm_core")
        assert edit.new.startswith("dfm")
    assert len(once) == len(text) - sum(e.end - e.start - len(e.new) for e in found.edits)
    assert REWRITERS[kind](once).edits == ()


LINES = st.sampled_from(
    [
        "import nv_dfm_core.api\n", "x = nv_dfm_core.api.Pipeline  # 'ä𝄞'\n", "%time x\n", "\n",
        "y = 'nv_dfm_core.exec.Site', \"\\t\"\n", "if x:\n", "    z = f'{nv_dfm_core}'\n", "pass",
    ]
)  # fmt: skip
CELLS = st.lists(st.lists(LINES, max_size=4), max_size=4)


@settings(max_examples=60, deadline=None)
@given(cells=CELLS, indent=st.sampled_from([None, 1, "\t"]), ascii_only=st.booleans())
def test_the_layout_of_a_notebook_makes_no_difference(
    cells: list[list[str]], indent: int | str | None, ascii_only: bool
) -> None:
    listed = [{"cell_type": "code", "source": lines, "outputs": []} for lines in cells]
    plain = json.dumps({"cells": listed})
    laid_out = json.dumps({"cells": listed}, indent=indent, ensure_ascii=ascii_only) + "\n"

    changed = [apply(t, REWRITERS["notebook"](t).edits) for t in (plain, laid_out)]

    assert json.loads(changed[0]) == json.loads(changed[1])
    assert (
        changed[1]
        == json.dumps(json.loads(changed[1]), indent=indent, ensure_ascii=ascii_only) + "\n"
    )

"""JSON, YAML and notebooks keep every byte that is not a name of nv-dfm-core."""

import base64
import json
import pickle

import pytest

from dfm.migrate.edits import Found, apply
from dfm.migrate.json_text import rewrite_json
from dfm.migrate.notebook import rewrite_notebook
from dfm.migrate.yaml_text import rewrite_yaml


def told(found: Found) -> str:
    return " | ".join(note.what for note in found.notes)


def notebook(*cells: object, **others: object) -> str:
    listed = [{"cell_type": "code", "source": source} for source in cells]
    return json.dumps({"cells": listed, **others})


# -- JSON ----------------------------------------------------------------------------------


def test_a_saved_pipeline_keeps_its_layout() -> None:
    text = (
        '{ "dfm_class_name" :\t"nv_dfm_core.api._WriteToCache",\r\n  "x": [1.50, "\\u00e4"]}  \n\n'
    )

    found = rewrite_json(text)

    assert apply(text, found.edits) == text.replace(
        "nv_dfm_core.api._WriteToCache", "dfm.api.WriteToCache"
    )


def test_a_key_that_is_a_dotted_name_is_renamed() -> None:
    text = '{"loggers": {"nv_dfm_core.session": {}}}'

    assert apply(text, rewrite_json(text).edits) == '{"loggers": {"dfm.session": {}}}'


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"needs": "nv-dfm-core"}', "named as a package"),
        ('{"needs": "nv_dfm_core"}', "may be the package or its module"),
        ('{"x": "nv_dfm_core.telemetry"}', "no counterpart"),
        ('{"x": "see nv_dfm_core.api"}', "mentioned"),
        ('{"x": "nv_dfm_core.api"', "can not be read as JSON"),
        ("[" * 100_000 + '"nv_dfm_core.api"', "can not be read as JSON"),
    ],
)
def test_json_that_takes_a_person_stays_and_is_told(text: str, what: str) -> None:
    found = rewrite_json(text)

    assert found.edits == ()
    assert what in told(found)


def test_a_pickled_value_of_an_old_class_is_told() -> None:
    holds = base64.b64encode(pickle.dumps("nv_dfm_core.exec.Frame")).decode()

    found = rewrite_json(json.dumps({"tag": "__dfm__pickled__", "value": holds}))

    assert told(found) == "a pickled value is of a class of nv_dfm_core"


# -- YAML ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "impl: nv_dfm_core.exec.Site\n",
        "impl:   'nv_dfm_core.exec.Site'   # ours\r\nb: 1\r\n",
        'a: {impl: "nv_dfm_core.exec.Site", b: [nv_dfm_core.exec.Provider]}',
        "# 1\n---\n- &x nv_dfm_core.exec.Site\n- *x\n...\n---\nnv_dfm_core.session: {level: 1}\n",
        "ä: '𝄞'\nimpl: !!str nv_dfm_core.exec.Site",
    ],
)
def test_a_scalar_that_is_a_dotted_name_is_renamed_and_nothing_else(text: str) -> None:
    found = rewrite_yaml(text)

    assert apply(text, found.edits) == text.replace("nv_dfm_core", "dfm")
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("# uses nv_dfm_core.api\na: 1\n", "mentioned"),
        ("- nv-dfm-core==3.1.31\n", "named as a package"),
        ("- nv_dfm_core\n", "may be the package or its module"),
        ("run: python -m nv_dfm_core.cli.main\n", "runs a module"),
        ("b: nv_dfm_core.targets.flare.builder.WorkspaceArchiveBuilder\n", "no counterpart"),
        ("a: |\n  import nv_dfm_core.api\n", "mentioned"),
        ("a: 'nv_dfm_core.api\n", "can not be read as YAML"),
        ("a: {{ nv_dfm_core.api }\x07\n", "can not be read as YAML"),
    ],
)
def test_yaml_that_takes_a_person_stays_and_is_told(text: str, what: str) -> None:
    found = rewrite_yaml(text)

    assert what in told(found)
    assert found.edits == () or "can not be read" not in what


# -- notebooks -----------------------------------------------------------------------------


def test_a_notebook_keeps_everything_but_the_names() -> None:
    text = (
        '{\n "cells": [\n  {\n   "cell_type": "code",\n'
        '   "outputs": [{"text": "nv_dfm_core"}],\n'
        '   "source": [\n    "from nv_dfm_core.api import Pipeline\\n",\n'
        '    "x = \\"\\u00e4\\ud83d\\ude00\\", \\"nv_dfm_core.exec.Site\\""\n   ]\n  }\n ],\n'
        ' "nbformat": 4\n}\n'
    )

    found = rewrite_notebook(text)

    assert apply(text, found.edits) == text.replace("from nv_dfm_core.api", "from dfm.api").replace(
        "nv_dfm_core.exec", "dfm.exec"
    )


def test_what_one_cell_imports_is_renamed_in_another() -> None:
    text = notebook("import nv_dfm_core.api", ["x = 1\n", "nv_dfm_core.api.Pipeline()"])

    assert apply(text, rewrite_notebook(text).edits) == text.replace("nv_dfm_core", "dfm")


@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline\n", "!ls -l 'x\n", "%%time\n", "x = (1\n% 2)\n", "  %load_ext a'b\n"],
)
def test_magics_do_not_hide_the_python_of_a_cell(magic: str) -> None:
    text = notebook(f"{magic}from nv_dfm_core.api import Pipeline\n")

    assert apply(text, rewrite_notebook(text).edits) == text.replace("nv_dfm_core", "dfm")


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("!pip install nv-dfm-core", "named as a package"),
        ("%%bash\npython -m nv_dfm_core.cli", "runs a module"),
        ("x = '''nv_dfm_core.api", "can not be read as Python"),
    ],
)
def test_a_cell_that_takes_a_person_stays_and_others_change(cell: str, what: str) -> None:
    text = notebook(cell, "import nv_dfm_core.api")

    found = rewrite_notebook(text)

    assert what in told(found)
    assert [edit.new for edit in found.edits] == ["dfm.api"]


def test_what_a_magic_runs_is_not_taken_for_a_comment() -> None:
    found = rewrite_notebook(notebook("# nv_dfm_core.api\n%time nv_dfm_core.api.Pipeline()"))

    assert [note.works for note in found.notes] == [True, False]


def test_a_markdown_cell_is_only_mentioned() -> None:
    cell = {"cell_type": "markdown", "source": ["import nv_dfm_core.api"]}

    found = rewrite_notebook(json.dumps({"cells": [cell]}))

    assert found.edits == ()
    assert "mentioned" in told(found)


@pytest.mark.parametrize("text", ['{"worksheets": []}', "[]", "{", '{"cells": [1]}'])
def test_a_notebook_that_is_none_is_told(text: str) -> None:
    assert "can not be read as a notebook" in told(rewrite_notebook(text))

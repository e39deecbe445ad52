"""Python is rewritten where it names nv-dfm-core, and nowhere else."""

import pytest

from dfm.migrate.edits import Found, apply
from dfm.migrate.python_source import rewrite_python


def rewritten(text: str) -> str:
    return apply(text, rewrite_python(text).edits)


def left(text: str) -> list[str]:
    return [note.what for note in rewrite_python(text).notes if not note.works]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import nv_dfm_core", "import dfm"),
        ("import nv_dfm_core.api", "import dfm.api"),
        ("import os, nv_dfm_core.api as a, sys", "import os, dfm.api as a, sys"),
        ("from nv_dfm_core import __version__", "from dfm import __version__"),
        ("from nv_dfm_core import api, session", "from dfm import api, session"),
        ("from nv_dfm_core.api import Pipeline as P", "from dfm.api import Pipeline as P"),
        ("from  nv_dfm_core.exec  import  Site", "from  dfm.exec  import  Site"),
        ("from nv_dfm_core.api._pipeline import Pipeline", "from dfm.api import Pipeline"),
        ("from nv_dfm_core.gen.apigen import ApiGen", "from dfm.gen.apigen import ApiGen"),
        ("if x: from nv_dfm_core.exec import Site", "if x: from dfm.exec import Site"),
        ("a = 1; import nv_dfm_core.exec", "a = 1; import dfm.exec"),
        ("from nv_dfm_core.api import \\\n    Pipeline", "from dfm.api import \\\n    Pipeline"),
        (
            "from nv_dfm_core.api import (  # ours\n  Pipeline,\n  Yield as Y,\n)",
            "from dfm.api import (  # ours\n  Pipeline,\n  Yield as Y,\n)",
        ),
        ("def f():\n\timport nv_dfm_core.api\n", "def f():\n\timport dfm.api\n"),
    ],
)
def test_an_import_names_the_new_package(old: str, new: str) -> None:
    assert rewritten(old) == new


@pytest.mark.parametrize(
    ("use", "new"),
    [
        ("x = nv_dfm_core.api.Pipeline()", "x = dfm.api.Pipeline()"),
        ("x: nv_dfm_core.api.Yield", "x: dfm.api.Yield"),
        ("x = nv_dfm_core \\\n  .api.Yield", "x = dfm \\\n  .api.Yield"),
        ("x = (nv_dfm_core\n  .api  # c\n  .Yield)", "x = (dfm\n  .api  # c\n  .Yield)"),
        ("f(nv_dfm_core=nv_dfm_core)", "f(nv_dfm_core=dfm)"),
        ("x.nv_dfm_core.api", "x.nv_dfm_core.api"),
        ("my_nv_dfm_core = 1", "my_nv_dfm_core = 1"),
    ],
)
def test_what_an_import_binds_is_renamed_where_it_is_used(use: str, new: str) -> None:
    assert rewritten(f"import nv_dfm_core.api\n{use}\n") == f"import dfm.api\n{new}\n"


@pytest.mark.parametrize(
    "use",
    [
        'f"{nv_dfm_core.__version__}"',
        "f'@@@\n{ nv_dfm_core.api.Pipeline !r:>{nv_dfm_core.api.STATUS_PLACE_NAME}}@@@'".replace(
            "@@@", "''"
        ),
        "rf'{{x}} {[nv_dfm_core.api.Yield][0]}'",
        "f'{x[\"a\"]:{nv_dfm_core.api}} {nv_dfm_core.api}' 'b'",
    ],
)
def test_what_stands_in_an_f_string_is_renamed_too(use: str) -> None:
    text = f"import nv_dfm_core.api\nx = {use}\n"

    assert rewritten(text) == text.replace("nv_dfm_core", "dfm")
    assert rewrite_python(text).notes == ()


@pytest.mark.parametrize("text", ["f'{'", "f'{x'", "f'}'", "f'{(}'", 'f"{x!}"', "f''", "f'{{'"])
def test_an_f_string_that_is_none_does_no_harm(text: str) -> None:
    whole = f"import nv_dfm_core.api\n{text}\n"

    assert rewritten(whole) in (whole, whole.replace("nv_dfm_core", "dfm"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import nv_dfm_core", ["dfm.exec is used here, and this file imports it nowhere"]),
        ("import nv_dfm_core.exec", []),
        ("import nv_dfm_core.exec.discovery", []),
        ("import nv_dfm_core\nfrom nv_dfm_core.exec import Provider", []),
        ("import nv_dfm_core\nfrom nv_dfm_core import exec", []),
    ],
)
def test_a_package_that_nothing_imports_is_told(line: str, told: list[str]) -> None:
    assert left(f"{line}\nnv_dfm_core.exec.Site\n") == told


def test_a_variable_that_happens_to_have_the_name_stays() -> None:
    text = "nv_dfm_core = load()\nnv_dfm_core.api.run()\n"

    assert rewritten(text) == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('x = "nv_dfm_core.exec.Site"', 'x = "dfm.exec.Site"'),
        ("x = r'nv_dfm_core.api'", "x = r'dfm.api'"),
        ('patch("nv_dfm_core.session.Session.execute")', 'patch("dfm.session.Session.execute")'),
        ('import_module("nv_dfm_core")', 'import_module("dfm")'),
        ("getLogger('nv_dfm_core')", "getLogger('dfm')"),
        ('x: "nv_dfm_core.api.Pipeline"', 'x: "dfm.api.Pipeline"'),
    ],
)
def test_a_string_that_is_a_dotted_name_is_renamed(old: str, new: str) -> None:
    assert rewritten(old) == new


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from nv_dfm_core.api import *", "does not say what it needs"),
        ("import nv_dfm_core.gen.modgen", "no counterpart"),
        ("from nv_dfm_core.targets.flare import FlareOptions", "no counterpart"),
        ("from nv_dfm_core.telemetry import SpanData", "no counterpart"),
        ("from nv_dfm_core.api import Pipeline, Nonsense", "no 'Nonsense' in dfm.api"),
        ("from nv_dfm_core.api import _WriteToCache", "elsewhere, or else named"),
        ("x = 'nv_dfm_core.gen.modgen'", "no counterpart"),
        ("import_module('nv_dfm_core.' + name)", "made while it runs"),
        ("import_module(f'nv_dfm_core.{name}')", "nv_dfm_core"),
        ("x = 'nv_dfm_core.exec:Site'", "is an entry point"),
        ("version('nv_dfm_core')", "asks for an installed package"),
        ("needs = ['nv_dfm_core']", "may be the package or its module"),
        ("needs = ['nv-dfm-core>=3']", "named as a package"),
        ("run(['python', '-m nv_dfm_core.cli'])", "runs a module"),
        ("from nv_dfm_lib_weather.adapters import Era5\n'nv_dfm_lib_weather'", "no counterpart"),
        ("s = get_session(target='flare')", "no target 'flare'"),
        ("s = get_session('flare')", "no target 'flare'"),
        ("given = {'target': 'flare'}", "no target 'flare'"),
        ("def main(target: str = 'flare'): ...", "no target 'flare'"),
        ("p.add_argument('--target', default='flare')", "no target 'flare'"),
        ("from nv_dfm_core \\\n .api._x import If", "written in an unusual way"),
        ("context.add_discovery(advice)", "'add_discovery' has no counterpart"),
        ("def f(:\n  'nv_dfm_core.api", "can not be read as Python"),
    ],
)
def test_what_takes_a_person_stays_and_is_told(text: str, told: str) -> None:
    assert rewritten(text) == text
    assert any(told in what for what in left(text)), left(text)


@pytest.mark.parametrize(
    "text",
    [
        "import nv_dfm_core_extra",
        "from my_nv_dfm_core.api import x",
        "x = 'nv_dfm_core_extra.api'",
        "# nv_dfm_core2",
        "from .nv_dfm_core import api",
    ],
)
def test_another_package_of_a_similar_name_is_none_of_our_business(text: str) -> None:
    assert rewrite_python(text) == Found()


@pytest.mark.parametrize("text", ["# see nv_dfm_core.api\n", '"""About nv_dfm_core.api."""\n'])
def test_comments_and_sentences_stay_and_are_mentioned(text: str) -> None:
    (note,) = rewrite_python(text).notes

    assert rewritten(text) == text
    assert note.works
    assert note.hint == "dfm.api in its place"


def test_a_name_that_the_program_uses_itself_is_not_taken_from_it() -> None:
    text = "import nv_dfm_core.api\ndfm = 3\nnv_dfm_core.api.Pipeline(dfm)\n"

    assert rewritten(text) == text
    assert left(text) == ["the name 'dfm' means something else in this file"]


def test_a_keyword_and_an_attribute_do_not_take_the_name() -> None:
    text = "import nv_dfm_core.api\nf(dfm=1).dfm\n"

    assert rewritten(text) == "import dfm.api\nf(dfm=1).dfm\n"


def test_an_import_that_stays_keeps_the_name_that_its_uses_need() -> None:
    text = "import nv_dfm_core.telemetry\nnv_dfm_core.telemetry.SpanData()\n"

    assert rewritten(text) == text


@pytest.mark.parametrize(
    "line",
    ["import nv_dfm_core.exec as e", "from nv_dfm_core import exec as e"],
)
def test_what_a_renamed_module_has_no_more_is_told(line: str) -> None:
    found = rewrite_python(f"{line}\ne.Site\ne.Nonsense\n")

    assert len(found.edits) == 1
    assert [note.what for note in found.notes] == ["there is no 'Nonsense' in dfm.exec"]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_line_ends_tabs_form_feeds_and_letters_stay(end: str) -> None:
    text = f"x = 'ä€𝄞'  {end or chr(10)}\x0c\tpass # ü{end or chr(10)}import nv_dfm_core.api{end}"

    assert rewritten(text) == text.replace("nv_dfm_core", "dfm")


def test_a_name_after_letters_of_several_bytes_is_found_where_it_is() -> None:
    assert rewritten("x = 'ä𝄞', 'nv_dfm_core.api'") == "x = 'ä𝄞', 'dfm.api'"


def test_doing_it_twice_changes_nothing_more() -> None:
    text = "import nv_dfm_core.api as a\nfrom nv_dfm_core.exec import *\nx = 'nv_dfm_core.api'\n"

    once = rewritten(text)

    assert once != text
    assert rewrite_python(once).edits == ()

"""Names as they can be written."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.report.drawing import tag, text, wrapped
from dfm.report.lettering import clean, shorten, width_of


@given(st.text())
def test_text_survives_being_written_and_read(said: str) -> None:
    read = ElementTree.fromstring(text(1, 2, said))

    assert (read.text or "") == clean(said)


@given(st.text())
def test_cleaning_again_changes_nothing(said: str) -> None:
    assert clean(clean(said)) == clean(said)


@given(st.text(), st.floats(20, 300))
def test_what_is_shortened_fits_and_keeps_its_end(said: str, longest: float) -> None:
    short = shorten(said, longest, 12)

    assert width_of(short, 12) <= longest + 0.1
    assert short == said or said.endswith(short.removeprefix("…"))


@given(st.text(), st.floats(30, 300))
def test_wrapped_lines_fit_and_lose_no_short_word(said: str, width: float) -> None:
    lines = wrapped(said, width, 12)

    assert all(width_of(line, 12) <= width + 0.1 for line in lines)
    words = [word for word in clean(said).split() if width_of(word, 12) <= width]
    assert [w for w in " ".join(lines).split() if not w.startswith("…")] == [
        w for w in words if not w.startswith("…")
    ]


@pytest.mark.parametrize(
    ("said", "least"), [("institute_a", 70), ("climate.LoadField", 104), ("72.5 kB", 45)]
)
def test_widths_are_not_below_those_of_a_wide_font(said: str, least: float) -> None:
    """The least are those of DejaVu Sans at size 12."""
    assert least <= width_of(said, 12) < least * 1.25


def test_an_attribute_cannot_be_left_early() -> None:
    read = ElementTree.fromstring(tag("g", aria_label='"/><script>'))

    assert read.attrib == {"aria-label": '"/><script>'}

"""Long content lines are folded as RFC 5545, section 3.1, wants it, and nothing is cut in two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Event

from matcher.calendar.lines import folded, lines_of

LINES = st.text(
    st.one_of(st.sampled_from("ab\\^;ä€😀"), st.characters(codec="utf-8", exclude_characters="\r\n"))
)


@given(LINES.map(lambda text: "SUMMARY:" + text * 4))
def test_folded_lines_are_short_and_unfold_to_the_line(line):
    data = folded(line)
    assert data.endswith(b"\r\n")
    physical = data.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(one) <= 75 for one in physical)
    assert all(one.startswith(b" ") for one in physical[1:])
    assert data.replace(b"\r\n ", b"") == line.encode() + b"\r\n"
    for one in physical:
        one.decode()  # no character is cut in two


@pytest.mark.parametrize("octets", [73, 74, 75, 148, 149])
def test_a_line_is_cut_only_where_it_must_be(octets):
    assert folded("x" * octets).count(b"\r\n ") == (octets - 1) // 74


@pytest.mark.parametrize("escape", [r"\n", r"\,", "^n"])
def test_an_escape_stays_in_one_piece(escape):
    for before in range(70, 76):
        assert escape.encode() in folded("x" * before + escape + "y" * 80)


def test_a_component_is_written_as_icalendar_writes_it():
    component = Event()
    component.add("SUMMARY", "Größe, " * 40)
    component.add("DESCRIPTION", "One\nTwo; " * 40)
    assert lines_of(component) == component.to_ical()

"""Cells are understood as coordinators write them, and refused with a sentence where they are not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.documents import cells
from matcher.documents.hours import weekly_hours
from matcher.documents.words import countries, zone_names


def unknown(text: str) -> bool:
    return False


def skills(cell: str, known: Callable[[str], bool], with_priority: bool) -> list[dict[str, Any]]:
    return [cells.skill(text, known, with_priority) for text in cells.skill_texts(cell)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (
            "Python (4); Data analysis 3; SQL",
            [{"skill": "Python", "level": 4}, {"skill": "Data analysis", "level": 3}, {"skill": "SQL"}],
        ),
        (
            "Kubernetes (level 3, priority 5)",
            [{"skill": "Kubernetes", "level": 3, "priority": 5}],
        ),
        ("Kubernetes!", [{"skill": "Kubernetes", "priority": 5}]),
        ("Kubernetes (2)!; Go", [{"skill": "Kubernetes", "priority": 5, "level": 2}, {"skill": "Go"}]),
        ("Python: 4, SQL (2)", [{"skill": "Python", "level": 4}, {"skill": "SQL", "level": 2}]),
        (
            "Diversity, equity and inclusion (4); SQL",
            [{"skill": "Diversity, equity and inclusion", "level": 4}, {"skill": "SQL"}],
        ),
        ("Rust - advanced\nSQL (beginner)", [{"skill": "Rust", "level": 4}, {"skill": "SQL", "level": 1}]),
        ("Go (programming)", [{"skill": "Go (programming)"}]),
        ("ISO 27001; Windows 11", [{"skill": "ISO 27001"}, {"skill": "Windows 11"}]),
        ("C++ (5); C# 4/5; F#", [{"skill": "C++", "level": 5}, {"skill": "C#", "level": 4}, {"skill": "F#"}]),
        ("SQL (urgent)", [{"skill": "SQL", "priority": 5}]),
        ("Prio (prio 4; Stufe 2)", [{"skill": "Prio", "priority": 4, "level": 2}]),
        ("• Python; * SQL", [{"skill": "Python"}, {"skill": "SQL"}]),
        ("=SUM(A1)", [{"skill": "=SUM(A1)"}]),
        ("Facilitation (unclosed", [{"skill": "Facilitation (unclosed"}]),
        ("-", []),
        (" ; ", []),
    ],
)
def test_skills(cell: str, expected: list[dict[str, object]]) -> None:
    assert skills(cell, unknown, with_priority=True) == expected


def test_a_known_name_is_not_taken_apart() -> None:
    assert skills("Python 3", lambda text: text == "Python 3", True) == [{"skill": "Python 3"}]
    assert skills("Python 3", unknown, True) == [{"skill": "Python", "level": 3}]


HOURS: list[tuple[str, list[str]]] = [
    (
        "Mon-Fri 09:00-12:00, 14:00-17:00; Sat 10-12",
        [f"{d} {span}" for d in range(1, 6) for span in ("540-720", "840-1020")] + ["6 600-720"],
    ),
    ("Mo, Mi 9-11 Uhr", ["1 540-660", "3 540-660"]),
    ("Montag bis Mittwoch von 8 bis 10 Uhr", ["1 480-600", "2 480-600", "3 480-600"]),
    ("lundi à mardi 9h30 - 12h", ["1 570-720", "2 570-720"]),
    ("lunes y jueves de 9 a 11", ["1 540-660", "4 540-660"]),
    ("Seg a Ter das 9h às 12h", ["1 540-720", "2 540-720"]),
    ("segunda-feira 9.15-10.45", ["1 555-645"]),
    ("weekends 2-5pm", ["6 840-1020", "7 840-1020"]),
    ("Mon 10-2pm, Tue 11:30am to 1pm", ["1 600-840", "2 690-780"]),
    ("Fri 22:00-02:00", ["5 1320-1440", "6 0-120"]),
    ("Sun 23-24", ["7 1380-1440"]),
    ("Sun 23:00-01:00", ["1 0-60", "7 1380-1440"]),
    ("Sat-Mon 9-10", ["1 540-600", "6 540-600", "7 540-600"]),
    ("Mon 9-12 and 11-14", ["1 540-840"]),
    ("Mon 9-10; Mon 10-11", ["1 540-660"]),
]


@pytest.mark.parametrize(("cell", "expected"), HOURS)
def test_hours(cell: str, expected: list[str]) -> None:
    assert [f"{day} {start}-{end}" for day, start, end in weekly_hours(cell)] == expected


@settings(derandomize=True, max_examples=100)
@given(
    st.dictionaries(
        st.integers(1, 7),
        st.tuples(st.integers(0, 47), st.integers(1, 48)).filter(lambda s: s[0] < s[1]),
        min_size=1,
    )
)
def test_hours_written_plainly_come_back(spans: dict[int, tuple[int, int]]) -> None:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    text = "; ".join(
        f"{days[day - 1]} {start // 2:02}:{start % 2 * 30:02}-{end // 2:02}:{end % 2 * 30:02}"
        for day, (start, end) in spans.items()
    )
    assert weekly_hours(text) == tuple((day, 30 * s, 30 * e) for day, (s, e) in sorted(spans.items()))


@settings(derandomize=True, max_examples=300)
@given(st.text(alphabet="MonTueFri 0123456789:-–,;apm.hé(/=\n", max_size=30))
def test_any_text_gives_hours_or_a_sentence(text: str) -> None:
    found: tuple[tuple[int, int, int], ...] = ()
    with suppress(ValueError):
        found = weekly_hours(text)
    assert all(1 <= day <= 7 and 0 <= start < end <= 1440 for day, start, end in found)


GOOD: list[tuple[Callable[[str], Any], str, Any]] = [
    (cells.languages, "en; Deutsch, français / pt_br", ("en", "de", "fr", "pt-BR")),
    (cells.languages, "English (fluent) and Spanish", ("en", "es")),
    (cells.languages, "日本語", ("ja",)),
    (cells.languages, "fil, haw, en-gb, ZH_HANT, es-419", ("fil", "haw", "en-GB", "zh-Hant", "es-419")),
    (cells.languages, "ENG; ger; Filipino", ("en", "de", "fil")),
    (cells.yes_no, "Ja", True),
    (cells.yes_no, "✓", True),
    (cells.yes_no, "não", False),
    (cells.whole, "8 h", 8),
    (cells.whole, "8.0", 8),
    (cells.roles, "Mentor", ["guide"]),
    (cells.roles, "both", ["guide", "learner"]),
    (cells.roles, "Mentor, Mentee", ["guide", "learner"]),
    (cells.seniority, "Senior", 6),
    (cells.seniority, "10", 10),
    (cells.day, "2026-03-04", "2026-03-04"),
    (cells.day, "4.3.2026", "2026-03-04"),
    (cells.day, "2026-03-04 00:00:00", "2026-03-04"),
    (lambda cell: cells.day(cell, "%d/%m/%Y"), "04/03/2026", "2026-03-04"),
    (
        cells.leave,
        "2026-10-01..2026-10-14; 24.12.2026",
        [{"start": "2026-10-01", "end": "2026-10-14"}, {"start": "2026-12-24", "end": "2026-12-24"}],
    ),
    (cells.leave, "2026-10-01 to 2026-10-02", [{"start": "2026-10-01", "end": "2026-10-02"}]),
    (cells.leave, "2026-10-01/2026-10-02", [{"start": "2026-10-01", "end": "2026-10-02"}]),
    (cells.country, "Deutschland", "DE"),
    (cells.country, "fi", "FI"),
    (cells.country, "South Africa", "ZA"),
    (cells.time_zone, "Europe/Berlin", "Europe/Berlin"),
    (cells.time_zone, "europe/berlin", "Europe/Berlin"),
    (cells.time_zone, "Nairobi", "Africa/Nairobi"),
    (cells.time_zone, "Etc/GMT+3", "Etc/GMT+3"),
]


@pytest.mark.parametrize("case", range(len(GOOD)))
def test_a_cell_is_understood(case: int) -> None:
    read, cell, expected = GOOD[case]
    assert read(cell) == expected


BAD: list[tuple[Callable[[str], Any], str, str]] = [
    (lambda cell: skills(cell, unknown, True), "Python (9)", "level 9"),
    (lambda cell: skills(cell, unknown, True), "Python (0)", "level 0"),
    (lambda cell: skills(cell, unknown, True), "Python (priority 6)", "priority 6"),
    (lambda cell: skills(cell, unknown, False), "Python!", "only sought skills"),
    (lambda cell: skills(cell, unknown, True), "x" * 201, "too long"),
    (weekly_hours, "whenever", "'whenever' is neither a day nor a time"),
    (weekly_hours, "Mon", "day without hours"),
    (weekly_hours, "9-12", "hours without a day"),
    (weekly_hours, "Mon 9", "time without an end"),
    (weekly_hours, "Mon 9; Tue 10-11", "time without an end"),
    (weekly_hours, "Mon 25-26", "no time of day"),
    (weekly_hours, "Mon 9-9", "end where they start"),
    (weekly_hours, "Mon 13pm-14", "no time of day"),
    (cells.languages, "klingon", "no known language"),
    (cells.languages, "Germna", "did you mean 'german'"),
    (cells.yes_no, "maybe", "yes or no"),
    (cells.whole, "=4", "whole number"),
    (cells.whole, "6.5", "whole number"),
    (cells.whole, "-1", "whole number"),
    (cells.roles, "boss", "no role"),
    (cells.seniority, "11", "1 (first job) to 10"),
    (cells.seniority, "wizard", "junior, mid, senior"),
    (cells.day, "03/04/2026", "date_format"),
    (cells.day, "soon", "not a date"),
    (cells.leave, "2026-10-14..2026-10-01", "ends before it starts"),
    (cells.country, "Atlantis", "no known country"),
    (cells.time_zone, "Mars/Base", "no IANA time zone"),
    (cells.time_zone, "Europe/Berln", "did you mean 'Europe/Berlin'"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_a_cell_is_refused_with_a_sentence(case: int) -> None:
    read, cell, expected = BAD[case]
    with pytest.raises(ValueError) as caught:
        read(cell)
    assert expected in str(caught.value)


def test_the_tables_of_words_hold_what_they_say() -> None:
    assert "Asia/Kathmandu" in zone_names()
    assert set(countries().values()) >= {"DE", "BR", "KE", "NP"}
    assert all(len(code) == 2 and code.isupper() for code in countries().values())

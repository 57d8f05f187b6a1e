"""One cell of a spreadsheet to one value. Each function raises `ValueError` with the rest of a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from matcher.documents.faults import Suggester, shown
from matcher.documents.hours import weekly_hours
from matcher.documents.words import (
    LANGUAGES,
    LEVELS,
    NO,
    PRIORITIES,
    ROLES,
    SENIORITY,
    YES,
    countries,
    plain,
    zone_names,
    zones,
)
from matcher.domain.language import read_tag
from matcher.domain.member import WeeklySpan

NOTHING = "-"
"""A cell that says: there is none (an empty cell says nothing)."""

_LEVEL = re.compile(r"(?:level|lvl|l|niveau|stufe|nivel|nível)?\s*[:=.]?\s*(\d+)(?:\s*/\s*5)?", re.IGNORECASE)
_PRIORITY = re.compile(
    r"(?:priority|priorität|prioritat|priorité|prioridad|prioridade|prio|p)\s*[:=.]?\s*(\d+)(?:\s*/\s*5)?",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(r"^(?P<name>.*\S)\s*\((?P<inner>[^()]*)\)$", re.DOTALL)
_AFTER_MARK = re.compile(r"^(?P<name>.*\S)\s*(?:[:=]|\s[-–])\s*(?P<inner>[^:=]+)$", re.DOTALL)
_AFTER_SPACE = re.compile(r"^(?P<name>.*\S)\s+(?P<inner>[1-5](?:\s*/\s*5)?)$", re.DOTALL)
_WHOLE = re.compile(
    r"\+?(\d{1,9})(?:[.,]0+)?\s*(?:h|hrs?|hours?|std\.?|stunden|heures?|horas?)?", re.IGNORECASE
)
_SKILLS = re.compile(r"(?:\([^()]*\)|[^;\n\r])+")
"""Entries between semicolons or line breaks, those in parentheses not counted."""

_SKILLS_WITH_COMMAS = re.compile(r"(?:\([^()]*\)|[^,])+")
_LISTED = re.compile(r"[;\n\r]")
_BETWEEN_DATES = re.compile(r"\s*(?:\.\.+|–|—|\s-\s|\bto\b|\bbis\b|\bau\b|\bhasta\b|\baté\b|/(?=\d{4}-))\s*")


def texts(cell: str) -> list[str]:
    """The entries of a list, separated by semicolons or line breaks."""
    return [part.strip() for part in _LISTED.split(cell) if part.strip() and part.strip() != NOTHING]


def names(cell: str) -> list[str]:
    """The entries of a list of ids or e-mail addresses: commas separate too."""
    return [part.strip() for text in texts(cell) for part in text.split(",") if part.strip()]


def whole(cell: str) -> int:
    """A whole number, with or without "h" or "hours"."""
    found = _WHOLE.fullmatch(cell.strip())
    if found is None:
        raise ValueError(f"must be a whole number, not {shown(cell)}")
    return int(found[1])


def yes_no(cell: str) -> bool:
    """Yes or no, in words or signs."""
    word = plain(cell) or cell.strip()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"must be yes or no, not {shown(cell)}")


def one_of(cell: str, table: Mapping[str, str], what: str) -> str:
    """The meaning of one word."""
    meaning = table.get(plain(cell))
    if meaning is None:
        known = ", ".join(dict.fromkeys(table.values()))
        raise ValueError(f"{shown(cell)} is no {what}: write one of {known}")
    return meaning


def roles(cell: str) -> list[str]:
    """What a member takes part as: learner, guide or both."""
    found: set[str] = set()
    whole_cell = ROLES.get(plain(cell))
    for part in [cell] if whole_cell else re.split(r"[;,/&+\n]|\band\b|\bund\b|\bet\b|\by\b|\be\b", cell):
        if part.strip():
            role = one_of(part, ROLES, "role")
            found |= {"learner", "guide"} if role == "both" else {role}
    return sorted(found)


def seniority(cell: str) -> int:
    """A step of 1 (first job) to 10 (executive), as a number or a word."""
    text = cell.strip()
    if text.isdigit():
        if not 1 <= int(text) <= 10:
            raise ValueError(f"must be a step of 1 (first job) to 10 (executive), not {text}")
        return int(text)
    step = SENIORITY.get(plain(text))
    if step is None:
        raise ValueError(
            f"{shown(cell)} is no known step: write a number of 1 (first job) to 10 (executive), "
            "or a word such as junior, mid, senior, lead, director, executive"
        )
    return step


@lru_cache(maxsize=4096)
def day(cell: str, date_format: str | None = None) -> str:
    """A date as ISO text: 2026-09-28, 28.9.2026, or as `date_format` (of `strptime`) says."""
    text = cell.strip()
    forms = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")
    for form in (date_format, *forms) if date_format else forms:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        pass
    asked = date_format or "2026-09-28"
    hint = "" if date_format else ', or name a date_format such as "%d/%m/%Y" in the mapping'
    raise ValueError(f"{shown(cell)} is not a date: write it as {asked}{hint}")


def leave(cell: str, date_format: str | None = None) -> list[dict[str, str]]:
    """Days away: "2026-10-01..2026-10-14; 2026-12-24"."""
    found: list[dict[str, str]] = []
    for part in texts(cell):
        ends = _BETWEEN_DATES.split(part)
        if len(ends) > 2:
            raise ValueError(f"{shown(part)} is no period: write it as 2026-10-01..2026-10-14")
        start, end = day(ends[0], date_format), day(ends[-1], date_format)
        if date.fromisoformat(end) < date.fromisoformat(start):
            raise ValueError(f"{shown(part)} ends before it starts")
        found.append({"start": start, "end": end})
    return found


def availability(cell: str) -> list[WeeklySpan]:
    """Weekly hours, as `hours.weekly_hours` reads them."""
    if cell.strip() == NOTHING:
        return []
    return [_span(*span) for span in weekly_hours(cell.strip())]


@lru_cache(maxsize=65536)
def _span(weekday: int, start: int, end: int) -> WeeklySpan:
    return WeeklySpan(day=weekday, start=time(start // 60, start % 60), end=time(end // 60 % 24, end % 60))


@lru_cache(maxsize=4096)
def language(text: str) -> str:
    """A BCP 47 tag, from a tag or the name of a language."""
    name = re.sub(r"\(.*\)", "", text).strip()
    found = LANGUAGES.get(plain(name)) or LANGUAGES.get(name.casefold()) or read_tag(name)
    if found is not None:
        return found
    hint = Suggester().hint(plain(name), LANGUAGES)
    raise ValueError(f"{shown(text)} is no known language{hint or ': write its tag, such as en or pt-BR'}")


@lru_cache(maxsize=4096)
def languages(cell: str) -> tuple[str, ...]:
    """Languages separated by semicolons, commas, slashes or "and"."""
    parts = re.split(r"[;,/\n]|\band\b|\bund\b|\bet\b|\by\b", cell)
    return tuple(dict.fromkeys(language(part.strip()) for part in parts if part.strip()))


@lru_cache(maxsize=4096)
def country(cell: str) -> str:
    """Two letters (ISO 3166-1), from themselves or the country's name."""
    text = cell.strip()
    found = countries().get(plain(text))
    if found is not None:
        return found
    if re.fullmatch(r"[A-Za-z]{2}", text) and text.upper() in countries().values():
        return text.upper()
    hint = Suggester().hint(plain(text), countries())
    raise ValueError(f"{shown(cell)} is no known country{hint or ': write two letters, such as DE'}")


@lru_cache(maxsize=4096)
def time_zone(cell: str) -> str:
    """An IANA zone, from its name whatever its case, or from a city that only one zone is named after."""
    text = cell.strip()
    if text in zone_names():
        return text
    found = zones().get(plain(text))
    if found is not None:
        return found
    hint = Suggester().hint(text, zone_names())
    raise ValueError(f"{shown(cell)} is no IANA time zone{hint or ': write one such as Europe/Berlin'}")


def skill_texts(cell: str) -> list[str]:
    """The entries of a list of skills. Commas separate only where it has no semicolon and no line break."""
    parts = _SKILLS.findall(cell)
    if len(parts) == 1:
        parts = _SKILLS_WITH_COMMAS.findall(cell)
    listed = (part.strip().lstrip("•*·").strip() for part in parts)
    return [text for text in listed if text and text != NOTHING]


def skill(text: str, known: Callable[[str], bool], with_priority: bool) -> dict[str, Any]:
    """One skill with its level: "Python (4)", "Data analysis 3", "SQL"; a sought one may carry a priority.

    "Kubernetes!" is urgent; "(level 3, priority 5)" says both; words such as "advanced" are levels. What
    `known` accepts is taken whole. The result has "skill" and, where they are said, "level" and "priority".
    """
    entry: dict[str, Any] = {}
    name = text
    if name.endswith("!"):
        name = name.rstrip("!").rstrip()
        entry["priority"] = 5
    if not known(name):
        inner = _IN_PARENTHESES.match(name)
        if inner is not None and _details(inner["inner"], entry):
            name = inner["name"]
        else:
            marked = _AFTER_MARK.match(name) or _AFTER_SPACE.match(name)
            if marked is not None and _details(marked["inner"], entry):
                name = marked["name"]
    if not with_priority and entry.pop("priority", None) is not None:
        raise ValueError(f"{shown(text)} has a priority, which only sought skills have")
    if len(name) > 200:
        raise ValueError(f"{shown(text)} is too long for the name of a skill")
    return {"skill": name, **entry}


def _details(inner: str, entry: dict[str, Any]) -> bool:
    """Read a level and a priority; False when the text is neither, and so belongs to the name."""
    found: dict[str, Any] = {}
    for part in re.split(r"[,;/](?!\s*5\s*$)|\s{2,}", inner):
        word = plain(part)
        number = _LEVEL.fullmatch(part.strip())
        urgency = _PRIORITY.fullmatch(part.strip())
        if number is not None:
            found["level"] = _step(int(number[1]), "level")
        elif urgency is not None:
            found["priority"] = _step(int(urgency[1]), "priority")
        elif word in LEVELS:
            found["level"] = LEVELS[word]
        elif word in PRIORITIES:
            found["priority"] = PRIORITIES[word]
        else:
            return False
    entry.update(found)
    return bool(found)


def _step(number: int, what: str) -> int:
    if not 1 <= number <= 5:
        raise ValueError(f"has the {what} {number}; it must be 1 to 5")
    return number

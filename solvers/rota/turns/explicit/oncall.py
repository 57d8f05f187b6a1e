"""On-call rostering of the MiniZinc Challenge (.dzn): a public yardstick in the words of turns.

One person a day; Friday to Sunday are one weekend "day", every fifth from `weekend_offset` + 1. Fixed days
are choices of one person, so nothing is set aside for them. Nobody is on call three days running, on a
weekend and a day beside it, or on two weekends running, unless all those days are fixed. The cost is what
`adj_days_str` and `wed_before_weekend_str` charge, and the spread of week days and of weekends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np

from solvers.faults import InstanceError
from solvers.rota.turns.instance import (
    FULL,
    MAX_COST,
    MAX_PEOPLE,
    MAX_TURNS,
    Choices,
    Held,
    Order,
    Role,
    TurnsInstance,
    Windows,
)

Value = int | frozenset[int] | list[int | frozenset[int]]

_TOKEN = re.compile(r"\s*(?:(-?\d+)|(\.\.)|([A-Za-z_]\w*)|([\[\]{},=;]))")
_NAMES = (
    "num_staff",
    "work_load",
    "num_days",
    "unavailable",
    "fixed",
    "weekend_offset",
    "adj_days_str",
    "wed_before_weekend_str",
)


def read_oncall(path: str | Path) -> TurnsInstance:
    """The instance of a file. Raises InstanceError with the name of the first wrong part, OSError when there
    is no file. No answer of the yardstick's exists where a turn has to stay open."""
    given = _Reader(Path(path).read_text("utf-8-sig", "replace")).assignments()
    for name in _NAMES:
        if name not in given:
            raise InstanceError(name, "is missing")
    unknown = [name for name in given if name not in _NAMES]
    if unknown:
        raise InstanceError(unknown[0], f"is not known here; the names are {', '.join(_NAMES)}")
    staff, days = _whole(given, "num_staff", 1, MAX_PEOPLE), _whole(given, "num_days", 1, MAX_TURNS)
    offset = _whole(given, "weekend_offset", 0, 4)
    loads = given["work_load"]
    if not isinstance(loads, list) or len(loads) != staff:
        raise InstanceError("work_load", f"must be a list of {staff} numbers")
    capacity = [_within(f"work_load[{i + 1}]", one, 0, 10 * FULL) for i, one in enumerate(loads)]
    away = [{day for day in some if 1 <= day <= days} for some in _sets(given, "unavailable", staff)]
    fixed: dict[int, int] = {}
    for i, some in enumerate(_sets(given, "fixed", staff)):
        for day in sorted(day for day in some if 1 <= day <= days):
            if day in fixed:
                raise InstanceError(f"fixed[{i + 1}]", f"has day {day}, which is fixed for {fixed[day] + 1}")
            if day in away[i]:
                raise InstanceError(f"fixed[{i + 1}]", f"has day {day}, on which they are unavailable")
            fixed[day] = i
    rows = [
        (day - 1, i, 0, 0)
        for day in range(1, days + 1)
        for i in ([fixed[day]] if day in fixed else range(staff))
        if day not in away[i]
    ]
    weekends = list(range(offset + 1, days + 1, 5))
    windows = _hard(days, weekends, fixed) + _soft(
        days,
        weekends,
        _whole(given, "adj_days_str", 0, MAX_COST),
        _whole(given, "wed_before_weekend_str", 0, MAX_COST),
    )
    everyone = np.zeros(staff, np.int32)
    return TurnsInstance(
        turn_ids=[str(day) for day in range(1, days + 1)],
        person_ids=[str(i + 1) for i in range(staff)],
        organization_ids=[""],
        class_ids=["weekday", "weekend"],
        session=np.arange(days, dtype=np.int32),
        role=np.full(days, Role.LEAD, np.int32),
        hours=np.zeros(days, np.int32),
        class_of=np.array([day in set(weekends) for day in range(1, days + 1)], np.int32),
        choices=Choices.of(days, rows),
        organization=everyone,
        most=np.full(staff, days, np.int32),
        budget=everyone,
        capacity=np.array(capacity, np.int32),
        carried=np.zeros((staff, 2), np.int64),
        carried_burden=np.zeros(staff, np.int64),
        windows=Windows.of(
            [(code, [day - 1 for day in some], most, cost) for code, some, most, cost in windows]
        ),
        organization_most=np.array([-1], np.int32),
        organization_share=np.array([days], np.int32),
        wanted=np.zeros((staff, len(Role)), np.int32),
        pinned=Held.of([]),
        open_turns=np.zeros(0, np.int32),
        previous=Held.of([]),
        order=Order.COST,
        spread_cost=np.ones(2, np.int32),
    )


Row = tuple[str, list[int], int, int]


def _hard(days: int, weekends: list[int], fixed: dict[int, int]) -> list[Row]:
    """(code, days, most, cost) of what must not be, but for what is fixed as a whole."""

    def free(some: Iterable[int]) -> bool:
        return not all(day in fixed for day in some)

    out: list[Row] = []
    for day in range(1, days - 1):
        if free((day, day + 1, day + 2)):
            out.append(("three_running", [day, day + 1, day + 2], 2, 0))
    for day in weekends:
        beside = [other for other in (day - 1, day + 1) if 1 <= other <= days]
        if free([day, *beside]):
            out += [("beside_weekend", sorted([day, other]), 1, 0) for other in beside]
    for day, other in pairwise(weekends):
        if free((day, other)):
            out.append(("weekends_running", [day, other], 1, 0))
    return out


def _soft(days: int, weekends: list[int], adjacent: int, before: int) -> list[Row]:
    """(code, days, most, cost) of what is charged."""
    out: list[Row] = []
    if adjacent:
        out += [("adjacent_days", [day, day + 1], 1, adjacent) for day in range(1, days - 1)]
    if before:
        out += [("before_weekend", [day - 2, day], 1, before) for day in weekends if day > 2]
    return out


def _whole(given: dict[str, Value], name: str, low: int, high: int) -> int:
    return _within(name, given[name], low, high)


def _within(name: str, value: Value, low: int, high: int) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise InstanceError(name, f"must be a whole number within {low}..{high}")
    return value


def _sets(given: dict[str, Value], name: str, staff: int) -> list[frozenset[int]]:
    found = given[name]
    if not isinstance(found, list) or len(found) != staff:
        raise InstanceError(name, f"must be a list of {staff} sets of days")
    out = []
    for i, one in enumerate(found):
        if not isinstance(one, frozenset):
            raise InstanceError(f"{name}[{i + 1}]", "must be a set of days")
        out.append(one)
    return out


class _Reader:
    """The part of MiniZinc's data files that these have: `name = value;` of numbers, sets, ranges, lists of
    these."""

    def __init__(self, text: str) -> None:
        plain = re.sub(r"/\*.*?\*/", " ", re.sub(r"%[^\n]*", "", text), flags=re.DOTALL)
        self.tokens: list[str] = []
        at = 0
        while plain[at:].strip():
            found = _TOKEN.match(plain, at)
            if found is None:
                raise InstanceError(
                    "file", f"has {plain[at:].split()[0][:20]!r}, which is no data of MiniZinc's"
                )
            self.tokens.append(found[0].strip())
            at = found.end()
        self.at = 0

    def assignments(self) -> dict[str, Value]:
        """Every name with its value."""
        out: dict[str, Value] = {}
        while self.at < len(self.tokens):
            name = self._next()
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                raise InstanceError("file", f"has {name!r} where a name is needed")
            if name in out:
                raise InstanceError(name, "is given twice")
            self._need("=", name)
            out[name] = self._value(name)
            if self.at < len(self.tokens):
                self._need(";", name)
        return out

    def _value(self, name: str) -> Value:
        if not self._comes("["):
            return self._scalar(name)
        items: list[int | frozenset[int]] = []
        while not self._comes("]"):
            items.append(self._scalar(name))
            if not self._comes(","):
                self._need("]", name)
                break
        return items

    def _scalar(self, name: str) -> int | frozenset[int]:
        """A number, or sets joined by `union`."""
        value = self._term(name)
        while isinstance(value, frozenset) and self._comes("union"):
            other = self._term(name)
            if not isinstance(other, frozenset):
                raise InstanceError(name, f"joins a set to {other}, which is none")
            value |= other
        return value

    def _term(self, name: str) -> int | frozenset[int]:
        token = self._next()
        if token == "{":
            some: set[int] = set()
            while not self._comes("}"):
                some.add(self._number(name, self._next()))
                if not self._comes(","):
                    self._need("}", name)
                    break
            return frozenset(some)
        low = self._number(name, token)
        if not self._comes(".."):
            return low
        high = self._number(name, self._next())
        if high - low > MAX_TURNS:
            raise InstanceError(name, f"has the range {low}..{high}, which is too wide")
        return frozenset(range(low, high + 1))

    def _number(self, name: str, token: str) -> int:
        if not re.fullmatch(r"-?\d{1,18}", token):
            raise InstanceError(name, f"has {token or 'its end'!r} where a number is needed")
        return int(token)

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _comes(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def _need(self, token: str, name: str) -> None:
        found = self._next()
        if found != token:
            raise InstanceError(name, f"needs {token!r}, not {found or 'the end'!r}")

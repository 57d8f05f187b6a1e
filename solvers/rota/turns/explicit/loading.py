"""Turns instances as JSON: bring your own sessions and people, without profiles. Every fault has its path.

Keys (all but people and turns may be left out):
    people     [{id, organization = "", most = all turns, hours = 1000000, capacity = 100,
                 carried = {class: hundredths of a turn}, carried_burden = 0, wanted = {role: turns},
                 away = [[start, end]]}]
    turns      [{id, session = the turn's id, role = "lead" | "co" | "shadow", hours = 0, class = the first,
                 start, end}]; times in whole minutes from any instant: nobody takes two that overlap, or
                 one while away
    choices    [[turn, person, burden = 0, preference = 0]]: who may take which; without: all
    attending  [[session, person, hours = 0]]: who is in a session anyway, and what a turn of it takes of
               them, in place of the turn's hours
    windows    [{rule, turns = [ids], most, cost = 0}]: of these nobody takes more; cost > 0: may, for it
    organizations  [{id, most = null, share = null}]: their order, turns at most, and those that are fair
    classes    [{id, spread_cost = 0}]: the ledgers that turns count in
    pinned     [[turn, person]]: who takes a turn, whatever stands against it
    open       [turn]: turns that stay open
    previous   [[turn, person]]: the plan before; one that is no choice now is not kept (see `Document.notes`)
    order, changes, most_broken, mixed: as in `TurnsInstance`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from solvers.faults import InstanceError
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_one_of,
    as_text,
    as_whole,
    entries_of,
    ids_of,
    known_keys,
    no_collection,
    read_json,
)
from solvers.rota.turns.explicit.spans import Span, away, overlapping
from solvers.rota.turns.explicit.writing import instance_to_dict
from solvers.rota.turns.instance import (
    FULL,
    MAX_CARRIED,
    MAX_COST,
    MAX_TURNS,
    Attending,
    Choices,
    Held,
    Index,
    Order,
    Role,
    TurnsInstance,
    Windows,
)

__all__ = ["Document", "instance_to_dict", "load_document", "load_instance"]

ANY_HOURS = 1_000_000
_ROLES = tuple(role.name.lower() for role in Role)
_KEYS = (
    "people", "turns", "choices", "attending", "windows", "organizations", "classes", "pinned", "open",
    "previous", "order", "changes", "most_broken", "mixed",
)  # fmt: skip
_PERSON_KEYS = (
    "id", "organization", "most", "hours", "capacity", "carried", "carried_burden", "wanted", "away",
)  # fmt: skip
_TURN_KEYS = ("id", "session", "role", "hours", "class", "start", "end")

Numbers = dict[str, int]


@dataclass(frozen=True)
class Document:
    """What a file held: the instance, and in `notes` what reading left out."""

    instance: TurnsInstance
    notes: tuple[str, ...] = ()


def load_instance(source: str | Path | Mapping[str, Any]) -> TurnsInstance:
    """The instance of a JSON file or object. Raises InstanceError with the path of the first fault."""
    return load_document(source).instance


def load_document(source: str | Path | Mapping[str, Any]) -> Document:
    """The same with notes."""
    with no_collection():
        return _document(
            read_json(source) if isinstance(source, str | Path) else as_object(source, "instance")
        )


def _document(data: JsonObject) -> Document:
    known_keys(data, "", _KEYS)
    data = _given(data)
    for key in ("people", "turns"):
        if key not in data:
            raise InstanceError(key, "is missing; an instance needs people and turns")
    members, entries = _entries(data, "people", _PERSON_KEYS), _entries(data, "turns", _TURN_KEYS)
    people, turns = ids_of(members, "people"), ids_of(entries, "turns")
    order = Order(as_one_of(data.get("order", "quick"), "order", [one.value for one in Order]))
    classes, prices = _classes(data, entries)
    if prices.any() and order is not Order.COST:
        raise InstanceError("classes", f"has a spread_cost, which goes with order cost, not {order.value}")
    organizations, most, share = _organizations(data, members, len(turns))
    spans = [_span(entry, f"turns[{t}]") for t, entry in enumerate(entries)]
    choices = _choices(data, turns, people, away(spans, _absences(members)))
    pinned = _held(data, "pinned", turns, people)
    fixed = {t for t, _ in pinned}
    unfilled = _named(data.get("open", ()), "open", turns, "turns")
    previous, notes = _previous(_held(data, "previous", turns, people), choices, fixed | set(unfilled), data)
    sessions: Numbers = {}
    for t, entry in enumerate(entries):
        name = as_text(entry.get("session", entry["id"]), f"turns[{t}].session", least=1)
        sessions.setdefault(name, len(sessions))
    return Document(
        TurnsInstance(
            turn_ids=tuple(turns),
            person_ids=tuple(people),
            organization_ids=tuple(organizations),
            class_ids=tuple(classes),
            session=_column(sessions[entry.get("session", entry["id"])] for entry in entries),
            role=_column(
                _ROLES.index(as_one_of(entry.get("role", "lead"), f"turns[{t}].role", _ROLES))
                for t, entry in enumerate(entries)
            ),
            hours=_whole(entries, "turns", "hours", 0, 0, ANY_HOURS),
            class_of=_column(classes[entry.get("class", next(iter(classes)))] for entry in entries),
            choices=choices,
            organization=_column(organizations[person.get("organization", "")] for person in members),
            most=_whole(members, "people", "most", len(turns), 0, MAX_TURNS),
            budget=_whole(members, "people", "hours", ANY_HOURS, 0, ANY_HOURS),
            capacity=_whole(members, "people", "capacity", FULL, 0, 10 * FULL),
            carried=_table(members, "carried", classes, MAX_CARRIED).astype(np.int64),
            carried_burden=_whole(members, "people", "carried_burden", 0, 0, 1_000_000_000).astype(np.int64),
            windows=Windows.of(_windows(data, turns) + overlapping(spans)),
            organization_most=most,
            organization_share=share,
            wanted=_table(members, "wanted", {name: k for k, name in enumerate(_ROLES)}, MAX_TURNS),
            pinned=Held.of(pinned),
            open_turns=np.array(unfilled, np.int32),
            previous=Held.of(previous),
            attending=_attending(data, sessions, people),
            mixed=as_flag(data.get("mixed", True), "mixed"),
            order=order,
            changes=as_one_of(data.get("changes", "tier"), "changes", ("tier", "off")),
            most_broken=None
            if data.get("most_broken") is None
            else as_whole(data["most_broken"], "most_broken", 0, MAX_TURNS),
            spread_cost=prices if order is Order.COST else np.zeros(0, np.int32),
        ),
        notes,
    )


def _entries(data: JsonObject, key: str, keys: Sequence[str]) -> list[JsonObject]:
    return [_given(entry) for entry in entries_of(data.get(key, ()), key, keys)]


def _given(entry: JsonObject) -> JsonObject:
    """Without what is null, which says no more than a missing key."""
    return {key: value for key, value in entry.items() if value is not None}


def _number(value: object, path: str, numbers: Numbers, among: str) -> int:
    name = as_text(value, path)
    if name not in numbers:
        raise InstanceError(path, f"is {name!r}, which is not among the {among}")
    return numbers[name]


def _named(value: object, path: str, numbers: Numbers, among: str) -> list[int]:
    found = [_number(one, f"{path}[{k}]", numbers, among) for k, one in enumerate(as_list(value, path))]
    for k, one in enumerate(found):
        if one in found[:k]:
            raise InstanceError(f"{path}[{k}]", "names a turn twice")
    return found


def _classes(data: JsonObject, turns: list[JsonObject]) -> tuple[Numbers, Index]:
    rows = _entries(data, "classes", ("id", "spread_cost"))
    numbers = ids_of(rows, "classes")
    for t, entry in enumerate(turns):
        if "class" in entry:
            name = as_text(entry["class"], f"turns[{t}].class", least=1)
            if name not in numbers and rows:
                raise InstanceError(f"turns[{t}].class", f"is {name!r}, which is not among the classes")
            numbers.setdefault(name, len(numbers))
    if not numbers:
        numbers["all"] = 0
    prices = np.zeros(len(numbers), np.int32)
    prices[: len(rows)] = _whole(rows, "classes", "spread_cost", 0, 0, MAX_COST)
    return numbers, prices


def _organizations(data: JsonObject, people: list[JsonObject], turns: int) -> tuple[Numbers, Index, Index]:
    rows = _entries(data, "organizations", ("id", "most", "share"))
    numbers = ids_of(rows, "organizations")
    for i, person in enumerate(people):
        name = as_text(person.get("organization", ""), f"people[{i}].organization")
        if name not in numbers and rows:
            where = f"people[{i}].organization"
            raise InstanceError(where, f"is {name!r}, which is not among the organizations")
        numbers.setdefault(name, len(numbers))
    most, share = np.full(len(numbers), -1, np.int32), np.full(len(numbers), turns, np.int32)
    for at, row in enumerate(rows):
        for key, into in (("most", most), ("share", share)):
            if key in row:
                into[at] = as_whole(row[key], f"organizations[{at}].{key}", 0, MAX_TURNS)
    return numbers, most, share


def _span(entry: JsonObject, path: str) -> Span | None:
    if ("start" in entry) != ("end" in entry):
        raise InstanceError(path, "needs both start and end, or neither")
    if "start" not in entry:
        return None
    start = as_whole(entry["start"], f"{path}.start", -(2**40), 2**40)
    return start, as_whole(entry["end"], f"{path}.end", start + 1, 2**40)


def _absences(people: list[JsonObject]) -> list[list[Span]]:
    out: list[list[Span]] = []
    for i, person in enumerate(people):
        own: list[Span] = []
        for k, row in enumerate(as_list(person.get("away", ()), f"people[{i}].away")):
            path = f"people[{i}].away[{k}]"
            ends = as_list(row, path)
            if len(ends) != 2:
                raise InstanceError(path, f"has {len(ends)} values; it needs [start, end]")
            start = as_whole(ends[0], f"{path}[0]", -(2**40), 2**40)
            own.append((start, as_whole(ends[1], f"{path}[1]", start + 1, 2**40)))
        out.append(own)
    return out


def _choices(data: JsonObject, turns: Numbers, people: Numbers, barred: set[tuple[int, int]]) -> Choices:
    rows: list[tuple[int, int, int, int]] = []
    if "choices" not in data:
        rows = [(t, i, 0, 0) for t in range(len(turns)) for i in range(len(people))]
    seen: set[tuple[int, int]] = set()
    for at, entry in enumerate(as_list(data.get("choices", ()), "choices")):
        path = f"choices[{at}]"
        cells = as_list(entry, path)
        if not 2 <= len(cells) <= 4:
            raise InstanceError(path, f"has {len(cells)} values; it needs [turn, person], burden, preference")
        t = _number(cells[0], f"{path}[0]", turns, "turns")
        i = _number(cells[1], f"{path}[1]", people, "people")
        if (t, i) in seen:
            raise InstanceError(path, "names a turn and person that an earlier row has already")
        seen.add((t, i))
        worth = [as_whole(one, f"{path}[{k}]", 0, MAX_COST) for k, one in enumerate(cells[2:], 2)]
        burden, preference = [*worth, 0, 0][:2]
        rows.append((t, i, burden, preference))
    return Choices.of(len(turns), [row for row in rows if row[:2] not in barred])


def _attending(data: JsonObject, sessions: Numbers, people: Numbers) -> Attending:
    out: dict[tuple[int, int], int] = {}
    for at, entry in enumerate(as_list(data.get("attending", ()), "attending")):
        path = f"attending[{at}]"
        cells = as_list(entry, path)
        if not 2 <= len(cells) <= 3:
            raise InstanceError(path, f"has {len(cells)} values; it needs [session, person], hours")
        session = _number(cells[0], f"{path}[0]", sessions, "sessions of the turns")
        person = _number(cells[1], f"{path}[1]", people, "people")
        if (session, person) in out:
            raise InstanceError(path, "names a session and person that an earlier row has already")
        out[session, person] = as_whole(cells[2], f"{path}[2]", 0, ANY_HOURS) if len(cells) > 2 else 0
    return Attending.of([(*key, hours) for key, hours in out.items()])


def _windows(data: JsonObject, turns: Numbers) -> list[tuple[str, Sequence[int], int, int]]:
    out: list[tuple[str, Sequence[int], int, int]] = []
    for w, entry in enumerate(_entries(data, "windows", ("rule", "turns", "most", "cost"))):
        path = f"windows[{w}]"
        for key in ("rule", "turns", "most"):
            if key not in entry:
                raise InstanceError(f"{path}.{key}", "is missing")
        out.append(
            (
                as_text(entry["rule"], f"{path}.rule", least=1),
                _named(entry["turns"], f"{path}.turns", turns, "turns"),
                as_whole(entry["most"], f"{path}.most", 0, MAX_TURNS),
                as_whole(entry.get("cost", 0), f"{path}.cost", 0, MAX_COST),
            )
        )
    return out


def _held(data: JsonObject, key: str, turns: Numbers, people: Numbers) -> list[tuple[int, int]]:
    out: dict[int, int] = {}
    for at, entry in enumerate(as_list(data.get(key, ()), key)):
        path = f"{key}[{at}]"
        cells = as_list(entry, path)
        if len(cells) != 2:
            raise InstanceError(path, f"has {len(cells)} values; it needs [turn, person]")
        t = _number(cells[0], f"{path}[0]", turns, "turns")
        if t in out:
            raise InstanceError(path, "names a turn that an earlier row has already")
        out[t] = _number(cells[1], f"{path}[1]", people, "people")
    return list(out.items())


def _previous(
    rows: list[tuple[int, int]], choices: Choices, fixed: set[int], data: JsonObject
) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    kept = [(t, i) for t, i in rows if t not in fixed and choices.entry(t, i) >= 0]
    notes = []
    for at, (t, i) in enumerate(rows):
        if t not in fixed and choices.entry(t, i) < 0:
            turn, person = data["previous"][at]
            notes.append(f"{person} may not take {turn} any more: it is not among those to be kept.")
    return kept, tuple(notes)


def _column(values: Any) -> Index:
    return np.array(list(values), np.int32)


def _whole(entries: list[JsonObject], key: str, part: str, default: int, low: int, high: int) -> Index:
    return _column(
        as_whole(entry.get(part, default), f"{key}[{at}].{part}", low, high)
        for at, entry in enumerate(entries)
    )


def _table(people: list[JsonObject], part: str, names: Numbers, high: int) -> Index:
    out = np.zeros((len(people), len(names)), np.int32)
    for i, person in enumerate(people):
        path = f"people[{i}].{part}"
        for name, value in as_object(person.get(part, {}), path).items():
            if name not in names:
                raise InstanceError(f"{path}.{name}", f"is not known; known are {', '.join(names)}")
            out[i, names[name]] = as_whole(value, f"{path}.{name}", 0, high)
    return out

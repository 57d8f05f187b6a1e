"""Times instances as JSON: bring your own steps, without profiles. Every fault has its path.

Keys (all but minutes, steps, people and groups may be left out):
    minutes    minutes that a step lasts. steps: number of steps in the cycle
    people     [{id, free = [[first, end]], profile = 0, carried = 0}]: free from step `first` to the one
               before `end`; profile is a row of `burden`
    burden     [[numbers]]: rows of one burden for each step; without it nothing is unsocial
    groups     [{id, members = [ids], starts = [[steps]], length, rotating = false, quorum = 1,
                required = [ids], least_percent = 0, spared = [ids], facilitators = [ids], facing = 0,
                fixed = [[session, step]], closed = [sessions], previous = [[session, step]]}]:
               a row of `starts` is a slot and holds the step of each session, null where it cannot be held
    changes    "tier" or "off"
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from solvers.faults import InstanceError
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_one_of,
    as_whole,
    entries_of,
    ids_of,
    known_keys,
    no_collection,
    number_of,
    read_json,
)
from solvers.rota.times.explicit.writing import instance_to_dict
from solvers.rota.times.instance import MAX_BURDEN, MAX_STEPS, Flags, Group, Index, TimesInstance

__all__ = ["instance_to_dict", "load_instance"]

KEYS = ("minutes", "steps", "people", "burden", "groups", "changes")
PERSON_KEYS = ("id", "free", "profile", "carried")
GROUP_KEYS = (
    "id",
    "members",
    "starts",
    "length",
    "rotating",
    "quorum",
    "required",
    "least_percent",
    "spared",
    "facilitators",
    "facing",
    "fixed",
    "closed",
    "previous",
)


def load_instance(source: str | Path | Mapping[str, Any]) -> TimesInstance:
    """The instance of a JSON file or object. Raises InstanceError with the path of the first fault."""
    with no_collection():
        return _instance(
            read_json(source) if isinstance(source, str | Path) else as_object(source, "instance")
        )


def _instance(data: JsonObject) -> TimesInstance:
    known_keys(data, "", KEYS)
    for key in ("minutes", "steps", "people", "groups"):
        if key not in data:
            raise InstanceError(key, "is missing; an instance needs minutes, steps, people and groups")
    steps = as_whole(data["steps"], "steps", 1, MAX_STEPS)
    people = entries_of(data["people"], "people", PERSON_KEYS)
    groups = entries_of(data["groups"], "groups", GROUP_KEYS)
    numbers, names = ids_of(people, "people"), ids_of(groups, "groups")
    burden = _burden(data.get("burden"), steps)
    return TimesInstance(
        person_ids=tuple(numbers),
        group_ids=tuple(names),
        groups=tuple(_group(entry, f"groups[{at}]", numbers, steps) for at, entry in enumerate(groups)),
        minutes=as_whole(data["minutes"], "minutes", 1, 24 * 60),
        free=_free(people, steps),
        profile=_column(people, "profile", len(burden) - 1),
        burden=burden,
        carried=_column(people, "carried", 1_000_000_000),
        changes=cast(
            Literal["tier", "off"], as_one_of(data.get("changes", "tier"), "changes", ("tier", "off"))
        ),
    )


def _free(people: list[JsonObject], steps: int) -> Flags:
    out = np.zeros((len(people), steps), np.bool_)
    for i, person in enumerate(people):
        path = f"people[{i}].free"
        for k, row in enumerate(as_list(person.get("free", ()), path)):
            first, end = _two(row, f"{path}[{k}]", steps, steps)
            if end < first:
                raise InstanceError(f"{path}[{k}]", f"ends at {end}, before it begins at {first}")
            out[i, first:end] = True
    return out


def _two(value: object, path: str, most: int, other: int) -> tuple[int, int]:
    row = as_list(value, path)
    if len(row) != 2:
        raise InstanceError(path, f"has {len(row)} values; it needs two")
    return as_whole(row[0], f"{path}[0]", 0, most), as_whole(row[1], f"{path}[1]", 0, other)


def _column(people: list[JsonObject], key: str, most: int) -> Index:
    values = [as_whole(one.get(key, 0), f"people[{i}].{key}", 0, most) for i, one in enumerate(people)]
    return np.array(values, np.int32)


def _burden(value: object, steps: int) -> Index:
    if value is None:
        return np.zeros((1, steps), np.int32)
    rows = [as_list(row, f"burden[{k}]") for k, row in enumerate(as_list(value, "burden"))]
    if not rows:
        raise InstanceError("burden", "has no row; leave it out if nothing is unsocial")
    for k, row in enumerate(rows):
        if len(row) != steps:
            raise InstanceError(f"burden[{k}]", f"has {len(row)} values; it needs {steps}, one for each step")
        for x, one in enumerate(row):
            as_whole(one, f"burden[{k}][{x}]", 0, MAX_BURDEN)
    return np.array(rows, np.int32)


def _group(entry: JsonObject, path: str, numbers: dict[str, int], steps: int) -> Group:
    for key in ("members", "starts", "length"):
        if key not in entry:
            raise InstanceError(f"{path}.{key}", "is missing")

    def people(key: str) -> tuple[int, ...]:
        where = f"{path}.{key}"
        rows = as_list(entry.get(key, ()), where)
        return tuple(sorted(number_of(one, f"{where}[{k}]", numbers, "people") for k, one in enumerate(rows)))

    starts = _starts(entry["starts"], f"{path}.starts", steps)
    last = max(0, starts.shape[1] - 1)

    def sessions(key: str) -> tuple[tuple[int, int], ...]:
        rows = as_list(entry.get(key, ()), f"{path}.{key}")
        return tuple(_two(row, f"{path}.{key}[{k}]", last, steps - 1) for k, row in enumerate(rows))

    def whole(key: str, default: int, least: int, most: int) -> int:
        return as_whole(entry.get(key, default), f"{path}.{key}", least, most)

    closed = as_list(entry.get("closed", ()), f"{path}.closed")
    members = people("members")
    return Group(
        members=members,
        starts=starts,
        length=whole("length", 1, 1, steps),
        rotating=as_flag(entry.get("rotating", False), f"{path}.rotating"),
        quorum=whole("quorum", min(1, len(members)), 0, len(members)),
        required=people("required"),
        least_percent=whole("least_percent", 0, 0, 100),
        spared=people("spared"),
        facilitators=people("facilitators"),
        facing=whole("facing", 0, 0, 10),
        fixed=sessions("fixed"),
        closed=tuple(as_whole(one, f"{path}.closed[{k}]", 0, last) for k, one in enumerate(closed)),
        previous=sessions("previous"),
    )


def _starts(value: object, path: str, steps: int) -> Index:
    rows = [as_list(row, f"{path}[{s}]") for s, row in enumerate(as_list(value, path))]
    if not rows:
        raise InstanceError(path, "has no slot")
    table = np.full((len(rows), len(rows[0])), -1, np.int32)
    for s, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InstanceError(
                f"{path}[{s}]", f"has {len(row)} sessions, and the first slot has {len(rows[0])}"
            )
        for t, one in enumerate(row):
            if one is not None:
                table[s, t] = as_whole(one, f"{path}[{s}][{t}]", 0, steps - 1)
    return table

"""Pods instances as JSON: bring your own points, without profiles. Every fault has its path.

Keys (all but members, pods and seats may be left out):
    members    [{id, organization = "", capacity = 1, hours = 0, newcomer = false, veteran = false,
                priority = 0, abilities = [names], languages = [names]}]
    pods       [{id, least, most, must_run, priority, least_organizations, most_share, sponsor, presence,
                needs = [{ability, worth = [numbers], least}], languages = [names], rhythm, slot, quorum,
                hours}]
    seats      [[member id, pod id, points]], the eligible seats; a fourth number is the satisfaction
    pairs      [[member, member, points]]: pair terms
    rhythms    [{minutes, start = [minutes after Monday 00:00],
                attendance = [[member, slot number, "always" | "half" | "never", ease = 0]]}];
                who is not listed never comes
    rivals     [[organization, organization]]
    apart, together  [[member, member]]
    pinned     [[member, pod]]: must be in the answer; 0 points if no seat, or those of a third value
    previous   [[member, pod]]: worth keeping; one that is no seat is not (see `Document.notes`)
    order, changes, bonus, most_broken, organization_worth, most_newcomers, veteran_each: as in `PodsInstance`
    organizations, abilities, languages  [names]: their order, when it matters
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from solvers.faults import InstanceError
from solvers.pods.explicit.groups import read_pods, read_rhythms
from solvers.pods.explicit.writing import instance_to_dict
from solvers.pods.instance import MAX_SIZE, MAX_WORTH, Index, Order, Pairs, PairTerms, PodsInstance, Seats
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_one_of,
    as_text,
    as_whole,
    ids_of,
    known_keys,
    no_collection,
    number_of,
    read_json,
)

__all__ = ["Document", "instance_to_dict", "load_document", "load_instance"]

_KEYS = (
    "members",
    "pods",
    "seats",
    "pairs",
    "rhythms",
    "rivals",
    "apart",
    "together",
    "pinned",
    "previous",
    "order",
    "changes",
    "bonus",
    "most_broken",
    "organization_worth",
    "most_newcomers",
    "veteran_each",
    "organizations",
    "abilities",
    "languages",
)
_MEMBER_KEYS = (
    "id",
    "organization",
    "capacity",
    "hours",
    "newcomer",
    "veteran",
    "priority",
    "abilities",
    "languages",
)


@dataclass(frozen=True)
class Document:
    """What a file held: the instance, and in `notes` what reading left out."""

    instance: PodsInstance
    notes: tuple[str, ...] = ()


def load_instance(source: str | Path | Mapping[str, Any]) -> PodsInstance:
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
    for key in ("members", "pods", "seats"):
        if key not in data:
            raise InstanceError(key, "is missing; an instance needs members, pods and seats")
    people = [
        as_object(entry, f"members[{at}]") for at, entry in enumerate(as_list(data["members"], "members"))
    ]
    groups = [as_object(entry, f"pods[{at}]") for at, entry in enumerate(as_list(data["pods"], "pods"))]
    for at, person in enumerate(people):
        known_keys(person, f"members[{at}]", _MEMBER_KEYS)
    members, pods = ids_of(people, "members"), ids_of(groups, "pods")
    named = {
        "organizations": _names(data, "organizations", _homes(people)),
        "abilities": _names(data, "abilities", _listed(people, "members", "abilities")),
        "languages": _names(data, "languages", _listed(people, "members", "languages")),
    }
    of_pods = read_pods(groups, named, fixed={key for key in named if key in data})
    organizations, abilities, languages = named.values()
    n, count = len(members), len(pods)
    points, eligible, satisfaction = _seats(data["seats"], members, pods)
    pinned = _pins(data, members, pods, eligible, points)
    previous, notes = _previous(data, members, pods, eligible, pinned)
    terms, value = _terms(data, members)
    instance = PodsInstance(
        member_ids=tuple(members),
        pod_ids=tuple(pods),
        organization_ids=tuple(organizations),
        pods=of_pods,
        points=points,
        eligible=eligible,
        organization=_column(organizations[name] for name in _homes(people)),
        capacity=_whole(people, "capacity", 1, MAX_SIZE),
        budget=_whole(people, "hours", 0, 1_000_000),
        newcomer=_flags(people, "newcomer"),
        veteran=_flags(people, "veteran"),
        priority=_whole(people, "priority", 0, 1000),
        able=_table(people, "abilities", abilities),
        speaks=_table(people, "languages", languages),
        pair_terms=PairTerms.of(n, terms, value),
        rivals=_pairs(data, "rivals", organizations, "organizations"),
        apart=_pairs(data, "apart", members, "members"),
        together=_pairs(data, "together", members, "members"),
        pinned=pinned,
        previous=previous,
        rhythms=read_rhythms(data.get("rhythms", ()), members),
        satisfaction=satisfaction if count else None,
        organization_worth=_worth(data.get("organization_worth", ()), "organization_worth"),
        most_newcomers=as_whole(data.get("most_newcomers", 100), "most_newcomers", 0, 100),
        veteran_each=as_flag(data.get("veteran_each", False), "veteran_each"),
        order=Order(as_one_of(data.get("order", "welfare"), "order", [order.value for order in Order])),
        changes=cast(
            Literal["tier", "bonus", "off"],
            as_one_of(data.get("changes", "tier"), "changes", ("tier", "bonus", "off")),
        ),
        bonus=as_whole(data.get("bonus", 0), "bonus", 0, MAX_WORTH),
        most_broken=None
        if data.get("most_broken") is None
        else as_whole(data["most_broken"], "most_broken", 0, 2**31 - 1),
    )
    return Document(instance, notes)


def _homes(people: list[JsonObject]) -> list[str]:
    return [
        as_text(person.get("organization", ""), f"members[{at}].organization")
        for at, person in enumerate(people)
    ]


def _listed(entries: list[JsonObject], key: str, part: str) -> list[str]:
    """Every name in a list of each entry, in order."""
    return [
        as_text(name, f"{key}[{at}].{part}[{k}]", least=1)
        for at, entry in enumerate(entries)
        for k, name in enumerate(as_list(entry.get(part, ()), f"{key}[{at}].{part}"))
    ]


def _names(data: JsonObject, key: str, used: Iterable[str]) -> dict[str, int]:
    """Numbers of names: as listed, or in the order in which members name them."""
    numbers: dict[str, int] = {}
    if key not in data:
        for name in used:
            numbers.setdefault(name, len(numbers))
        return numbers
    for at, name in enumerate(as_list(data[key], key)):
        if as_text(name, f"{key}[{at}]") in numbers:
            raise InstanceError(f"{key}[{at}]", f"names {name!r} twice")
        numbers[name] = at
    for name in used:
        if name not in numbers:
            raise InstanceError(key, f"lacks {name!r}, which a member names; add it or leave {key} out")
    return numbers


def _seats(value: object, members: dict[str, int], pods: dict[str, int]) -> tuple[Index, Any, Any]:
    points = np.zeros((len(members), len(pods)), np.int32)
    eligible = np.zeros(points.shape, bool)
    satisfaction = np.zeros(points.shape, np.int16)
    with_satisfaction = False
    for at, row in enumerate(as_list(value, "seats")):
        path = f"seats[{at}]"
        entry = as_list(row, path)
        if not 3 <= len(entry) <= 4:
            raise InstanceError(path, f"has {len(entry)} values; it needs [member, pod, points]")
        i, p = number_of(entry[0], path, members, "members"), number_of(entry[1], path, pods, "pods")
        if eligible[i, p]:
            raise InstanceError(path, "names a seat that an earlier row has already")
        eligible[i, p] = True
        points[i, p] = as_whole(entry[2], f"{path}[2]", -MAX_WORTH, MAX_WORTH)
        if len(entry) == 4:
            satisfaction[i, p] = as_whole(entry[3], f"{path}[3]", 0, 1000)
            with_satisfaction = True
    return points, eligible, satisfaction if with_satisfaction else None


def _rows(
    data: JsonObject,
    key: str,
    one: dict[str, int],
    other: dict[str, int],
    roles: tuple[str, str],
    longest: int,
) -> list[tuple[int, int, list[Any]]]:
    """Rows of two ids and perhaps more; no two of the same ids."""
    out: list[tuple[int, int, list[Any]]] = []
    seen: dict[tuple[int, int], int] = {}
    for at, row in enumerate(as_list(data.get(key, ()), key)):
        path = f"{key}[{at}]"
        entry = as_list(row, path)
        if not 2 <= len(entry) <= longest:
            raise InstanceError(path, f"has {len(entry)} values; it needs [{roles[0][:-1]}, {roles[1][:-1]}]")
        pair = number_of(entry[0], path, one, roles[0]), number_of(entry[1], path, other, roles[1])
        if one is other and pair[0] == pair[1]:
            raise InstanceError(path, "pairs something with itself")
        same = (min(pair), max(pair)) if one is other else pair
        if same in seen:
            raise InstanceError(path, f"names the same pair as {key}[{seen[same]}]")
        seen[same] = at
        out.append((*pair, list(entry[2:])))
    return out


def _pairs(data: JsonObject, key: str, numbers: dict[str, int], role: str) -> Pairs:
    rows = [(a, b) for a, b, _ in _rows(data, key, numbers, numbers, (role, role), 2)]
    return np.array(rows, np.int32).reshape(-1, 2)


def _terms(data: JsonObject, members: dict[str, int]) -> tuple[Pairs, Index]:
    rows = _rows(data, "pairs", members, members, ("members", "members"), 3)
    for at, (_, _, rest) in enumerate(rows):
        if len(rest) != 1:
            raise InstanceError(f"pairs[{at}]", "has 2 values; it needs [member, member, points]")
        as_whole(rest[0], f"pairs[{at}][2]", -MAX_WORTH, MAX_WORTH)
    pairs = np.array([(a, b) for a, b, _ in rows], np.int32).reshape(-1, 2)
    return pairs, _column(rest[0] for _, _, rest in rows)


def _pins(
    data: JsonObject, members: dict[str, int], pods: dict[str, int], eligible: Any, points: Index
) -> Seats:
    rows = _rows(data, "pinned", members, pods, ("members", "pods"), 3)
    for at, (i, p, rest) in enumerate(rows):
        if rest:
            own = as_whole(rest[0], f"pinned[{at}][2]", -MAX_WORTH, MAX_WORTH)
            if eligible[i, p] and own != points[i, p]:
                raise InstanceError(f"pinned[{at}][2]", f"is {own}, but the seat has {points[i, p]} points")
            points[i, p] = own
    return Seats.of([(i, p) for i, p, _ in rows])


def _previous(
    data: JsonObject, members: dict[str, int], pods: dict[str, int], eligible: Any, pinned: Seats
) -> tuple[Seats, tuple[str, ...]]:
    pins = set(pinned.rows())
    rows = [(i, p) for i, p, _ in _rows(data, "previous", members, pods, ("members", "pods"), 2)]
    free = [row for row in rows if row not in pins]
    kept = [(i, p) for i, p in free if eligible[i, p]]
    lost = len(free) - len(kept)
    notes = (f"{lost} previous seats are no longer eligible and cannot be kept",) if lost else ()
    return Seats.of(kept), notes


def _worth(value: object, path: str) -> tuple[int, ...]:
    return tuple(as_whole(one, f"{path}[{k}]", 0, MAX_WORTH) for k, one in enumerate(as_list(value, path)))


def _whole(people: list[JsonObject], key: str, default: int, high: int) -> Index:
    return _column(
        as_whole(person.get(key, default), f"members[{at}].{key}", 0, high)
        for at, person in enumerate(people)
    )


def _flags(people: list[JsonObject], key: str) -> Any:
    flags = [as_flag(person.get(key, False), f"members[{at}].{key}") for at, person in enumerate(people)]
    return np.array(flags, bool)


def _table(people: list[JsonObject], key: str, numbers: dict[str, int]) -> Any:
    table = np.zeros((len(people), len(numbers)), bool)
    for i, person in enumerate(people):
        for name in person.get(key, ()):
            table[i, numbers[name]] = True
    return table


def _column(values: Iterable[int]) -> Index:
    return np.array(list(values), np.int32)

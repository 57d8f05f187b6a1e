"""Rounds instances as JSON: bring your own people, without profiles. Every fault has its path.

Keys (all but members, rounds and size may be left out):
    members      [{id, organization = none, absent = [rounds, from 1], languages = any}]; no organization:
                 nobody else is of theirs; a group needs a language that all of it speak
    rounds       how many, those held included
    size         of groups, as wished; least, most: sizes allowed where people do not divide
    met          [[id, id, weight = 1]]: pairs who met before, and what one more meeting costs
    repeat_weight  what the second meeting of two people in these rounds costs; 1
    apart        [[id, id]]: people who must never meet
    competitors  [[organization, organization]]: their people must never meet
    most_of_one  people of one organization in a group, at most
    held         [[[ids of a group], ...], ...]: the first rounds, which took place already
    together     [[round, id, id]]: who must share a group of an open round
    before       [[[ids of a group], ...], ...]: the open rounds as planned before, worth keeping
    frozen       true: groups before that can go on have to; false
    organizations [ids]: their order, when it matters
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from solvers.faults import InstanceError
from solvers.pods.rounds.instance import MAX_ROUNDS, MAX_WEIGHT, Index, Met, Round, RoundsInstance
from solvers.pods.rounds.sizes import MAX_SIZE, bounds_of
from solvers.pods.rounds.table import canonical
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_text,
    as_whole,
    known_keys,
    number_of,
    read_json,
)

KEYS = (
    "members",
    "rounds",
    "size",
    "least",
    "most",
    "met",
    "repeat_weight",
    "apart",
    "competitors",
    "most_of_one",
    "held",
    "together",
    "before",
    "frozen",
    "organizations",
)


def load_instance(source: str | Path | Mapping[str, Any]) -> RoundsInstance:
    """The instance of a JSON file or object. Raises InstanceError with the path of the first fault."""
    data = read_json(source) if isinstance(source, str | Path) else as_object(source, "instance")
    known_keys(data, "", KEYS)
    for key in ("members", "rounds", "size"):
        if key not in data:
            raise InstanceError(key, "is missing; an instance needs members, rounds and size")
    rounds = as_whole(data["rounds"], "rounds", 1, MAX_ROUNDS)
    size = as_whole(data["size"], "size", 2, MAX_SIZE)
    least, most = bounds_of(size)
    organizations: dict[str, int] = {}
    for at, one in enumerate(as_list(data.get("organizations", ()), "organizations")):
        if organizations.setdefault(as_text(one, f"organizations[{at}]", least=1), at) != at:
            raise InstanceError(f"organizations[{at}]", f"names {one!r} twice")
    numbers, home, absent, spoken = _members(data, rounds, organizations)
    languages = sorted({one for tongues in spoken.values() for one in tongues})
    speaks = np.ones((len(numbers), len(languages)) if languages else (0, 0), np.bool_)
    for i, tongues in spoken.items():
        speaks[i] = [one in tongues for one in languages]
    names = list(organizations)
    for i, one in enumerate(home):
        if one < 0:  # an organization of their own, without a name
            home[i] = len(names)
            names.append("")
    attendance = np.ones((len(numbers), rounds), bool)
    for i, number in absent:
        attendance[i, number] = False
    met = _met(data, numbers)
    return RoundsInstance(
        person_ids=tuple(numbers),
        organization_ids=tuple(names),
        organization=np.array(home, np.int32),
        attendance=attendance,
        size=size,
        least=as_whole(data.get("least", least), "least", 2, size),
        most=as_whole(data.get("most", most), "most", size, MAX_SIZE + 1),
        met=met,
        apart=_pairs(data, "apart", numbers, "members"),
        competitors=_pairs(data, "competitors", organizations, "organizations"),
        most_of_one=(
            None
            if data.get("most_of_one") is None
            else as_whole(data["most_of_one"], "most_of_one", 1, MAX_SIZE)
        ),
        language_ids=tuple(languages),
        speaks=speaks,
        repeat_weight=as_whole(data.get("repeat_weight", 1), "repeat_weight", 1, MAX_WEIGHT),
        held=_rounds(data, "held", numbers),
        together=_together(data, rounds, numbers),
        before=_rounds(data, "before", numbers),
        frozen=as_flag(data.get("frozen", False), "frozen"),
    )


def _members(
    data: JsonObject, rounds: int, organizations: dict[str, int]
) -> tuple[dict[str, int], list[int], list[tuple[int, int]], dict[int, set[str]]]:
    """Numbers of the ids, organization numbers (-1 for none), (member, round) of absences, and the languages
    of those who name some."""
    listed = bool(organizations)
    numbers: dict[str, int] = {}
    home: list[int] = []
    absent: list[tuple[int, int]] = []
    spoken: dict[int, set[str]] = {}
    for at, entry in enumerate(as_list(data["members"], "members")):
        path = f"members[{at}]"
        member = as_object(entry, path)
        known_keys(member, path, ("id", "organization", "absent", "languages"))
        if "id" not in member:
            raise InstanceError(f"{path}.id", "is missing")
        name = as_text(member["id"], f"{path}.id", least=1)
        if name in numbers:
            raise InstanceError(f"{path}.id", f"is {name!r}, the id of members[{numbers[name]}] already")
        numbers[name] = at
        organization = as_text(member.get("organization", ""), f"{path}.organization")
        if not organization:
            home.append(-1)
        elif listed:
            home.append(number_of(organization, f"{path}.organization", organizations, "organizations"))
        else:
            home.append(organizations.setdefault(organization, len(organizations)))
        for k, number in enumerate(as_list(member.get("absent", ()), f"{path}.absent")):
            absent.append((at, as_whole(number, f"{path}.absent[{k}]", 1, rounds) - 1))
        if "languages" in member:
            tongues = as_list(member["languages"], f"{path}.languages")
            if not tongues:
                raise InstanceError(f"{path}.languages", "names none; leave it out for any language")
            spoken[at] = {as_text(one, f"{path}.languages[{k}]", least=1) for k, one in enumerate(tongues)}
    return numbers, home, absent, spoken


def _pairs(data: JsonObject, key: str, numbers: dict[str, int], role: str) -> Index:
    rows = []
    for at, row in enumerate(as_list(data.get(key, ()), key)):
        entry = as_list(row, f"{key}[{at}]")
        if len(entry) != 2:
            raise InstanceError(f"{key}[{at}]", f"has {len(entry)} values; it needs two {role}")
        rows.append([number_of(one, f"{key}[{at}]", numbers, role) for one in entry])
    return np.array(rows, np.int32).reshape(-1, 2)


def _met(data: JsonObject, numbers: dict[str, int]) -> Met:
    rows = []
    for at, row in enumerate(as_list(data.get("met", ()), "met")):
        entry = as_list(row, f"met[{at}]")
        if not 2 <= len(entry) <= 3:
            raise InstanceError(f"met[{at}]", f"has {len(entry)} values; it needs two members and a weight")
        pair = [number_of(one, f"met[{at}]", numbers, "members") for one in entry[:2]]
        weight = as_whole(entry[2], f"met[{at}][2]", 1, MAX_WEIGHT) if len(entry) == 3 else 1
        rows.append([*pair, weight])
    columns = np.array(rows, np.int32).reshape(-1, 3)
    return Met(columns[:, 0], columns[:, 1], columns[:, 2])


def _together(data: JsonObject, rounds: int, numbers: dict[str, int]) -> tuple[tuple[int, int, int], ...]:
    rows = []
    for at, row in enumerate(as_list(data.get("together", ()), "together")):
        path = f"together[{at}]"
        entry = as_list(row, path)
        if len(entry) != 3:
            raise InstanceError(path, f"has {len(entry)} values; it needs a round and two members")
        one, other = (number_of(name, path, numbers, "members") for name in entry[1:])
        rows.append((as_whole(entry[0], f"{path}[0]", 1, rounds) - 1, one, other))
    return tuple(rows)


def _rounds(data: JsonObject, key: str, numbers: dict[str, int]) -> tuple[Round, ...]:
    rounds = []
    for number, groups in enumerate(as_list(data.get(key, ()), key)):
        path = f"{key}[{number}]"
        rounds.append(
            canonical(
                [
                    [
                        number_of(one, f"{path}[{g}]", numbers, "members")
                        for one in as_list(group, f"{path}[{g}]")
                    ]
                    for g, group in enumerate(as_list(groups, path))
                ]
            )
        )
    return tuple(rounds)


def instance_to_dict(instance: RoundsInstance) -> dict[str, Any]:
    """The JSON object of an instance; `load_instance` gives the same instance back, field by field."""
    ids, names = instance.person_ids, instance.organization_ids
    met = instance.met
    return {
        "organizations": [name for name in names if name],
        "members": [
            {
                "id": ids[i],
                "organization": names[home],
                "absent": (np.flatnonzero(~instance.attendance[i]) + 1).tolist(),
                **_languages_of(instance, i),
            }
            for i, home in enumerate(instance.organization.tolist())
        ],
        "rounds": instance.n_rounds,
        "size": instance.size,
        "least": instance.least,
        "most": instance.most,
        "met": [
            [ids[i], ids[j], w]
            for i, j, w in zip(met.first.tolist(), met.second.tolist(), met.weight.tolist(), strict=True)
        ],
        "repeat_weight": instance.repeat_weight,
        "apart": [[ids[i], ids[j]] for i, j in instance.apart.tolist()],
        "competitors": [[names[a], names[b]] for a, b in instance.competitors.tolist()],
        "most_of_one": instance.most_of_one,
        "held": [[[ids[i] for i in group] for group in groups] for groups in instance.held],
        "together": [[number + 1, ids[i], ids[j]] for number, i, j in instance.together],
        "before": [[[ids[i] for i in group] for group in groups] for groups in instance.before],
        "frozen": instance.frozen,
    }


def _languages_of(instance: RoundsInstance, i: int) -> dict[str, list[str]]:
    if not len(instance.language_ids):
        return {}
    return {"languages": [instance.language_ids[k] for k in np.flatnonzero(instance.speaks[i]).tolist()]}

"""Pairs instances as JSON: bring your own points, without profiles. Every fault has its path.

Keys (all but learners, guides and edges may be left out):
    learners   [{id, need = 1, organization = "", priority = 0}]
    guides     [{id, capacity = 1, min_load = 0, organization = ""}]
    edges      [[learner id, guide id, points 0..1000]], the eligible pairs
    pinned     [[learner, guide]]: must be in the answer; 0 points if no edge, or those of a third value
    previous   [[learner, guide]]: worth keeping; one that is no edge is not (see `Document.notes`)
    forbidden  [[learner, guide]]: taken out of the edges
    order, changes, bonus, both_ways, most_broken, all_or_nothing, floor_on: as in `PairsInstance`
    balance    {slack, slack_of {organization: slack}, carried {organization: received minus given so far},
                group_of {organization: group}, group_slack,
                bounds {organization: [least, most]}, group_bounds {group: [least, most]}}
    quotas     [{name, side "received" | "given", members [ids], most}]
    budgets    [{learner, guide, learner_cost, guide_cost, most}]
    same_person [[learner, guide]]: who is both
    wishes     {learners {id: [guide ids, best first]}, guides {id: [learner ids]}}, for the stable order
    organizations [ids]: their order, when it matters
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.edges import NOT_ELIGIBLE, Edges, Index, IntArray
from solvers.pairs.explicit.balances import read_balance
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.explicit.writing import instance_to_dict
from solvers.pairs.instance import MAX_NEED, MAX_POINTS, Budget, Order, PairsInstance, Quota
from solvers.pairs.stable.wishes import ListedWishes
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_one_of,
    as_text,
    as_whole,
    known_keys,
    no_collection,
    number_of,
    read_json,
)

__all__ = ["Document", "ExplicitEdges", "instance_to_dict", "load_document", "load_instance"]

MAX_COUNT = 1_000_000
_KEYS = (
    "learners",
    "guides",
    "edges",
    "pinned",
    "previous",
    "forbidden",
    "order",
    "changes",
    "bonus",
    "balance",
    "quotas",
    "budgets",
    "same_person",
    "both_ways",
    "most_broken",
    "all_or_nothing",
    "floor_on",
    "wishes",
    "organizations",
)


@dataclass(frozen=True)
class Document:
    """What a file held: the instance, the wishes beside it, and in `notes` what reading left out."""

    instance: PairsInstance
    wishes: ListedWishes
    notes: tuple[str, ...] = ()


def load_instance(source: str | Path | Mapping[str, Any]) -> PairsInstance:
    """The instance of a JSON file or object. Raises InstanceError with the path of the first fault."""
    return load_document(source).instance


def load_document(source: str | Path | Mapping[str, Any]) -> Document:
    """The same with wishes and notes."""
    with no_collection():
        return _document(
            read_json(source) if isinstance(source, str | Path) else as_object(source, "instance")
        )


def _document(data: JsonObject) -> Document:
    known_keys(data, "", _KEYS)
    for key in ("learners", "guides", "edges"):
        if key not in data:
            raise InstanceError(key, "is missing; an instance needs learners, guides and edges")
    people_l = _people(data["learners"], "learners", {"need": (1, MAX_NEED), "priority": (0, 1000)})
    people_g = _people(data["guides"], "guides", {"capacity": (1, MAX_COUNT), "min_load": (0, MAX_COUNT)})
    n, m = len(people_l.ids), len(people_g.ids)
    for j, (load, places) in enumerate(zip(people_g.of["min_load"], people_g.of["capacity"], strict=True)):
        if load > places:
            raise InstanceError(f"guides[{j}].min_load", f"is {load}, above the capacity {places}")
    organizations = _organizations(data, people_l, people_g)
    learners, guides = people_l.numbers, people_g.numbers
    listed = _edges(data["edges"], learners, guides)
    forbidden = _pairs(data, "forbidden", learners, guides)
    every = ExplicitEdges(n, m, listed)
    edges = every
    if len(forbidden):
        banned = np.isin(_keys(listed, m), _keys(forbidden, m))
        edges = ExplicitEdges(
            n, m, Edges(listed.learner[~banned], listed.guide[~banned], listed.points[~banned])
        )
    pinned = _pins(data, learners, guides, edges, forbidden)
    guide_of_learner = _same_person(data, learners, guides)
    if len(guide_of_learner):
        for key, pairs in (("edges", listed), ("pinned", pinned)):
            alone = np.flatnonzero(guide_of_learner[pairs.learner] == pairs.guide)
            if len(alone):
                raise InstanceError(
                    f"{key}[{int(alone[0])}]", "pairs one person with themselves (see same_person)"
                )
    previous = _pairs(data, "previous", learners, guides)
    points = edges.points(previous.learner, previous.guide)
    pinned_too = np.isin(_keys(previous, m), _keys(pinned, m))
    worth = (points != NOT_ELIGIBLE) & ~pinned_too
    lost = int(np.count_nonzero((points == NOT_ELIGIBLE) & ~pinned_too))
    notes = (f"{lost} previous pairs are no longer eligible and cannot be kept",) if lost else ()
    instance = PairsInstance(
        learner_ids=people_l.ids,
        guide_ids=people_g.ids,
        organization_ids=tuple(organizations),
        edges=edges,
        need=_column(people_l.of["need"]),
        capacity=_column(people_g.of["capacity"]),
        min_load=_column(people_g.of["min_load"]),
        learner_org=_column([organizations[name] for name in people_l.organizations]),
        guide_org=_column([organizations[name] for name in people_g.organizations]),
        priority=_column(people_l.of["priority"]),
        pinned=pinned,
        previous=Edges(previous.learner[worth], previous.guide[worth], points[worth]),
        order=Order(as_one_of(data.get("order", "welfare"), "order", [order.value for order in Order])),
        changes=cast(
            Literal["tier", "bonus", "off"],
            as_one_of(data.get("changes", "tier"), "changes", ("tier", "bonus", "off")),
        ),
        bonus=as_whole(data.get("bonus", 0), "bonus", 0, MAX_POINTS),
        balance=read_balance(data.get("balance"), organizations),
        quotas=_quotas(data, learners, guides),
        budgets=_budgets(data, learners, guides),
        guide_of_learner=guide_of_learner,
        both_ways=as_flag(data.get("both_ways", True), "both_ways"),
        most_broken=_maybe_whole(data.get("most_broken"), "most_broken"),
        all_or_nothing=as_flag(data.get("all_or_nothing", False), "all_or_nothing"),
        floor_on=cast(
            Literal["pair", "sum"], as_one_of(data.get("floor_on", "pair"), "floor_on", ("pair", "sum"))
        ),
    )
    return Document(instance, _wishes(data, learners, guides), notes)


@dataclass(frozen=True)
class _People:
    ids: tuple[str, ...]
    numbers: dict[str, int]
    organizations: list[str]
    of: dict[str, list[int]]


def _people(value: object, key: str, whole: Mapping[str, tuple[int, int]]) -> _People:
    """One side: ids, organizations, and the whole-number fields `whole` (name -> default, highest)."""
    numbers: dict[str, int] = {}
    organizations: list[str] = []
    of: dict[str, list[int]] = {name: [] for name in whole}
    for at, entry in enumerate(as_list(value, key)):
        path = f"{key}[{at}]"
        person = as_object(entry, path)
        known_keys(person, path, ("id", "organization", *whole))
        if "id" not in person:
            raise InstanceError(f"{path}.id", "is missing")
        name = as_text(person["id"], f"{path}.id", least=1)
        if name in numbers:
            raise InstanceError(f"{path}.id", f"is {name!r}, the id of {key}[{numbers[name]}] already")
        numbers[name] = at
        organizations.append(as_text(person.get("organization", ""), f"{path}.organization"))
        for field, (default, high) in whole.items():
            of[field].append(as_whole(person.get(field, default), f"{path}.{field}", 0, high))
    return _People(tuple(numbers), numbers, organizations, of)


def _organizations(data: JsonObject, learners: _People, guides: _People) -> dict[str, int]:
    """Organization numbers: as listed, or in the order in which people and the ledger name them."""
    numbers: dict[str, int] = {}
    if "organizations" in data:
        for at, name in enumerate(as_list(data["organizations"], "organizations")):
            path = f"organizations[{at}]"
            if as_text(name, path) in numbers:
                raise InstanceError(path, f"names {name!r} twice")
            numbers[name] = at
        for key, people in (("learners", learners), ("guides", guides)):
            for at, name in enumerate(people.organizations):
                number_of(name, f"{key}[{at}].organization", numbers, "organizations")
        return numbers
    for name in chain(learners.organizations, guides.organizations):
        numbers.setdefault(name, len(numbers))
    return numbers


def _edges(value: object, learners: dict[str, int], guides: dict[str, int]) -> Edges:
    rows = as_list(value, "edges")
    try:  # millions of good edges are read in whole columns; only a fault is looked for one by one
        if rows and {len(row) for row in rows} == {3} and {type(row) for row in rows} <= {list, tuple}:
            left, right, points = zip(*rows, strict=True)
            if {type(w) for w in points} == {int} and min(points) >= 0 and max(points) <= MAX_POINTS:
                return Edges(
                    _column([learners[i] for i in left]), _column([guides[j] for j in right]), _column(points)
                )
    except (KeyError, TypeError):
        pass
    for at, row in enumerate(rows):
        entry = as_list(row, f"edges[{at}]")
        if len(entry) != 3:
            raise InstanceError(f"edges[{at}]", f"has {len(entry)} values; it needs [learner, guide, points]")
        number_of(entry[0], f"edges[{at}]", learners, "learners")
        number_of(entry[1], f"edges[{at}]", guides, "guides")
        as_whole(entry[2], f"edges[{at}][2]", 0, MAX_POINTS)
    return Edges(_column([]), _column([]), _column([]))


def _pairs(data: JsonObject, key: str, learners: dict[str, int], guides: dict[str, int]) -> Edges:
    """Pairs of ids; a third value, where there is one, is kept as points, else points are NOT_ELIGIBLE."""
    left: list[int] = []
    right: list[int] = []
    points: list[int] = []
    seen: dict[tuple[int, int], int] = {}
    longest = 3 if key == "pinned" else 2
    for at, row in enumerate(as_list(data.get(key, ()), key)):
        path = f"{key}[{at}]"
        entry = as_list(row, path)
        if not 2 <= len(entry) <= longest:
            raise InstanceError(path, f"has {len(entry)} values; it needs [learner, guide]")
        pair = (number_of(entry[0], path, learners, "learners"), number_of(entry[1], path, guides, "guides"))
        if pair in seen:
            raise InstanceError(path, f"names the same pair as {key}[{seen[pair]}]")
        seen[pair] = at
        left.append(pair[0])
        right.append(pair[1])
        points.append(as_whole(entry[2], f"{path}[2]", 0, MAX_POINTS) if len(entry) == 3 else NOT_ELIGIBLE)
    return Edges(_column(left), _column(right), _column(points))


def _pins(
    data: JsonObject, learners: dict[str, int], guides: dict[str, int], edges: ExplicitEdges, forbidden: Edges
) -> Edges:
    pins = _pairs(data, "pinned", learners, guides)
    clash = np.flatnonzero(np.isin(_keys(pins, len(guides)), _keys(forbidden, len(guides))))
    if len(clash):
        raise InstanceError(f"pinned[{int(clash[0])}]", "is forbidden too; take it out of one of the lists")
    usual = edges.points(pins.learner, pins.guide)
    other = np.flatnonzero((pins.points != NOT_ELIGIBLE) & (usual != NOT_ELIGIBLE) & (pins.points != usual))
    if len(other):
        at = int(other[0])
        raise InstanceError(f"pinned[{at}][2]", f"is {pins.points[at]}, but the edge has {usual[at]} points")
    return Edges(pins.learner, pins.guide, np.maximum(np.maximum(pins.points, usual), 0).astype(np.int32))


def _quotas(data: JsonObject, learners: dict[str, int], guides: dict[str, int]) -> tuple[Quota, ...]:
    out: list[Quota] = []
    for at, row in enumerate(as_list(data.get("quotas", ()), "quotas")):
        path = f"quotas[{at}]"
        quota = as_object(row, path)
        known_keys(quota, path, ("name", "side", "members", "most"))
        side = as_one_of(quota.get("side"), f"{path}.side", ("received", "given"))
        numbers, role = (learners, "learners") if side == "received" else (guides, "guides")
        members = [
            number_of(one, f"{path}.members[{k}]", numbers, role)
            for k, one in enumerate(as_list(quota.get("members"), f"{path}.members"))
        ]
        if len(set(members)) < len(members):
            raise InstanceError(f"{path}.members", "names somebody twice")
        most = as_whole(quota.get("most"), f"{path}.most", 0, MAX_COUNT)
        name = as_text(quota.get("name", f"quota {at + 1}"), f"{path}.name")
        out.append(Quota(name, cast(Literal["received", "given"], side), _column(members), most))
    return tuple(out)


def _budgets(data: JsonObject, learners: dict[str, int], guides: dict[str, int]) -> tuple[Budget, ...]:
    out: list[Budget] = []
    for at, row in enumerate(as_list(data.get("budgets", ()), "budgets")):
        path = f"budgets[{at}]"
        budget = as_object(row, path)
        known_keys(budget, path, ("learner", "guide", "learner_cost", "guide_cost", "most"))
        out.append(
            Budget(
                number_of(budget.get("learner"), f"{path}.learner", learners, "learners"),
                number_of(budget.get("guide"), f"{path}.guide", guides, "guides"),
                as_whole(budget.get("learner_cost"), f"{path}.learner_cost", 0, MAX_COUNT),
                as_whole(budget.get("guide_cost"), f"{path}.guide_cost", 0, MAX_COUNT),
                as_whole(budget.get("most"), f"{path}.most", 0, MAX_COUNT),
            )
        )
    return tuple(out)


def _same_person(data: JsonObject, learners: dict[str, int], guides: dict[str, int]) -> Index:
    if "same_person" not in data and data.get("both_ways", True) is True:
        return np.zeros(0, np.int32)
    guide_of = np.full(len(learners), -1, np.int32)
    both = _pairs(data, "same_person", learners, guides)
    for at, (i, j) in enumerate(zip(both.learner.tolist(), both.guide.tolist(), strict=True)):
        if guide_of[i] >= 0 or (guide_of == j).any():
            raise InstanceError(f"same_person[{at}]", "names somebody who is in an earlier row already")
        guide_of[i] = j
    return guide_of


def _wishes(data: JsonObject, learners: dict[str, int], guides: dict[str, int]) -> ListedWishes:
    wishes = as_object(data.get("wishes", {}), "wishes")
    known_keys(wishes, "wishes", ("learners", "guides"))
    sides: list[dict[int, list[int]]] = []
    for key, own, other, role in (
        ("learners", learners, guides, "guides"),
        ("guides", guides, learners, "learners"),
    ):
        lists: dict[int, list[int]] = {}
        for name, named in as_object(wishes.get(key, {}), f"wishes.{key}").items():
            path = f"wishes.{key}.{name}"
            wished = [
                number_of(one, f"{path}[{k}]", other, role) for k, one in enumerate(as_list(named, path))
            ]
            if len(set(wished)) < len(wished):
                raise InstanceError(path, "names somebody twice")
            lists[number_of(name, path, own, key)] = wished
        sides.append(lists)
    return ListedWishes(*sides)


def _maybe_whole(value: object, path: str) -> int | None:
    return None if value is None else as_whole(value, path, 0, MAX_COUNT)


def _keys(pairs: Edges, n_guides: int) -> IntArray:
    return pairs.learner.astype(np.int64) * max(n_guides, 1) + pairs.guide


def _column(values: Any) -> Index:
    return np.array(values, dtype=np.int32)

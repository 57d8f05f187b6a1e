"""What an assignment of turns is worth, tier by tier, in plain Python: the definition all are held to.

Tiers in order, each left out where it cannot vary:
    unfilled_lead, unfilled_co, unfilled_shadow   min  open turns of the role; where there are such turns
    kept        max  turns that the person of `previous` takes again; where changes is "tier" and any are
  order quick, for each class of turns in turn (":ID" added to the names where there are several):
    highest_load     min  highest load of anybody counted in it
    lowest_load      max  lowest load of anybody counted in it
    squares          min  sum of capacity * load^2 / 10000, each rounded down
  order full, for each class in turn:
    load_at_least_L  min  people counted whose load is L or more, for every load L above 0 that somebody has,
                          falling (loads between two of these are nobody's, so their counts follow)
  order cost:
    cost        min  what soft windows cost, and for each class its spread times its `spread_cost`
  orders quick and full again:
    highest_burden  min  highest burden of anybody, cycles before included; where some is > 0
    burden          min  sum of the burdens of all turns; where some is > 0
    over_share      min  turns of organizations above their share
    ladder          max  people and roles whose `wanted` turns are all taken; where somebody wants any
    spacing         min  what soft windows cost; where there are any
    preferences     max  sum of preferences; where some is > 0

Load, in hundredths of a turn of a full share, rounded up: 100 * (carried + 100 * turns) / capacity.
Spread of a class: the smallest whole B with |load_i * capacity_j - load_j * capacity_i| <= 100 * B for any
two people, load being turns and carried / 100, the latter rounded down to whole turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from solvers.result import TierValue
from solvers.rota.turns.instance import FULL, Order, Role, TurnsInstance


def load(instance: TurnsInstance, i: int, c: int, turns: int) -> int:
    """Load of person i in class c with so many turns, in hundredths of a turn of a full share."""
    return -(-FULL * (int(instance.carried[i, c]) + FULL * turns) // int(instance.capacity[i]))


def square(instance: TurnsInstance, i: int, c: int, turns: int) -> int:
    """What person i adds to the tier `squares` of class c with so many turns."""
    return int(instance.capacity[i]) * load(instance, i, c, turns) ** 2 // 10_000


def taken(instance: TurnsInstance, person: Sequence[int]) -> Counter[tuple[int, int]]:
    """(person, class) -> turns they take."""
    return Counter((i, int(instance.class_of[t])) for t, i in enumerate(person) if i >= 0)


def burdens(instance: TurnsInstance, person: Sequence[int]) -> list[int]:
    """Burden that each person bears in these turns. A pinned turn outside `choices` has none."""
    out = [0] * instance.n_people
    for t, i in enumerate(person):
        entry = instance.choices.entry(t, i) if i >= 0 else -1
        if entry >= 0:
            out[i] += int(instance.choices.burden[entry])
    return out


def soft_cost(instance: TurnsInstance, person: Sequence[int]) -> int:
    """What the soft windows cost."""
    windows, out = instance.windows, 0
    for w in range(len(windows)):
        if windows.cost[w]:
            people = Counter(person[t] for t in windows.turns(w).tolist() if person[t] >= 0)
            out += sum(int(windows.cost[w]) * max(0, k - int(windows.most[w])) for k in people.values())
    return out


def spread(instance: TurnsInstance, person: Sequence[int], c: int) -> int:
    """The spread of a class (see the module)."""
    count = taken(instance, person)
    loads: dict[int, list[int]] = {}
    for i in range(instance.n_people):
        whole = int(instance.carried[i, c]) // FULL + count[i, c]
        loads.setdefault(int(instance.capacity[i]), []).append(whole)
    # Of all people with one capacity, the highest and the lowest load decide.
    ends = [(capacity, max(some), min(some)) for capacity, some in loads.items()]
    apart = (high * there - low * here for here, high, _ in ends for there, _, low in ends)
    return -(-max(apart, default=0) // 100)


def tier_values(instance: TurnsInstance, person: Sequence[int]) -> list[TierValue]:
    """The tiers of an instance's order with the values that this assignment reaches (see the module)."""
    out: list[TierValue] = []
    for role in Role:
        if (instance.role == role).any():
            missing = sum(1 for t, i in enumerate(person) if i < 0 and instance.role[t] == role)
            out.append(TierValue(f"unfilled_{role.name.lower()}", "min", missing))
    if instance.changes == "tier" and len(instance.previous):
        kept = sum(person[t] == i for t, i in instance.previous.rows())
        out.append(TierValue("kept", "max", kept))
    if instance.order is Order.COST:
        cost = soft_cost(instance, person) + sum(
            int(weight) * spread(instance, person, c)
            for c, weight in enumerate(instance.spread_cost)
            if weight
        )
        return [*out, TierValue("cost", "min", cost)]
    for c in range(instance.n_classes):
        out += _fairness(instance, person, c)
    borne = burdens(instance, person)
    if instance.choices.burden.any() or instance.carried_burden.any():
        highest = max(
            (one + int(old) for one, old in zip(borne, instance.carried_burden, strict=True)), default=0
        )
        out.append(TierValue("highest_burden", "min", highest))
    if instance.choices.burden.any():
        out.append(TierValue("burden", "min", sum(borne)))
    by_organization = Counter(int(instance.organization[i]) for i in person if i >= 0)
    over = sum(max(0, k - int(instance.organization_share[o])) for o, k in by_organization.items())
    out.append(TierValue("over_share", "min", over))
    if instance.wanted.any():
        roles = Counter((i, int(instance.role[t])) for t, i in enumerate(person) if i >= 0)
        done = sum(
            0 < int(instance.wanted[i, role]) <= roles[i, role]
            for i in range(instance.n_people)
            for role in Role
        )
        out.append(TierValue("ladder", "max", done))
    if instance.windows.cost.any():
        out.append(TierValue("spacing", "min", soft_cost(instance, person)))
    if instance.choices.preference.any():
        entries = (instance.choices.entry(t, i) for t, i in enumerate(person) if i >= 0)
        liked = sum(int(instance.choices.preference[e]) for e in entries if e >= 0)
        out.append(TierValue("preferences", "max", liked))
    return out


def loads(instance: TurnsInstance, person: Sequence[int], c: int) -> list[int]:
    """Loads of the people counted in a class, falling."""
    count = taken(instance, person)
    people = (i for i in range(instance.n_people) if instance.counted[i, c])
    return sorted((load(instance, i, c, count[i, c]) for i in people), reverse=True)


def _fairness(instance: TurnsInstance, person: Sequence[int], c: int) -> list[TierValue]:
    tail = f":{instance.class_ids[c]}" if instance.n_classes > 1 else ""
    vector = loads(instance, person, c)
    if not vector:
        return []
    if instance.order is Order.FULL:
        return [
            TierValue(f"load_at_least_{level}{tail}", "min", sum(one >= level for one in vector))
            for level in sorted(set(vector) - {0}, reverse=True)
        ]
    count = taken(instance, person)
    squares = sum(
        square(instance, i, c, count[i, c]) for i in range(instance.n_people) if instance.counted[i, c]
    )
    return [
        TierValue(f"highest_load{tail}", "min", vector[0]),
        TierValue(f"lowest_load{tail}", "max", vector[-1]),
        TierValue(f"squares{tail}", "min", squares),
    ]


def rank(instance: TurnsInstance, person: Sequence[int]) -> tuple[int, ...]:
    """A key by which better assignments of one instance come first, in every order: under `full`, whose tiers
    differ from answer to answer, whole vectors of loads are compared."""
    tiers = [one for one in tier_values(instance, person) if not one.name.startswith("load_at_least_")]
    out = [0 if value is None else value if sense == "min" else -value for _, sense, value in tiers]
    if instance.order is Order.FULL:
        first = sum(one.name.startswith("unfilled_") or one.name == "kept" for one in tiers)
        out[first:first] = [one for c in range(instance.n_classes) for one in loads(instance, person, c)]
    return tuple(out)

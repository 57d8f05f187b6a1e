"""Random instances over all options, and two references: exhaustive search, and MILP tier by tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from solvers.pairs.check.audit import bound_from_duals, check
from solvers.pairs.check.score import pairs_of, tier_values
from solvers.pairs.edges import Edges
from solvers.pairs.explicit.loading import ExplicitEdges, load_instance
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.solution import PairsAnswer
from solvers.result import Status, Tier, TierValue, sort_key

OPTIONS = (
    "needs",
    "min_load",
    "all_or_nothing",
    "priority",
    "pins",
    "previous",
    "bonus",
    "most_broken",
    "balance",
    "groups",
    "quotas",
    "budgets",
    "one_way",
    "floor_pair",
    "floor_sum",
)


def random_case(
    seed: int, n: int = 5, m: int = 4, edges: int = 11, use: set[str] | None = None
) -> dict[str, Any]:
    """A random instance as JSON. `use` names the options (of OPTIONS) in play; by default a random choice."""
    rng = np.random.default_rng(seed)
    if use is None:
        use = {option for option in OPTIONS if rng.random() < 0.3}
    few_points = rng.random() < 0.4
    cells = rng.permutation(n * m)[: min(edges, n * m)]
    listed = [
        [f"l{c // m}", f"g{c % m}", int(rng.integers(0, 4) * 250 if few_points else rng.integers(0, 1001))]
        for c in cells.tolist()
    ]
    if "budgets" in use or "one_way" in use:
        listed = [edge for edge in listed if edge[0][1:] != edge[1][1:]]  # nobody guides themselves
    learners = [
        {
            "id": f"l{i}",
            "need": int(rng.integers(1, 4)) if "needs" in use else 1,
            "organization": f"o{rng.integers(0, 3)}",
            "priority": int(rng.integers(0, 4)) if "priority" in use else 0,
        }
        for i in range(n)
    ]
    guides = []
    for j in range(m):
        capacity = int(rng.integers(0, 4))
        loaded = "min_load" in use or "all_or_nothing" in use
        least = int(rng.integers(0, capacity + 1)) if loaded else 0
        guides.append(
            {"id": f"g{j}", "capacity": capacity, "min_load": least, "organization": f"o{rng.integers(0, 3)}"}
        )
    case: dict[str, Any] = {
        "organizations": ["o0", "o1", "o2"],
        "learners": learners,
        "guides": guides,
        "edges": listed,
        "all_or_nothing": "all_or_nothing" in use,
    }
    if "pins" in use:
        cell = int(rng.integers(0, n * m))
        if guides[cell % m]["capacity"] and cell // m != cell % m:
            case["pinned"] = [[f"l{cell // m}", f"g{cell % m}"]]
    if "previous" in use or "most_broken" in use or "bonus" in use:
        case["previous"] = [edge[:2] for edge in listed if rng.random() < 0.4]
    if "most_broken" in use:
        case["most_broken"] = int(rng.integers(1, 4))
    case["changes"] = "bonus" if "bonus" in use else "tier" if rng.random() < 0.8 else "off"
    if "bonus" in use:
        case["bonus"] = int(rng.integers(0, 400))
    if "balance" in use or "groups" in use:
        carried = {f"o{a}": int(rng.integers(-2, 3)) for a in range(3)}
        case["balance"] = {"slack": int(rng.integers(0, 3)), "carried": carried}
        if "groups" in use:
            case["balance"] |= {"group_of": {"o0": "x", "o1": "x"}, "group_slack": int(rng.integers(0, 2))}
    if "quotas" in use:
        case["quotas"] = []
        for k in range(int(rng.integers(1, 4))):
            side = "received" if rng.random() < 0.5 else "given"
            people = learners if side == "received" else guides
            members = [str(person["id"]) for person in people if rng.random() < 0.6]
            quota = {"name": f"q{k}", "side": side, "members": members, "most": int(rng.integers(0, 4))}
            case["quotas"].append(quota)
    if "budgets" in use or "one_way" in use:
        both = min(n, m, 3)
        case["same_person"] = [[f"l{k}", f"g{k}"] for k in range(both)]
        case["both_ways"] = "one_way" not in use
        if "budgets" in use:
            case["budgets"] = [
                {
                    "learner": f"l{k}",
                    "guide": f"g{k}",
                    "learner_cost": int(rng.integers(1, 4)),
                    "guide_cost": int(rng.integers(1, 4)),
                    "most": int(rng.integers(2, 8)),
                }
                for k in range(both)
            ]
    if "floor_pair" in use or "floor_sum" in use:
        case["order"] = "floor"
        case["floor_on"] = "sum" if "floor_sum" in use else "pair"
    return case


def random_instance(seed: int, **kwargs: Any) -> PairsInstance:
    """`random_case`, read."""
    return load_instance(random_case(seed, **kwargs))


def candidates(instance: PairsInstance) -> Edges:
    """Pinned pairs first, then every other eligible pair."""
    assert isinstance(instance.edges, ExplicitEdges)
    listed, pinned = instance.edges.all(), instance.pinned
    pins = set(pairs_of(pinned))
    new = np.array([pair not in pins for pair in pairs_of(listed)], bool)
    return Edges(
        np.concatenate([pinned.learner, listed.learner[new]]),
        np.concatenate([pinned.guide, listed.guide[new]]),
        np.concatenate([pinned.points, listed.points[new]]),
    )


def take(edges: Edges, chosen: list[int]) -> Edges:
    """Some of the pairs."""
    at = np.array(chosen, np.int64)
    return Edges(edges.learner[at], edges.guide[at], edges.points[at])


def all_answers(instance: PairsInstance) -> Iterator[Edges]:
    """Every set of pairs that holds the pins, the needs and the capacities."""
    edges = candidates(instance)
    learner, guide = edges.learner.tolist(), edges.guide.tolist()
    need, capacity = instance.need.tolist(), instance.capacity.tolist()
    pins = len(instance.pinned)

    def grow(e: int, chosen: list[int]) -> Iterator[list[int]]:
        if e == len(learner):
            yield list(chosen)
            return
        i, j = learner[e], guide[e]
        if e >= pins:
            yield from grow(e + 1, chosen)
        if need[i] and capacity[j]:
            need[i] -= 1
            capacity[j] -= 1
            chosen.append(e)
            yield from grow(e + 1, chosen)
            chosen.pop()
            need[i] += 1
            capacity[j] += 1

    for chosen in grow(0, []):
        yield take(edges, chosen)


def exhaustive(instance: PairsInstance) -> list[TierValue] | None:
    """The lexicographically best tier values of all answers that `audit.check` passes; None if none does."""
    best: list[TierValue] | None = None
    for pairs in all_answers(instance):
        values = tier_values(instance, pairs)
        if (best is None or sort_key(values) > sort_key(best)) and not check(instance, pairs):
            best = values
    return best


class _Model:
    """A MILP that grows: columns with bounds, rows with bounds."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, low: float = 0, high: float = 1) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def row(self, terms: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((terms, low, high))

    def maximum(self, objective: dict[int, float]) -> int | None:
        cost = np.zeros(len(self.low))
        for column, value in objective.items():
            cost[column] = -value
        entries = [(r, c, v) for r, (terms, _, _) in enumerate(self.rows) for c, v in terms.items()]
        r, c, v = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = csr_array((v, (r, c)), shape=(len(self.rows), len(self.low)))
        limits = LinearConstraint(matrix, [low for _, low, _ in self.rows], [high for *_, high in self.rows])
        found = milp(
            cost,
            constraints=limits if self.rows else (),
            integrality=np.ones(len(cost)),
            bounds=Bounds(self.low, self.high),
            options={"mip_rel_gap": 0},
        )
        if found.status == 2:
            return None
        assert found.status == 0, found.message
        return round(-found.fun)


def by_milp(instance: PairsInstance) -> list[TierValue] | None:
    """The best tier values by one MILP per tier, each held for the next; None when nothing is allowed."""
    model, edges = _Model(), candidates(instance)
    x = [model.column(1 if e < len(instance.pinned) else 0) for e in range(len(edges))]
    of_learner: dict[int, dict[int, float]] = defaultdict(dict)
    of_guide: dict[int, dict[int, float]] = defaultdict(dict)
    for e, (i, j) in enumerate(pairs_of(edges)):
        of_learner[i][x[e]] = 1
        of_guide[j][x[e]] = 1
    previous = set(pairs_of(instance.previous))
    kept = {x[e]: 1.0 for e, pair in enumerate(pairs_of(edges)) if pair in previous}
    placed = _hard_rows(model, instance, edges, x, of_learner, of_guide, kept)
    tiers: list[tuple[str, str, dict[int, float], int]] = []
    for k in range(int(instance.need.max(initial=0))):
        tiers.append((f"places_{k + 1}", "max", {z[k]: 1 for z in placed.values() if k < len(z)}, 0))
    if instance.min_load.any() and not instance.all_or_nothing:
        short: dict[int, float] = {}
        for j, least in enumerate(instance.min_load.tolist()):
            column = model.column(0, least)
            model.row({column: 1} | of_guide[j], low=least)
            short[column] = -1
        tiers.append(("shortage", "min", short, 0))
    if instance.priority.any():
        tiers.append(
            ("priority", "max", {z[0]: float(instance.priority[i]) for i, z in placed.items() if z}, 0)
        )
    if instance.changes == "tier" and previous:
        tiers.append(("kept", "max", kept, 0))
    nobody = 0
    if instance.order is Order.FLOOR:
        nobody = 1 + (1000 if instance.floor_on == "pair" else 1000 * 20)
        floor = model.column(0, nobody)
        if instance.floor_on == "pair":
            old = previous | set(pairs_of(instance.pinned))
            for e, pair in enumerate(pairs_of(edges)):
                if pair not in old:
                    model.row({floor: 1, x[e]: nobody}, high=float(edges.points[e]) + nobody)
        else:
            for i, z in placed.items():
                if z:
                    terms = {column: -float(edges.points[column - x[0]]) for column in of_learner[i]}
                    model.row(terms | {floor: 1, z[0]: nobody}, high=nobody)
        tiers.append(("floor", "max", {floor: 1}, 0))
    points = {x[e]: float(edges.points[e]) for e in range(len(edges))}
    if instance.changes == "bonus":
        for column in kept:
            points[column] += instance.bonus
    tiers.append(("points", "max", points, 0))
    out: list[TierValue] = []
    for name, sense, objective, _ in tiers:
        best = model.maximum(objective)
        if best is None:
            return None
        model.row(objective, low=best)
        told = None if name == "floor" and best == nobody else best if sense == "max" else -best
        out.append(TierValue(name, "max" if sense == "max" else "min", told))
    return out


def _hard_rows(
    model: _Model,
    instance: PairsInstance,
    edges: Edges,
    x: list[int],
    of_learner: dict[int, dict[int, float]],
    of_guide: dict[int, dict[int, float]],
    kept: dict[int, float],
) -> dict[int, list[int]]:
    """Add every hard rule; gives back, per learner, the columns that say "has at least k guides"."""
    placed: dict[int, list[int]] = {}
    for i, need in enumerate(instance.need.tolist()):
        placed[i] = [model.column() for _ in range(need)]
        model.row(of_learner[i] | dict.fromkeys(placed[i], -1.0), 0, 0)
        for first, second in zip(placed[i], placed[i][1:], strict=False):
            model.row({first: 1, second: -1}, low=0)
    for j, capacity in enumerate(instance.capacity.tolist()):
        model.row(of_guide[j], high=capacity)
        if instance.all_or_nothing:
            open_ = model.column()
            model.row(of_guide[j] | {open_: -float(capacity)}, high=0)
            model.row(of_guide[j] | {open_: -float(instance.min_load[j])}, low=0)
    if instance.balance is not None:
        balance = instance.balance
        nets: list[dict[int, float]] = []
        for a in range(instance.n_organizations):
            net: dict[int, float] = defaultdict(float)
            for e, (i, j) in enumerate(pairs_of(edges)):
                net[x[e]] += float(instance.learner_org[i] == a) - float(instance.guide_org[j] == a)
            nets.append(net)
            model.row(net, float(balance.least[a]), float(balance.most[a]))
        for g in range(len(balance.group_least)):
            total: dict[int, float] = defaultdict(float)
            for a in np.flatnonzero(balance.group == g):
                for column, value in nets[a].items():
                    total[column] += value
            model.row(total, float(balance.group_least[g]), float(balance.group_most[g]))
    for quota in instance.quotas:
        side = of_learner if quota.side == "received" else of_guide
        model.row({c: 1 for member in quota.members.tolist() for c in side[member]}, high=quota.most)
    for budget in instance.budgets:
        terms: dict[int, float] = defaultdict(float)
        for column in of_learner[budget.learner]:
            terms[column] += budget.learner_cost
        for column in of_guide[budget.guide]:
            terms[column] += budget.guide_cost
        model.row(terms, high=budget.most)
    if not instance.both_ways:
        columns = dict(zip(pairs_of(edges), x, strict=True))
        guide_of = instance.guide_of_learner.tolist()
        learner_of = {j: i for i, j in enumerate(guide_of) if j >= 0}
        for (i, j), column in columns.items():
            back = columns.get((learner_of.get(j, -1), guide_of[i]))
            if back is not None:
                model.row(
                    {column: 1, back: 1} if back != column else {column: 1}, high=1 if back != column else 0
                )
    if instance.most_broken is not None:
        model.row(kept, low=len(instance.previous) - instance.most_broken)
    return placed


def agree(instance: PairsInstance, answer: PairsAnswer, best: list[TierValue] | None) -> None:
    """An answer is clean, tells its true values, does not pass the best, and is not passed by it."""
    if best is None:
        assert answer.status in (Status.INFEASIBLE, Status.UNKNOWN)
        return
    assert answer.status not in (Status.INFEASIBLE, Status.UNKNOWN)
    assert check(instance, answer.pairs) == []
    values = tier_values(instance, answer.pairs)
    assert [(tier.name, tier.sense, tier.value) for tier in answer.tiers] == [
        tuple(value) for value in values
    ]
    for tier, top in zip(answer.tiers, best, strict=True):
        if tier.proven:
            assert tier.value == top.value, tier
            continue
        if tier.bound is not None and tier.condition is None and top.value is not None:
            passed = top.value > tier.bound if tier.sense == "max" else top.value < tier.bound
            assert not passed, f"{tier} is passed by {top}"
        if tier.value != top.value:
            sign = 1 if tier.sense == "max" else -1
            if tier.value is not None and top.value is not None:
                assert sign * tier.value < sign * top.value
            break
    assert (answer.status is Status.OPTIMAL) == all(tier.proven for tier in answer.tiers)


def agree_with_duals(instance: PairsInstance, answer: PairsAnswer) -> None:
    """The bounds that an answer tells are those that its duals prove over every eligible pair."""
    if answer.duals is None:
        return
    flows = [tier for tier in answer.tiers if tier.name != "floor"]
    if answer.upper_duals is None:
        _told(flows, bound_from_duals(instance, answer.duals))
        return
    _told(flows[:-1], bound_from_duals(instance, answer.upper_duals)[:-1])
    if answer.tiers[-1].proven:
        assert bound_from_duals(instance, answer.duals)[-1] == answer.tiers[-1].bound
    floor = answer.tiers[-2]
    if floor.proven and answer.floor_duals is not None:
        assert answer.floor_duals.least_points == (floor.value or 0) + 1
        above = bound_from_duals(instance, answer.floor_duals)[:-1]
        signs = [1 if tier.sense == "max" else -1 for tier in flows[:-1]]
        reached = [sign * (tier.value or 0) for sign, tier in zip(signs, flows[:-1], strict=True)]
        assert [sign * limit for sign, limit in zip(signs, above, strict=True)] < reached


def _told(tiers: list[Tier], bounds: list[int]) -> None:
    for tier, bound in zip(tiers, bounds, strict=True):
        if tier.bound is not None and tier.condition is None:
            assert tier.bound == bound, tier
        if not tier.proven:
            break

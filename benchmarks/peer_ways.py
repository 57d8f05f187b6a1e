"""One library on one instance; run by `peers.py` in an environment that has it.

    python peer_ways.py WAY INSTANCE.json

Prints JSON: learners placed, points, and seconds from edges in memory to pairs. Imports and reading are not
counted; a small instance is solved once before, so that compiled code is ready. All pairs are checked here.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

Pairs = list[tuple[str, str]]


class Instance:
    """Edges in the forms that the libraries take."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.learners = [one["id"] for one in data["learners"]]
        self.places = {one["id"]: one.get("capacity", 1) for one in data["guides"]}
        self.guides = list(self.places)
        self.points = {(a, b): w for a, b, w in data["edges"]}
        self.row = {one: i for i, one in enumerate(self.learners)}
        self.big = 1000 * len(self.learners) + 1  # worth more than all points together: coverage first
        self.seats = [guide for guide in self.guides for _ in range(self.places[guide])]

    def dense(self) -> Any:
        """Worth of every learner in every seat: 0 where not eligible."""
        np = import_module("numpy")
        first: dict[str, int] = {}
        for at, guide in enumerate(self.seats):
            first.setdefault(guide, at)
        worth = np.zeros((len(self.learners), len(self.seats)))
        for (learner, guide), points in self.points.items():
            worth[self.row[learner], first[guide] : first[guide] + self.places[guide]] = self.big + points
        return worth


def peerloom(one: Instance) -> Pairs:
    """This project, as a library."""
    explicit, limits, solving = map(
        import_module, ("solvers.pairs.explicit.loading", "solvers.limits", "solvers.pairs.solve")
    )
    instance = explicit.load_instance(one.data)
    answer = solving.solve(instance, limits.Limits())
    assert answer.status.value == "optimal"
    columns = zip(answer.pairs.learner, answer.pairs.guide, strict=True)
    return [(instance.learner_ids[i], instance.guide_ids[j]) for i, j in columns]


def _of_columns(one: Instance, columns: Any) -> Pairs:
    pairs = [
        (learner, one.seats[column])
        for learner, column in zip(one.learners, columns, strict=True)
        if column >= 0
    ]
    return [pair for pair in pairs if pair in one.points]


def scipy_dense(one: Instance) -> Pairs:
    """Rectangular assignment on the dense matrix."""
    optimize = import_module("scipy.optimize")
    worth = one.dense()
    rows, columns = optimize.linear_sum_assignment(worth, maximize=True)
    chosen = [-1] * len(one.learners)
    for row, column in zip(rows, columns, strict=True):
        chosen[row] = int(column)
    return _of_columns(one, chosen)


def scipy_milp(one: Instance) -> Pairs:
    """One binary variable per edge."""
    np, optimize, sparse = map(import_module, ("numpy", "scipy.optimize", "scipy.sparse"))
    edges = list(one.points)
    number = {guide: j for j, guide in enumerate(one.guides)}
    at = np.arange(len(edges))
    ones = np.ones(len(edges))
    left = sparse.csr_matrix((ones, ([one.row[a] for a, _ in edges], at)), (len(one.learners), len(edges)))
    right = sparse.csr_matrix((ones, ([number[b] for _, b in edges], at)), (len(one.guides), len(edges)))
    rules = [
        optimize.LinearConstraint(left, ub=1),
        optimize.LinearConstraint(right, ub=list(one.places.values())),
    ]
    worth = np.array([one.big + w for w in one.points.values()], float)
    found = optimize.milp(-worth, constraints=rules, integrality=ones, bounds=optimize.Bounds(0, 1))
    return [edge for edge, x in zip(edges, found.x, strict=True) if x > 0.5]


def lap_dense(one: Instance) -> Pairs:
    """Jonker-Volgenant on the dense matrix."""
    lap = import_module("lap")
    worth = one.dense()
    _, columns, _ = lap.lapjv(worth.max() - worth, extend_cost=True)
    return _of_columns(one, columns)


def munkres_dense(one: Instance) -> Pairs:
    """The Hungarian method on the dense matrix."""
    munkres = import_module("munkres")
    worth = one.dense()
    top = worth.max()
    cost = [[float(top - value) for value in row] for row in worth]
    chosen = [-1] * len(one.learners)
    for row, column in munkres.Munkres().compute(cost):
        chosen[row] = column
    return _of_columns(one, chosen)


def ortools_flow(one: Instance) -> Pairs:
    """A min-cost flow over all edges, coverage by one large weight."""
    flow = import_module("ortools.graph.python.min_cost_flow").SimpleMinCostFlow()
    n, guide_at = len(one.learners), {guide: len(one.learners) + j for j, guide in enumerate(one.guides)}
    source, sink = n + len(one.guides), n + len(one.guides) + 1
    arcs = {}
    for (learner, guide), points in one.points.items():
        arc = flow.add_arc_with_capacity_and_unit_cost(
            one.row[learner], guide_at[guide], 1, -points - one.big
        )
        arcs[arc] = (learner, guide)
    for learner in one.learners:
        flow.add_arc_with_capacity_and_unit_cost(source, one.row[learner], 1, 0)
    for guide, places in one.places.items():
        flow.add_arc_with_capacity_and_unit_cost(guide_at[guide], sink, places, 0)
    flow.add_arc_with_capacity_and_unit_cost(source, sink, n, 0)
    flow.set_node_supply(source, n)
    flow.set_node_supply(sink, -n)
    assert flow.solve() == flow.OPTIMAL
    return [pair for arc, pair in arcs.items() if flow.flow(arc)]


def networkx_matching(one: Instance) -> Pairs:
    """Blossoms on the seats."""
    networkx = import_module("networkx")
    graph = networkx.Graph()
    for (learner, guide), points in one.points.items():
        for seat in range(one.places[guide]):
            graph.add_edge(("l", learner), ("g", guide, seat), weight=one.big + points)
    found = networkx.max_weight_matching(graph)
    return [(a[1], b[1]) if a[0] == "l" else (b[1], a[1]) for a, b in found]


def networkx_flow(one: Instance) -> Pairs:
    """A min-cost flow of the highest amount."""
    networkx = import_module("networkx")
    graph = networkx.DiGraph()
    for (learner, guide), points in one.points.items():
        graph.add_edge(("l", learner), ("g", guide), capacity=1, weight=-points)
    for learner in one.learners:
        graph.add_edge("s", ("l", learner), capacity=1, weight=0)
    for guide, places in one.places.items():
        graph.add_edge(("g", guide), "t", capacity=places, weight=0)
    flow = networkx.max_flow_min_cost(graph, "s", "t")
    return [(a, b) for a, b in one.points if flow[("l", a)][("g", b)]]


def matching_residents(one: Instance) -> Pairs:
    """Deferred acceptance: both sides rank by points; stable, not the most placed."""
    games = import_module("matching.games")
    listed: dict[str, list[tuple[int, str]]] = {learner: [] for learner in one.learners}
    ranked: dict[str, list[tuple[int, str]]] = {guide: [] for guide in one.guides}
    for (learner, guide), points in one.points.items():
        listed[learner].append((-points, guide))
        ranked[guide].append((-points, learner))
    residents = {learner: [b for _, b in sorted(row)] for learner, row in listed.items() if row}
    hospitals = {guide: [a for _, a in sorted(row)] for guide, row in ranked.items() if row}
    places = {guide: one.places[guide] for guide in hospitals}
    sys.setrecursionlimit(1_000_000)  # the library copies its players one inside the other
    game = games.HospitalResident.create_from_dictionaries(residents, hospitals, places)
    found = game.solve(optimal="resident")
    return [(str(resident), str(hospital)) for hospital, members in found.items() for resident in members]


WAYS: dict[str, Callable[[Instance], Pairs]] = {
    way.__name__: way
    for way in (
        peerloom,
        scipy_dense,
        scipy_milp,
        lap_dense,
        munkres_dense,
        ortools_flow,
        networkx_matching,
        networkx_flow,
        matching_residents,
    )
}


def check(one: Instance, pairs: Pairs) -> None:
    """No pair that is not eligible, nobody twice, no guide beyond their places."""
    assert all(pair in one.points for pair in pairs), "a pair is not eligible"
    assert max(Counter(learner for learner, _ in pairs).values(), default=0) <= 1, "a learner has two guides"
    loads = Counter(guide for _, guide in pairs)
    assert all(load <= one.places[guide] for guide, load in loads.items()), "a guide has too many learners"


def main() -> None:
    """Solve and print."""
    way = WAYS[sys.argv[1]]
    with open(sys.argv[2], encoding="utf-8") as file:
        one = Instance(json.load(file))
    tiny = {
        "learners": [{"id": "a"}, {"id": "b"}],
        "guides": [{"id": "c"}, {"id": "d", "capacity": 2}],
        "edges": [["a", "c", 5], ["a", "d", 3], ["b", "c", 4], ["b", "d", 1]],
    }
    way(Instance(tiny))
    began = perf_counter()
    pairs = way(one)
    took = perf_counter() - began
    check(one, pairs)
    points = sum(one.points[pair] for pair in pairs)
    print(json.dumps({"placed": len(pairs), "points": points, "seconds": took}))


if __name__ == "__main__":
    main()
